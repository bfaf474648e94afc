/** How the pictures that came in since the page was last at rest are doing. */
export interface Progress {
  readonly total: number;
  readonly finished: number;
  readonly failed: number;
  /** Pictures a second over the last few seconds, null where too few are done to say. */
  readonly rate: number | null;
  /** Milliseconds, as far as the rate tells. */
  readonly left: number | null;
  /** Milliseconds from the first start to the last end, once all are finished. */
  readonly took: number | null;
}

const WINDOW_MS = 4_000;
const ENOUGH = 4;

/** Counts a run of pictures: from the first that comes in while nothing is at work to the last that is done. */
export class ProgressCount {
  #total = 0;
  #finished = 0;
  #failed = 0;
  #startedAt: number | null = null;
  #endedAt: number | null = null;
  #recent: number[] = [];

  get running(): boolean {
    return this.#finished < this.#total;
  }

  cameIn(count: number): void {
    if (!this.running) this.#reset();
    this.#total += count;
  }

  started(now: number): void {
    this.#startedAt ??= now;
    this.#endedAt = null;
  }

  ended(now: number, failed: boolean): void {
    this.#finished += 1;
    this.#failed += failed ? 1 : 0;
    this.#endedAt = now;
    this.#recent.push(now);
    while (this.#recent.length > ENOUGH && (this.#recent[0] ?? now) < now - WINDOW_MS) this.#recent.shift();
  }

  /** Pictures that will not be done after all. */
  calledOff(count: number): void {
    this.#total -= count;
  }

  report(): Progress {
    const rate = this.#rate();
    const left = rate && this.running ? ((this.#total - this.#finished) / rate) * 1000 : null;
    const over = !this.running && this.#startedAt !== null && this.#endedAt !== null;
    const took = over ? (this.#endedAt ?? 0) - (this.#startedAt ?? 0) : null;
    return { total: this.#total, finished: this.#finished, failed: this.#failed, rate, left, took };
  }

  #rate(): number | null {
    const [first] = this.#recent;
    const last = this.#recent.at(-1);
    if (this.#recent.length < ENOUGH || first === undefined || last === undefined || last === first) return null;
    return ((this.#recent.length - 1) * 1000) / (last - first);
  }

  #reset(): void {
    this.#total = this.#finished = this.#failed = 0;
    this.#startedAt = this.#endedAt = null;
    this.#recent = [];
  }
}
