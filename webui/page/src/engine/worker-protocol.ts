/** What page and worker say to each other beside comlink's calls; no code of the worker may come in here. */

/** Posted by the worker when its graphics device is lost. */
export const DEVICE_LOST = 'whimbrel-device-lost';

/** How long a backend may be timed: so many runs, or so many milliseconds, or until it is hopeless. */
export interface TimingPlan {
  readonly runs: number;
  readonly budgetMs: number;
  /** A run slower than this ends the timing: another backend is far ahead. */
  readonly giveUpMs: number;
}
