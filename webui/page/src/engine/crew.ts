/**
 * The stations at work and the pictures they share: one main station, and more while a batch runs on WASM.
 */

import type { BackendSettings } from './backends';
import { RecognitionFailure } from './failure';
import type { ModelFiles } from './model-files';
import { asFailure } from './outcome';
import { Station } from './station';
import { cancelled, type Task, TaskQueue } from './task-queue';
import type { BatchPlan } from './types';
import { type DeathCode, isDeath } from './worker-handle';

/** A worker has the next picture decoded while its network works on one. */
const PICTURES_IN_HAND = 2;
/** Batch pictures begun in a row before more workers are worth their start, with more still waiting. */
const BATCH_WORTH_GROWING = 6;
/** How long batch workers are kept with nothing to do. */
const BATCH_KEPT_MS = 15_000;
/** A picture that took so many workers down with it is not tried again. */
const MOST_LOSSES = 2;

export interface CrewListener {
  /** A station's device or worker failed; its pictures are back in the queue. */
  stationDied(settings: BackendSettings, code: DeathCode, wasMain: boolean): void;
}

export class Crew {
  private readonly queue = new TaskQueue();
  private main: Station | null = null;
  private extra: Station[] = [];
  private growing = false;
  /** Batch pictures begun since the crew last had nothing to do. */
  private batchRun = 0;
  private shrinkTimer: ReturnType<typeof setTimeout> | undefined;
  private plan: BatchPlan | null = null;
  private files: ModelFiles | null = null;
  /** Rises with every picture that comes or goes: whoever measures sees that it was disturbed. */
  activity = 0;
  lastActivity = 0;

  constructor(private readonly listener: CrewListener) {}

  get mainStation(): Station | null {
    return this.main;
  }

  get stations(): readonly Station[] {
    return this.main ? [this.main, ...this.extra] : this.extra;
  }

  get isBusy(): boolean {
    return this.queue.length > 0 || this.stations.some((station) => station.running.size > 0);
  }

  /** Pictures side by side in a batch. */
  get concurrency(): number {
    return PICTURES_IN_HAND * Math.max(1, this.batchWorkers());
  }

  submit(task: Task): void {
    this.touch();
    this.queue.push(task);
    task.options.signal?.addEventListener('abort', () => this.queue.dropCancelled(), { once: true });
    this.queue.dropCancelled();
    this.dispatch();
  }

  /** Puts a station in charge; those before it finish what they have and end. */
  takeOver(station: Station, files: ModelFiles): void {
    this.main?.retire();
    this.main = station;
    this.files = files;
    this.disband();
    this.touch();
    this.dispatch();
  }

  /** How batches are run from now on; stations of an earlier plan end. */
  planBatches(plan: BatchPlan): void {
    if (this.plan && (this.plan.workers !== plan.workers || this.plan.threads !== plan.threads))
      this.disband();
    this.plan = plan;
  }

  /** The head changes under the same backbone; batch stations other than `having` it do not know it: they end. */
  filesChanged(files: ModelFiles, having: readonly Station[]): void {
    this.files = files;
    for (const station of this.extra) if (!having.includes(station)) station.retire();
    this.extra = this.extra.filter((station) => having.includes(station));
  }

  dispose(): void {
    clearTimeout(this.shrinkTimer);
    for (const station of this.stations) station.handle.terminate();
    for (const station of this.stations) for (const task of station.running) task.reject(cancelled());
    this.queue.clear();
    this.main = null;
    this.extra = [];
  }

  private dispatch(): void {
    const { main } = this;
    for (const station of this.extra) this.fill(station, () => this.queue.nextBatch());
    // Batch pictures are left to the batch's own workers: each thread more would slow the others down.
    const take = this.extra.length > 0 ? () => this.queue.nextInteractive() : () => this.queue.next();
    if (main) this.fill(main, take);
    this.growOrShrink();
  }

  private fill(station: Station, take: () => Task | undefined): void {
    while (!station.isRetiring && station.running.size < inHand(station)) {
      const task = take();
      if (!task) return;
      if (task.options.priority === 'batch') this.batchRun += 1;
      void this.run(station, task);
    }
  }

  private async run(station: Station, task: Task): Promise<void> {
    try {
      task.resolve(await station.recognise(task));
    } catch (error) {
      this.settle(task, asFailure('inference', error));
    }
    this.touch();
    this.dispatch();
  }

  private settle(task: Task, failure: RecognitionFailure): void {
    if (!isDeath(failure)) {
      task.reject(failure);
    } else if (++task.losses >= MOST_LOSSES && failure.code === 'worker-crashed') {
      task.reject(tooMuch(failure));
    } else {
      this.queue.pushFirst(task);
    }
  }

  private died(station: Station, code: DeathCode): void {
    const wasMain = station === this.main;
    if (wasMain) this.main = null;
    this.extra = this.extra.filter((other) => other !== station);
    if (!station.isRetiring) this.listener.stationDied(station.settings, code, wasMain);
  }

  /** What a station is to be opened with, so that the crew hears of its death. */
  readonly onDeath = (station: Station, code: DeathCode): void => this.died(station, code);

  private growOrShrink(): void {
    if (!this.isBusy) this.batchRun = 0;
    const wanted = this.batchWorkers();
    const isLong = this.batchRun >= BATCH_WORTH_GROWING && this.queue.waitingBatch > 0;
    if (wanted > 1 && isLong && this.extra.length === 0 && !this.growing) void this.grow(wanted);
    clearTimeout(this.shrinkTimer);
    const resting = this.extra.length > 0 && this.extra.every((station) => station.running.size === 0);
    if (resting && this.queue.waitingBatch === 0) {
      this.shrinkTimer = setTimeout(() => this.disband(), BATCH_KEPT_MS);
    }
  }

  /**
   * Workers that a batch is worth on the present backend: several only on WASM, there is but one graphics
   * card.
   */
  private batchWorkers(): number {
    return this.main?.settings.backend === 'wasm' ? (this.plan?.workers ?? 1) : 1;
  }

  private async grow(workers: number): Promise<void> {
    const { plan, files } = this;
    if (!plan || !files) return;
    this.growing = true;
    const settings: BackendSettings = { backend: 'wasm', threads: plan.threads, halfPrecision: false };
    const openings = Array.from({ length: workers }, () => Station.open(settings, files, this.onDeath));
    const opened = await Promise.allSettled(openings);
    this.growing = false;
    const stations = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (files === this.files && plan === this.plan && stations.length > 1) this.extra = stations;
    else for (const station of stations) station.retire();
    this.dispatch();
  }

  private disband(): void {
    for (const station of this.extra) station.retire();
    this.extra = [];
  }

  private touch(): void {
    this.activity += 1;
    this.lastActivity = performance.now();
  }
}

/** A picture that took a worker down once is alone the second time: no other is to go down with it. */
function inHand(station: Station): number {
  return [...station.running].some((task) => task.losses > 0) ? 1 : PICTURES_IN_HAND;
}

function tooMuch(failure: RecognitionFailure): RecognitionFailure {
  return new RecognitionFailure(
    {
      stage: 'decode',
      code: 'worker-crashed',
      sentence: 'This picture made the part of Whimbrel that looks at pictures stop, twice.',
      advice: 'Save a smaller copy of it and try that; the other pictures go on.',
    },
    failure,
  );
}
