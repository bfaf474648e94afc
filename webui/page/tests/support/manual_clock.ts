import type { Clock } from '../../src/base/clock';

interface Timer {
  due: number;
  readonly work: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 1_760_000_000_000;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  random(): number {
    return 1;
  }

  after(ms: number, work: () => void): () => void {
    const timer = { due: this.#now + ms, work };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How long until each timer, soonest first. */
  pending(): number[] {
    return [...this.#timers].map(({ due }) => due - this.#now).sort((one, other) => one - other);
  }

  /** Sets the time of day; timers go on as they were, as they do in a browser. */
  jump(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) timer.due += ms;
  }

  /** Moves on and runs what became due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((one, other) => one.due - other.due);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = next.due;
      next.work();
    }
    this.#now = end;
  }
}
