import { FeedbackLog } from '../../src/app/feedback_log';
import { LabelBook } from '../../src/app/label_book';
import type { PictureEntry } from '../../src/app/picture_entry';
import { PictureList } from '../../src/app/picture_list';
import { Thumbnails } from '../../src/app/thumbnails';
import type { Whimbrel } from '../../src/app/whimbrel';
import { Observable } from '../../src/base/observable';
import type { UserFeedback } from '../../src/statistics/records';

export interface Word {
  readonly about: string;
  readonly said: UserFeedback | null;
}

/** The page's real parts around pictures and marks, with nothing behind them. */
export function whimbrelWith(entries: readonly PictureEntry[]): { whimbrel: Whimbrel; words: Word[]; promoted: string[] } {
  const words: Word[] = [];
  const promoted: string[] = [];
  const pictures = new PictureList();
  pictures.add(entries);
  const recorder = {
    feedback: (about: string, said: UserFeedback | null): string => `word ${words.push({ about, said })}`,
  };
  const labels = new LabelBook();
  labels.modelKnows([
    { name: 'timber wolf', synonyms: ['grey wolf'] },
    { name: 'wolf spider', synonyms: [] },
  ]);
  const pipeline = Object.assign(new Observable(), {
    promote: ({ id }: PictureEntry) => void promoted.push(id),
    progress: { total: 0, finished: 0, failed: 0, rate: null, left: null, took: null },
    waiting: 0,
  });
  const host = Object.assign(new Observable(), { ready: true, backend: 'wasm', threads: 2 });
  const whimbrel = Object.assign(new Observable(), {
    pictures,
    labels,
    pipeline,
    host,
    feedback: new FeedbackLog(pictures, recorder),
    history: Object.assign(new Observable(), { older: async () => undefined }),
    thumbnails: new Thumbnails(),
    settings: new Observable(),
    unknown: () => false,
    modelName: (version: string) => version,
  });
  return { whimbrel: whimbrel as unknown as Whimbrel, words, promoted };
}
