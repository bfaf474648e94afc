import { ApiProblem } from '../api/client';
import type { FolderJob } from '../api/folders';
import type { PictureEntry } from '../app/picture_entry';
import type { Pipeline } from '../app/pipeline';
import { Observable } from '../base/observable';
import type { Locks } from '../statistics/session_locks';
import { Feeder, type FeederParts } from './feeder';
import { KeptPictures } from './kept_pictures';

export interface FolderQueueParts extends Omit<FeederParts, 'kept' | 'pipeline' | 'host'> {
  readonly pipeline: Pick<Pipeline, 'pump' | 'supply'>;
  readonly host: FeederParts['host'] & { watch(watcher: () => void): () => void };
  readonly locks: Locks | null;
  /** The small copies of these pictures are not shown any more. */
  readonly letGo: (entries: readonly PictureEntry[]) => void;
}

const ALIVE_MS = 30_000;
const AWAY = "Whimbrel's server is not answering. Try again when it is back.";

/** Whether a job goes on, now or when it is resumed. */
export function isLive({ state }: FolderJob): boolean {
  return state === 'running' || state === 'paused';
}

/**
 * The server's folder queue: how it is doing, and what one can do about it. One page of a browser works on it, and
 * another takes over when that is closed; the pictures go to the pipeline when nothing waits that the user handed over.
 */
export class FolderQueue extends Observable {
  jobs: readonly FolderJob[] = [];
  /** The job that this page found begun, and went on with; said once. */
  wentOn: FolderJob | null = null;
  /** Why the last thing that was asked for did not happen. */
  problem: string | null = null;
  readonly #parts: FolderQueueParts;
  readonly #feeder: Feeder;
  readonly #seen = new Set<number>();
  #heard = false;
  #staying = false;

  constructor(parts: FolderQueueParts) {
    super();
    this.#parts = parts;
    this.#feeder = new Feeder({ ...parts, kept: new KeptPictures(parts.pictures, parts.letGo) });
    parts.pipeline.supply = this.#feeder;
    parts.host.watch(() => this.#feeder.fill());
    this.#takeTurn();
  }

  /** Those that go on, and those that ended with something to say. */
  get shown(): readonly FolderJob[] {
    return this.jobs.filter((job) => isLive(job) || job.counts.failed > 0 || this.#seen.has(job.number));
  }

  /** What the server tells of its queue. */
  heard(jobs: readonly FolderJob[]): void {
    if (!this.#heard) this.wentOn = jobs.find((job) => isLive(job) && job.counts.done + job.counts.failed > 0) ?? null;
    this.#heard = true;
    this.jobs = jobs;
    for (const job of jobs) if (isLive(job)) this.#seen.add(job.number);
    this.#feeder.heard(jobs);
    this.#stayAlive();
    this.changed();
  }

  /** Does with a job what its address is called: `again` tries its failed pictures, `forget` takes it off the list. */
  async ask({ number }: FolderJob, what: 'pause' | 'resume' | 'cancel' | 'again' | 'forget'): Promise<void> {
    this.problem = null;
    try {
      await this.#parts.api.send(`/api/queue/${number}/${what}`, {});
    } catch (problem) {
      this.problem = problem instanceof ApiProblem ? problem.detail : AWAY;
    }
    this.changed();
  }

  /** The sentence about what was gone on with was read. */
  read(): void {
    this.wentOn = null;
    this.changed();
  }

  /** Waits until no other page of this browser works on the queue; never gives it back. */
  #takeTurn(): void {
    const { locks } = this.#parts;
    const forever = new Promise<void>(() => undefined);
    if (!locks) return this.#feeder.begin(false);
    locks
      .request('whimbrel-folders', {}, () => {
        this.#feeder.begin(true);
        return forever;
      })
      .catch(() => this.#feeder.begin(false));
  }

  #stayAlive(): void {
    if (this.#staying || !this.jobs.some(isLive)) return;
    this.#staying = true;
    this.#parts.clock.after(ALIVE_MS, () => {
      this.#staying = false;
      void this.#feeder.stayAlive();
      this.#stayAlive();
    });
  }
}
