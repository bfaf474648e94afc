/**
 * Tells when nobody has wanted anything for a while, so that measuring disturbs no one and is not
 * disturbed.
 */

import type { Crew } from './crew';
import type { Idleness } from './measuring';

/** Quiet for this long counts as idle. */
const QUIET_MS = 1_500;
const LOOK_EVERY_MS = 250;

export class IdleWatch implements Idleness {
  private stopped = false;

  constructor(private readonly crew: Crew) {}

  activity(): number {
    return this.crew.activity;
  }

  /** Rejects once `stop` was called. A hidden page is not idle: browsers slow it down. */
  async whenIdle(): Promise<void> {
    while (!this.isIdle()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    if (this.stopped) throw new Error('The engine was put away.');
  }

  stop(): void {
    this.stopped = true;
  }

  private isIdle(): boolean {
    if (this.stopped) return true;
    const quiet = performance.now() - this.crew.lastActivity >= QUIET_MS;
    return (
      quiet && !this.crew.isBusy && this.crew.mainStation !== null && document.visibilityState !== 'hidden'
    );
  }
}
