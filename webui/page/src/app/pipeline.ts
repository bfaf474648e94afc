import { uuidv7 } from 'uuidv7';
import type { Clock } from '../base/clock';
import { Observable } from '../base/observable';
import type { Engine, Recognition } from '../engine/types';
import type { Learned } from '../learning/instant_head';
import { failureOf, type Failure } from './failures';
import type { IntakeItem } from './intake';
import { waitingEntry, type PictureEntry } from './picture_entry';
import type { PictureList } from './picture_list';
import { ProgressCount, type Progress } from './progress';
import type { Recorder } from './recorder';

export interface PipelineParts {
  readonly engine: Pick<Engine, 'recognise' | 'concurrency' | 'state'>;
  readonly pictures: PictureList;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Whether the user lets the crop be kept, asked for every picture. */
  readonly keepCrop: () => boolean;
  readonly keepThumbnail: () => boolean;
  /** What the user's corrections would call a picture that was just answered. */
  readonly learned: (found: Recognition) => Learned | null;
  /** Hears of every answer, once it is shown. */
  readonly answered: (entry: PictureEntry) => void;
}

/**
 * Takes pictures in and hands the engine a few at a time, so that thousands can wait without being decoded.
 * One that fails is recorded and shown; the others go on.
 */
export class Pipeline extends Observable {
  readonly #parts: PipelineParts;
  readonly #waiting: PictureEntry[] = [];
  readonly #count = new ProgressCount();
  #atWork = 0;

  constructor(parts: PipelineParts) {
    super();
    this.#parts = parts;
  }

  get progress(): Progress {
    return this.#count.report();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Puts pictures in line and looks at the first of them, unless a run is on that the user is watching. */
  take(items: readonly IntakeItem[]): void {
    if (items.length === 0) return;
    const { pictures, clock } = this.#parts;
    const resting = !this.#count.running;
    const entries = items.map((item) => waitingEntry({ ...item, id: uuidv7(), at: clock.now() }));
    this.#count.cameIn(entries.length);
    this.#waiting.push(...entries);
    pictures.add(entries);
    if (resting) pictures.select(entries[0] ?? null);
    this.pump();
    this.changed();
  }

  /** Does this one next, if it still waits. */
  promote(entry: PictureEntry): void {
    const at = this.#waiting.indexOf(entry);
    if (at > 0) this.#waiting.unshift(...this.#waiting.splice(at, 1));
  }

  /** Sends away those that still wait; those at work are finished. */
  cancel(): void {
    const gone = this.#waiting.splice(0);
    this.#count.calledOff(gone.length);
    this.#parts.pictures.remove(gone);
    this.changed();
  }

  /** Hands pictures to the engine while it can take some. To be called when it becomes ready. */
  pump(): void {
    const { engine } = this.#parts;
    while (engine.state === 'ready' && this.#atWork < engine.concurrency + 1) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      void this.#work(entry);
    }
  }

  async #work(entry: PictureEntry): Promise<void> {
    const { clock, pictures } = this.#parts;
    this.#atWork += 1;
    this.#count.started(clock.now());
    pictures.update(entry, { state: 'working' });
    const failed = await this.#recognise(entry);
    this.#atWork -= 1;
    this.#count.ended(clock.now(), failed);
    this.pump();
    this.changed();
  }

  async #recognise(entry: PictureEntry): Promise<boolean> {
    const { engine, pictures, keepCrop } = this.#parts;
    const priority = entry === pictures.selected ? 'interactive' : 'batch';
    try {
      const blob = entry.blob ?? new Blob();
      const options = { keepThumbnail: true, keepCrop: keepCrop(), fileName: entry.fileName, priority } as const;
      this.#succeeded(entry, await engine.recognise(blob, options));
      return false;
    } catch (problem) {
      this.#failed(entry, failureOf(problem));
      return true;
    }
  }

  /** Writing down overlaps with the next picture. */
  #succeeded(entry: PictureEntry, found: Recognition): void {
    const { pictures, recorder, keepThumbnail, learned, answered } = this.#parts;
    const { sha256, width, height, capturedAt, thumbnail, preview } = found;
    const thumbnailKept = keepThumbnail();
    const seen = { sha256, width, height, capturedAt, thumbnail, preview, thumbnailKept };
    pictures.update(entry, { state: 'done', answer: found, learned: learned(found), ...seen });
    void recorder.recognised(entry, found);
    answered(entry);
  }

  #failed(entry: PictureEntry, failure: Failure): void {
    const { pictures, recorder } = this.#parts;
    pictures.update(entry, { state: 'failed', failure });
    void recorder.failed(entry, failure);
  }
}
