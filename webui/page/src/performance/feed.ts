import type { PerformanceFigures } from '../api/performance';
import { ApiProblem } from '../api/client';
import type { Clock } from '../base/clock';
import { Observable } from '../base/observable';

/** After an answer, so that many pictures in a row are not as many questions. */
export const REST_MS = 700;
/** Without news, in case some were lost on the way. */
export const POLL_MS = 10_000;

export interface FeedParts {
  readonly ask: (query: string) => Promise<PerformanceFigures>;
  readonly clock: Clock;
}

/** Figures with the question that they answer. */
export interface Answered {
  readonly query: string;
  readonly figures: PerformanceFigures;
  readonly at: number;
}

/**
 * The figures of the question that is asked now, kept new while somebody looks: asked for again when something was
 * recorded and every 10 seconds, one question at a time, and no quicker than the server can answer.
 */
export class PerformanceFeed extends Observable {
  /** The last answer; it may be to the question before, until the next is there. */
  answered: Answered | null = null;
  /** Why the last question was not answered, for people. */
  problem: string | null = null;
  readonly #parts: FeedParts;
  #query: string | null = null;
  #awake = false;
  #asking = false;
  #again = false;
  #restUntil = 0;
  #cancel: (() => void) | null = null;

  constructor(parts: FeedParts) {
    super();
    this.#parts = parts;
  }

  /** Whether what is shown answers another question than the one that is asked. */
  get behind(): boolean {
    return this.answered?.query !== this.#query;
  }

  /** Asks this from now on. */
  question(query: string): void {
    if (query === this.#query) return;
    this.#query = query;
    this.#restUntil = 0;
    this.#soon();
    this.changed();
  }

  /** Somebody looks: the figures are asked for at once, and kept new. */
  wake(): void {
    this.#awake = true;
    this.#soon();
  }

  /** Nobody looks: nothing is asked. */
  sleep(): void {
    this.#awake = false;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Something was recorded, or the server is back. */
  heard(): void {
    this.#soon();
  }

  #soon(): void {
    if (this.#asking) this.#again = true;
    else this.#after(Math.min(POLL_MS, Math.max(0, this.#restUntil - this.#parts.clock.now())));
  }

  #after(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#awake ? this.#parts.clock.after(ms, () => void this.#ask()) : null;
  }

  async #ask(): Promise<void> {
    const { clock, ask } = this.#parts;
    const query = this.#query;
    if (query === null) return;
    const began = clock.now();
    this.#asking = true;
    this.#again = false;
    try {
      const figures = await ask(query);
      if (query === this.#query) this.answered = { query, figures, at: clock.now() };
      this.problem = null;
    } catch (problem) {
      this.problem = sentenceOf(problem);
    }
    this.#asking = false;
    const rest = Math.max(REST_MS, Math.min(POLL_MS, clock.now() - began));
    this.#restUntil = query === this.#query ? clock.now() + rest : 0;
    if (this.#again) this.#soon();
    else this.#after(POLL_MS);
    this.changed();
  }
}

function sentenceOf(problem: unknown): string {
  if (problem instanceof ApiProblem) return problem.message;
  return "Whimbrel's server is not answering. Start Whimbrel again; this page goes on by itself.";
}
