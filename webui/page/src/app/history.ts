import { mayPass, type ApiClient } from '../api/client';
import { Again } from '../base/again';
import type { Clock } from '../base/clock';
import { Observable } from '../base/observable';
import { bytesOfBase64 } from '../base/base64';
import type { StatisticsQueue } from '../statistics/queue';
import type { WaitingRow } from '../statistics/outbox';
import type { FeedbackRecord, InferenceRecord } from '../statistics/records';
import { entryOfCard, type PictureEntry } from './picture_entry';
import type { PictureList } from './picture_list';

const PAGE = 200;

/** What was seen before: the server's memory page by page, and what this browser has not yet handed over. */
export class History extends Observable {
  readonly #api: Pick<ApiClient, 'pictures'>;
  readonly #queue: Pick<StatisticsQueue, 'unsent'>;
  readonly #pictures: PictureList;
  readonly #again: Again;
  #next: string | null = null;
  #loading = false;
  complete = false;

  constructor(
    api: Pick<ApiClient, 'pictures'>,
    queue: Pick<StatisticsQueue, 'unsent'>,
    pictures: PictureList,
    clock: Pick<Clock, 'after'>,
  ) {
    super();
    this.#api = api;
    this.#queue = queue;
    this.#pictures = pictures;
    this.#again = new Again(clock, () => void this.older());
  }

  /** The newest page and what waits to be sent. A server that is away leaves the latter. */
  async start(): Promise<void> {
    const rows = await this.#queue.unsent().catch(() => []);
    await this.older();
    this.#pictures.add(entriesOfRows(rows));
    applyFeedback(this.#pictures, rows);
  }

  /** The next page into the past, once at a time; asked again by itself where the server was busy or away. */
  async older(): Promise<void> {
    if (this.#loading || this.complete) return;
    this.#loading = true;
    try {
      const { pictures, next } = await this.#api.pictures(this.#next, PAGE);
      this.#pictures.add(pictures.map(entryOfCard));
      this.#next = next;
      this.complete = next === null;
      this.#again.done();
    } catch (problem) {
      // The strip goes on with what it has: without a picture in it, nobody could scroll to ask again.
      if (mayPass(problem)) this.#again.later();
    }
    this.#loading = false;
    this.changed();
  }
}

function entriesOfRows(rows: readonly WaitingRow[]): PictureEntry[] {
  return rows.flatMap((row) => (row.record.kind === 'inference' ? [entryOfRow(row.record, row)] : []));
}

function entryOfRow(record: InferenceRecord, { heavy }: WaitingRow): PictureEntry {
  const card = { ...record, inferenceId: record.id, feedback: null, hasThumbnail: heavy?.thumbnail !== null };
  const thumbnail = heavy?.thumbnail ? new Blob([bytesOfBase64(heavy.thumbnail)]) : null;
  return { ...entryOfCard(card), thumbnail };
}

/** Feedback that the server has not heard yet is newer than what it told. */
export function applyFeedback(pictures: PictureList, rows: readonly WaitingRow[]): void {
  for (const { record } of rows) {
    if (record.kind !== 'feedback') continue;
    const entry = pictures.get(record.inferenceId);
    if (entry) pictures.update(entry, { mark: markOf(record) });
  }
}

function markOf({ id, userFeedback }: FeedbackRecord): PictureEntry['mark'] {
  return userFeedback && { ...userFeedback, feedbackId: id };
}
