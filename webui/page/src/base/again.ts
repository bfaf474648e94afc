import type { Clock } from './clock';

const FIRST_MS = 2_000;
const LAST_MS = 30_000;

/** Does something again after 2 s, 4 s, … 30 s for as long as it does not come off. */
export class Again {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #work: () => void;
  #failures = 0;
  #cancel: (() => void) | null = null;

  constructor(clock: Pick<Clock, 'after'>, work: () => void) {
    this.#clock = clock;
    this.#work = work;
  }

  /** It did not come off. */
  later(): void {
    this.#cancel?.();
    this.#cancel = this.#clock.after(Math.min(LAST_MS, FIRST_MS * 2 ** this.#failures), this.#work);
    this.#failures += 1;
  }

  /** It came off, or is tried now, or is not wanted any more. */
  done(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#failures = 0;
  }
}
