/** A worker with a backend started, a model loaded, warmed up and its numbers checked: ready for pictures. */

import type { BackendSettings } from './backends';
import { RecognitionFailure } from './failure';
import { wrongBackend, wrongModel } from './model-failures';
import type { ModelFiles } from './model-files';
import type { ReferenceVerdict } from './reference-pattern';
import type { Task } from './task-queue';
import type { Recognition } from './types';
import { type DeathCode, isDeath, isLate, WorkerHandle } from './worker-handle';

/** A backend that has not started by then never will: its threads are held back. */
const START_LIMIT_MS = 20_000;
/** The first run compiles; software graphics take tens of seconds on a busy machine. */
const FIRST_RUN_LIMIT_MS = 60_000;
/** A hundred megapixels on software graphics stay under half of it: whoever takes longer hangs. */
const PICTURE_LIMIT_MS = 180_000;

export class Station {
  readonly running = new Set<Task>();
  private retiring = false;

  private constructor(
    readonly settings: BackendSettings,
    readonly handle: WorkerHandle,
    /** How far its numbers are from the references of backbone and head; null where there are none. */
    public relativeError: number | null,
  ) {}

  /**
   * Rejects with RecognitionFailure: the backend does not start, counts wrongly, or the model does not fit
   * it.
   */
  static async open(
    settings: BackendSettings,
    files: ModelFiles,
    onDeath: (station: Station, code: DeathCode) => void,
    firstRunLimitMs = FIRST_RUN_LIMIT_MS,
  ): Promise<Station> {
    let opened: Station | null = null;
    const handle = new WorkerHandle((code) => opened && onDeath(opened, code));
    try {
      const started = await handle.call((worker) => worker.start(settings), START_LIMIT_MS);
      await handle.call((worker) => worker.load(files), firstRunLimitMs);
      const verdict = await handle.call((worker) => worker.check(), firstRunLimitMs);
      if (verdict !== null && !verdict.correct) throw wrongBackend(settings, verdict.relativeError);
      opened = new Station(started, handle, verdict?.relativeError ?? null);
      return opened;
    } catch (failure) {
      handle.terminate();
      throw failure;
    }
  }

  get isRetiring(): boolean {
    return this.retiring;
  }

  /**
   * Rejects with the picture's failure, or with one for which `isDeath` holds: then it is to be done again.
   */
  async recognise(task: Task): Promise<Recognition> {
    this.running.add(task);
    const { keepThumbnail, keepCrop, topK, fileName } = task.options;
    const options = {
      keepThumbnail,
      keepCrop,
      ...(topK === undefined ? {} : { topK }),
      ...(fileName === undefined ? {} : { fileName }),
    };
    try {
      return await this.handle.call((worker) => worker.recognise(task.blob, options), PICTURE_LIMIT_MS);
    } catch (failure) {
      throw this.judged(failure);
    } finally {
      this.running.delete(task);
      if (this.retiring && this.running.size === 0) this.handle.terminate();
    }
  }

  /** Ends the worker where the failure is its own, so that the picture is done again by another. */
  private judged(failure: unknown): unknown {
    if (!(failure instanceof RecognitionFailure)) return failure;
    if (isDeath(failure)) this.handle.fail('context-lost', failure.sentence);
    return isLate(failure) ? this.handle.fail('worker-crashed', 'it did not answer') : failure;
  }

  /**
   * Loads and tries another head beside the one at work. Rejects with WrongNumbers where its numbers are not
   * what they have to be, else as `recognise`.
   */
  async prepareHead({ model, head }: ModelFiles): Promise<ReferenceVerdict | null> {
    const verdict = await this.handle.call((worker) => worker.prepareHead(model, head), FIRST_RUN_LIMIT_MS);
    if (verdict?.correct === false) throw wrongModel(model, this.settings, verdict.relativeError);
    return verdict;
  }

  /** Puts the prepared head to work between two pictures. */
  async swapHead(verdict: ReferenceVerdict | null): Promise<void> {
    await this.handle.call((worker) => worker.swapHead(), PICTURE_LIMIT_MS);
    this.relativeError = verdict?.relativeError ?? null;
  }

  /** Lets a prepared head go. */
  async dropHead(): Promise<void> {
    await this.handle.call((worker) => worker.dropHead(), PICTURE_LIMIT_MS);
  }

  /** Takes no more pictures; its worker ends when those under way are done. */
  retire(): void {
    this.retiring = true;
    if (this.running.size === 0) this.handle.terminate();
  }
}
