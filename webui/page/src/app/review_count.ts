import type { AuditQueue } from '../api/audit';
import { mayPass } from '../api/client';
import { Again } from '../base/again';
import type { Clock } from '../base/clock';
import { Observable } from '../base/observable';

const SOON_MS = 3_000;

/** How many pictures wait to be named without their answer. */
export class ReviewCount extends Observable {
  waiting = 0;
  readonly #next: () => Promise<Pick<AuditQueue, 'waiting'>>;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #again: Again;
  #coming = false;

  constructor(next: () => Promise<Pick<AuditQueue, 'waiting'>>, clock: Pick<Clock, 'after'>) {
    super();
    this.#next = next;
    this.#clock = clock;
    this.#again = new Again(clock, () => void this.look());
  }

  async look(): Promise<void> {
    try {
      this.heard((await this.#next()).waiting);
      this.#again.done();
    } catch (problem) {
      if (mayPass(problem)) this.#again.later();
    }
  }

  /** Looks in a moment, once for all that asks meanwhile: pictures come in by the hundred. */
  soon(): void {
    if (this.#coming) return;
    this.#coming = true;
    this.#clock.after(SOON_MS, () => {
      this.#coming = false;
      void this.look();
    });
  }

  heard(waiting: number): void {
    if (waiting === this.waiting) return;
    this.waiting = waiting;
    this.changed();
  }
}
