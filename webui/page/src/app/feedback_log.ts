import { Observable } from '../base/observable';
import type { UserFeedback } from '../statistics/records';
import { bestAnswer, type Mark, type PictureEntry } from './picture_entry';
import type { PictureList } from './picture_list';
import type { Recorder } from './recorder';

export const RIGHT: UserFeedback = { isCorrect: true, correctedLabel: null, confidence: 1 };
export const UNSURE: UserFeedback = { isCorrect: null, correctedLabel: null, confidence: 0.5 };

/** Wrong, with what it is, or without where the user does not say. */
export function wrong(correctedLabel: string | null): UserFeedback {
  return { isCorrect: false, correctedLabel, confidence: 1 };
}

/** What it says of an answer that the picture shows this label; "" names none. */
export function named(entry: PictureEntry, label: string): UserFeedback {
  if (label === '') return wrong(null);
  return label === bestAnswer(entry)?.className ? RIGHT : wrong(label);
}

type SaidListener = (entry: PictureEntry, before: UserFeedback | null, said: UserFeedback | null) => void;

interface Step {
  readonly entryId: string;
  readonly before: UserFeedback | null;
}

/**
 * Marks pictures and takes marks back, step by step. Each word of the user's is a record of its own: a new mark
 * retracts the one before, and an undo retracts what it undoes and says again what was there.
 */
export class FeedbackLog extends Observable {
  /** The picture that was marked last, for the quiet line with its undo. */
  last: PictureEntry | null = null;
  readonly #pictures: PictureList;
  readonly #recorder: Pick<Recorder, 'feedback'>;
  readonly #steps: Step[] = [];

  readonly #heard: SaidListener;

  /** `heard` is told of every word, with the one before. */
  constructor(pictures: PictureList, recorder: Pick<Recorder, 'feedback'>, heard: SaidListener = () => undefined) {
    super();
    this.#heard = heard;
    this.#pictures = pictures;
    this.#recorder = recorder;
  }

  /** Marks a recognised picture; the same mark again changes nothing. */
  mark(entry: PictureEntry, said: UserFeedback): void {
    if (entry.state !== 'done' || (entry.mark && same(entry.mark, said))) return;
    this.#steps.push({ entryId: entry.id, before: entry.mark && plain(entry.mark) });
    this.#say(entry, said);
    this.last = entry;
    this.changed();
  }

  get canUndo(): boolean {
    return this.#steps.length > 0 || Boolean(this.#pictures.selected?.mark);
  }

  /** Takes back the last step and looks at its picture; without one, the mark of the picture looked at. */
  undo(): PictureEntry | null {
    const step = this.#steps.pop();
    const entry = step ? this.#pictures.get(step.entryId) : this.#pictures.selected;
    if (!entry?.mark) return null;
    this.#say(entry, step?.before ?? null);
    this.#pictures.select(entry);
    this.last = null;
    this.changed();
    return entry;
  }

  #say(entry: PictureEntry, said: UserFeedback | null): void {
    const feedbackId = this.#recorder.feedback(entry.id, said, entry.mark?.feedbackId ?? null);
    const mark: Mark | null = said && { ...said, feedbackId };
    const before = entry.mark;
    this.#pictures.update(entry, { mark });
    this.#heard(entry, before, said);
  }
}

function plain({ isCorrect, correctedLabel, confidence }: UserFeedback): UserFeedback {
  return { isCorrect, correctedLabel, confidence };
}

function same(one: UserFeedback, other: UserFeedback): boolean {
  return one.isCorrect === other.isCorrect && one.correctedLabel === other.correctedLabel;
}
