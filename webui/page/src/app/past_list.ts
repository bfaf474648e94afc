import { ApiProblem, ServerAway, type ApiClient } from '../api/client';
import type { RecordCard } from '../api/record_types';
import { Observable } from '../base/observable';
import type { StatisticsQueue } from '../statistics/queue';
import { applyFeedback } from './history';
import { entryOfRecord, type PictureEntry } from './picture_entry';
import { changed, kindAsked } from './past_question';
import { PictureList } from './picture_list';

const PAGE = 200;
/** So many new records are enough before the page stops to ask by itself. */
const ENOUGH = 50;

/** One line of the list: a record, and the picture that it is about where it is an answer. */
export interface PastRow {
  readonly card: RecordCard;
  readonly entry: PictureEntry | null;
}

export interface PastProblem {
  readonly sentence: string;
  readonly advice: string;
}

export interface PastParts {
  readonly api: Pick<ApiClient, 'records'>;
  readonly queue: Pick<StatisticsQueue, 'unsent'>;
  /** A picture of the strip, so that a mark shows in both places. */
  readonly known: (id: string) => PictureEntry | undefined;
}

/**
 * What was recorded, newest first, as far as it was asked for. The server looks at so many rows a request and no
 * more; the list asks on until it has something to show.
 */
export class PastList extends Observable {
  readonly pictures = new PictureList();
  rows: readonly PastRow[] = [];
  loading = false;
  problem: PastProblem | null = null;
  /** Whether these are all. */
  complete = false;
  /** How far back was looked, milliseconds since the epoch; null before the first answer. */
  reached: number | null = null;
  query: string | null = null;
  readonly #parts: PastParts;
  #next: string | null = null;
  #turn = 0;

  constructor(parts: PastParts) {
    super();
    this.#parts = parts;
    this.pictures.watch(() => this.changed());
  }

  /** Shows what the query asks for, from the newest on. */
  async ask(query: string): Promise<void> {
    this.#turn += 1;
    this.pictures.remove([...this.pictures.entries]);
    Object.assign(this, { query, rows: [], complete: false, reached: null, loading: false });
    this.#next = null;
    await this.more();
  }

  /** The next records into the past; one request at a time. */
  async more(): Promise<void> {
    if (this.loading || this.complete || this.query === null) return;
    const turn = this.#turn;
    const wanted = this.rows.length + ENOUGH;
    this.loading = true;
    this.problem = null;
    this.changed();
    try {
      while (turn === this.#turn && !this.complete && this.rows.length < wanted) await this.#page(turn);
    } catch (problem) {
      if (turn === this.#turn) this.problem = inWords(problem);
    }
    if (turn !== this.#turn) return;
    this.loading = false;
    this.changed();
  }

  async #page(turn: number): Promise<void> {
    const { api, queue } = this.#parts;
    const { records, next } = await api.records(changed(this.query ?? '', { kind: kindAsked(this.query ?? '') }), this.#next, PAGE);
    const unsent = await queue.unsent().catch(() => []);
    if (turn !== this.#turn) return;
    const rows = records.map((card) => ({ card, entry: this.#entry(card) }));
    this.rows = [...this.rows, ...rows];
    this.pictures.add(rows.flatMap(({ entry }) => (entry ? [entry] : [])));
    applyFeedback(this.pictures, unsent);
    this.#next = next;
    this.complete = next === null;
    this.reached = next === null ? null : Number(next.split('.')[0]);
    this.changed();
  }

  #entry(card: RecordCard): PictureEntry | null {
    if (card.kind !== 'inference') return null;
    const known = this.#parts.known(card.id);
    return known?.state === 'done' ? known : entryOfRecord(card);
  }
}

function inWords(problem: unknown): PastProblem {
  if (problem instanceof ServerAway) {
    return { sentence: "Whimbrel's server is not answering.", advice: 'Start Whimbrel again; the list goes on by itself.' };
  }
  if (problem instanceof ApiProblem) return { sentence: problem.detail || problem.title, advice: '' };
  return { sentence: 'What was recorded could not be read.', advice: 'Try again.' };
}
