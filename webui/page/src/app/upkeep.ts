import type { Retention, RetentionApi, Run } from '../api/retention';
import { Observable } from '../base/observable';

/** What the server keeps for how long, what it is removing, and what went by itself and was not said yet. */
export class Upkeep extends Observable {
  found: Retention | null = null;
  /** Why the last look or removal did not work, for people. */
  problem: string | null = null;
  /** The removal that this page began, until it is done. */
  begun: Run | null = null;
  /** The last removal that this page began and saw done. */
  done: Run | null = null;
  readonly #api: RetentionApi;

  constructor(api: RetentionApi) {
    super();
    this.#api = api;
  }

  /** What went by itself and was not said yet. */
  get untold(): readonly Run[] {
    return (this.found?.runs ?? []).filter(({ told, state }) => !told && state === 'done');
  }

  look(): Promise<void> {
    return this.#try(async () => {
      this.found = await this.#api.look();
      this.#settle(this.found.runs);
    });
  }

  /** Removes what the preview that is shown says. */
  run(): Promise<void> {
    return this.#try(async () => {
      if (this.found) await this.began(await this.#api.run(this.found.preview.token));
    });
  }

  dateIsRight(): Promise<void> {
    return this.#try(async () => {
      this.found = await this.#api.dateIsRight();
    });
  }

  /** Follows a removal to its end, which may have been told before its beginning was answered. */
  async began(run: Run): Promise<void> {
    this.done = null;
    this.begun = run;
    this.changed();
    await this.look();
  }

  /** The server tells how a removal is doing. */
  heard(run: Run): void {
    this.#settle([run]);
    if (run.state === 'done') void this.look();
  }

  /** The user has read what went by itself. */
  async read(): Promise<void> {
    const last = Math.max(0, ...this.untold.map(({ number }) => number));
    await this.#try(() => this.#api.told(last));
    await this.look();
  }

  #settle(runs: readonly Run[]): void {
    const run = runs.find(({ number }) => number === this.begun?.number);
    if (!run) return;
    this.begun = run.state === 'done' ? null : run;
    if (run.state === 'done') this.done = run;
    this.changed();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.problem = null;
    try {
      await work();
    } catch (problem) {
      this.problem = problem instanceof Error ? `${problem.message.replace(/\.$/, '')}.` : 'That did not work.';
    }
    this.changed();
  }
}
