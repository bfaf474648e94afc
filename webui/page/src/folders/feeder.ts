import { ApiProblem, ServerAway, type ApiClient } from '../api/client';
import type { FolderJob, Lease } from '../api/folders';
import type { Failure } from '../app/failures';
import { waitingEntry, type PictureEntry } from '../app/picture_entry';
import type { PictureList } from '../app/picture_list';
import type { Pipeline, Supply } from '../app/pipeline';
import type { Recorder } from '../app/recorder';
import type { Clock } from '../base/clock';
import type { StatisticsQueue } from '../statistics/queue';
import type { KeptPictures } from './kept_pictures';

export interface FeederParts {
  readonly api: Pick<ApiClient, 'send' | 'bytes'>;
  readonly pictures: PictureList;
  readonly pipeline: Pick<Pipeline, 'pump'>;
  readonly recorder: Pick<Recorder, 'failed'>;
  readonly queue: Pick<StatisticsQueue, 'sessionId' | 'sender'>;
  readonly host: { readonly ready: boolean; readonly concurrency: number };
  readonly clock: Clock;
  readonly kept: KeptPictures;
}

const FETCHED_AT_ONCE = 4;
/** Bytes of pictures that wait here for the engine; one larger picture waits by itself. */
const MOST_BYTES = 96 * 1024 * 1024;
const MOST_ASKED = 64;
const AGAIN_MS = 2_000;
const MOST_BREAKS = 3;
const GONE = 410;
const NOT_THERE = 404;
const BROKEN: Failure = {
  stage: 'load',
  code: 'file-gone',
  sentence: 'This file broke off each time that it was read.',
  advice: 'Look whether something writes to it, or whether its card or drive is damaged.',
};

/** Takes a few pictures of the server's queue at a time, and fetches them while others are recognised. */
export class Feeder implements Supply {
  readonly #parts: FeederParts;
  readonly #leases = new Map<string, Lease>();
  readonly #breaks = new Map<string, number>();
  #jobs: readonly FolderJob[] = [];
  #toFetch: PictureEntry[] = [];
  #ready: PictureEntry[] = [];
  #fetching = 0;
  #works = false;
  #takesOver = false;
  #asking = false;
  #resting = false;

  constructor(parts: FeederParts) {
    this.#parts = parts;
  }

  /** It is this page's turn; `takesOver` where all others of the browser are known to be gone. */
  begin(takesOver: boolean): void {
    this.#works = true;
    this.#takesOver = takesOver;
    this.fill();
  }

  heard(jobs: readonly FolderJob[]): void {
    this.#jobs = jobs;
    const gone = [...this.#ready, ...this.#toFetch].filter(({ id }) => !['running', 'paused'].includes(this.#stateOf(id) ?? ''));
    this.#drop(gone);
    this.#parts.pipeline.pump();
    this.fill();
  }

  next(): PictureEntry | null {
    const at = this.#ready.findIndex(({ id }) => this.#stateOf(id) === 'running');
    const [entry] = at < 0 ? [] : this.#ready.splice(at, 1);
    if (entry) this.fill();
    return entry ?? null;
  }

  /** The last record, that after a pause, and that of a picture which stopped somebody before, go at once. */
  finished(entry: PictureEntry, written: Promise<void>): void {
    const soon = this.#leases.get(entry.id)?.alone || this.#leases.size === 1 || this.#stateOf(entry.id) !== 'running';
    this.#leases.delete(entry.id);
    this.#breaks.delete(entry.id);
    this.#parts.kept.add(entry);
    this.fill();
    if (soon) void written.then(() => this.#parts.queue.sender.sendNow());
  }

  /** Says that what this page took is still being looked at. */
  async stayAlive(): Promise<void> {
    if (this.#works && !this.#takesOver) await this.#take(0).catch(() => undefined);
  }

  /** Has enough at hand for the engine never to wait, and no more than that. */
  fill(): void {
    const { host } = this.#parts;
    if (!this.#works || this.#resting || !host.ready) return;
    while (this.#toFetch.length > 0 && this.#fetching < FETCHED_AT_ONCE && this.#hasRoom()) {
      const entry = this.#toFetch.shift();
      if (entry) void this.#fetch(entry);
    }
    const wanted = Math.min(MOST_ASKED, 3 * host.concurrency + 2) - this.#leases.size;
    if (wanted > 0 && !this.#asking && this.#jobs.some(hasMore)) void this.#takeMore(wanted);
  }

  #hasRoom(): boolean {
    const waiting = this.#ready.reduce((sum, { blob }) => sum + (blob?.size ?? 0), 0);
    return this.#ready.length === 0 || waiting < MOST_BYTES;
  }

  async #takeMore(count: number): Promise<void> {
    this.#asking = true;
    const came = await this.#takeNew(count).catch(() => false);
    this.#asking = false;
    if (came) this.fill();
    else this.#rest();
  }

  /** Whether there was anything new in what was handed out. */
  async #takeNew(count: number): Promise<boolean> {
    const { pictures, clock, queue } = this.#parts;
    // What a page that is gone had recorded goes first: only the rest of what it had taken is to be done again.
    if (this.#takesOver) await queue.sender.sendNow();
    const leases = await this.#take(count);
    const fresh = leases.filter(({ id }) => !pictures.get(id));
    if (fresh.length < leases.length) void queue.sender.sendNow(); // they are here, and the server has yet to hear of it
    for (const lease of fresh) this.#leases.set(lease.id, lease);
    const entries = fresh.map((lease) => entryOf(lease, clock.now()));
    this.#toFetch.push(...entries);
    pictures.add(entries);
    if (!pictures.selected) pictures.select(entries[0] ?? null);
    return entries.length > 0;
  }

  async #take(count: number): Promise<readonly Lease[]> {
    const { api, queue } = this.#parts;
    const body = { holder: queue.sessionId, count, takeOver: this.#takesOver };
    const { pictures } = await api.send<{ pictures: readonly Lease[] }>('/api/queue/next', body);
    this.#takesOver = false;
    return pictures;
  }

  async #fetch(entry: PictureEntry): Promise<void> {
    const { api, pictures, pipeline } = this.#parts;
    this.#fetching += 1;
    try {
      const blob = await api.bytes(entry.address ?? '');
      if (this.#leases.has(entry.id)) {
        pictures.update(entry, { blob });
        this.#ready.push(entry);
      }
    } catch (problem) {
      this.#notFetched(entry, problem);
    }
    this.#fetching -= 1;
    pipeline.pump();
    this.fill();
  }

  #notFetched(entry: PictureEntry, problem: unknown): void {
    const status = problem instanceof ApiProblem ? problem.status : 0;
    if (!this.#leases.has(entry.id) || status === NOT_THERE) return this.#drop([entry]);
    if (problem instanceof ApiProblem && status === GONE) {
      return this.#failed(entry, { stage: 'load', code: 'file-gone', sentence: problem.detail, advice: '' });
    }
    if (this.#brokeTooOften(entry, problem)) return this.#failed(entry, BROKEN);
    this.#toFetch.unshift(entry);
    this.#rest();
  }

  /** A connection that breaks while the server is there is the file's fault. */
  #brokeTooOften({ id }: PictureEntry, problem: unknown): boolean {
    if (problem instanceof ServerAway || problem instanceof ApiProblem) return false;
    const breaks = (this.#breaks.get(id) ?? 0) + 1;
    this.#breaks.set(id, breaks);
    return breaks >= MOST_BREAKS;
  }

  #failed(entry: PictureEntry, failure: Failure): void {
    const { pictures, recorder } = this.#parts;
    pictures.update(entry, { state: 'failed', failure });
    this.finished(entry, recorder.failed(entry, failure));
  }

  /** Lets go of pictures that wait here; those at work are finished. */
  #drop(entries: readonly PictureEntry[]): void {
    const gone = new Set(entries);
    this.#ready = this.#ready.filter((entry) => !gone.has(entry));
    this.#toFetch = this.#toFetch.filter((entry) => !gone.has(entry));
    for (const { id } of entries) this.#leases.delete(id);
    this.#parts.pictures.remove(entries);
  }

  #stateOf(id: string): FolderJob['state'] | null {
    const job = this.#leases.get(id)?.job;
    return this.#jobs.find(({ number }) => number === job)?.state ?? null;
  }

  #rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#parts.clock.after(AGAIN_MS, () => {
      this.#resting = false;
      this.fill();
    });
  }
}

function hasMore({ state, finding, counts }: FolderJob): boolean {
  return state === 'running' && (finding || counts.waiting > 0);
}

function entryOf({ id, fileName, path, source }: Lease, at: number): PictureEntry {
  const address = `/api/queue/picture/${id}`;
  return { ...waitingEntry({ id, fileName, path, source, at, blob: null }), address };
}
