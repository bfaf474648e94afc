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

/** Where pictures come from while none waits that the user handed over. */
export interface Supply {
  /** The next picture, with its bytes; null where none is at hand. */
  next(): PictureEntry | null;
  /** One of these has its answer or its failure; `written` when the record of it is in the page's outbox. */
  finished(entry: PictureEntry, written: Promise<void>): void;
}

interface Outcome {
  readonly failed: boolean;
  readonly written: Promise<void>;
}

/**
 * Takes pictures in and hands the engine a few at a time, so that thousands can wait without being decoded.
 * One that fails is recorded and shown; the others go on.
 */
export class Pipeline extends Observable {
  supply: Supply | null = null;
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
      const entry = this.#waiting.shift() ?? this.supply?.next();
      if (!entry) return;
      void this.#work(entry);
    }
  }

  async #work(entry: PictureEntry): Promise<void> {
    const { clock, pictures } = this.#parts;
    const own = entry.address === null;
    this.#atWork += 1;
    if (own) this.#count.started(clock.now());
    pictures.update(entry, { state: 'working' });
    const { failed, written } = await this.#recognise(entry);
    this.#atWork -= 1;
    if (own) this.#count.ended(clock.now(), failed);
    else this.supply?.finished(entry, written);
    this.pump();
    this.changed();
  }

  async #recognise(entry: PictureEntry): Promise<Outcome> {
    const { engine, pictures, keepCrop } = this.#parts;
    const priority = entry === pictures.selected ? 'interactive' : 'batch';
    try {
      const blob = entry.blob ?? new Blob();
      const options = { keepThumbnail: true, keepCrop: keepCrop(), fileName: entry.fileName, priority } as const;
      const found = await engine.recognise(blob, options);
      return { failed: false, written: this.#succeeded(entry, found) };
    } catch (problem) {
      return { failed: true, written: this.#failed(entry, failureOf(problem)) };
    }
  }

  /** Writing down overlaps with the next picture. */
  #succeeded(entry: PictureEntry, found: Recognition): Promise<void> {
    const { pictures, recorder, keepThumbnail, learned, answered } = this.#parts;
    const { sha256, width, height, capturedAt, thumbnail, preview } = found;
    const thumbnailKept = keepThumbnail();
    const seen = { sha256, width, height, capturedAt, thumbnail, preview, thumbnailKept };
    pictures.update(entry, { state: 'done', answer: found, learned: learned(found), ...seen });
    const written = recorder.recognised(entry, found);
    answered(entry);
    return written;
  }

  #failed(entry: PictureEntry, failure: Failure): Promise<void> {
    const { pictures, recorder } = this.#parts;
    pictures.update(entry, { state: 'failed', failure });
    return recorder.failed(entry, failure);
  }
}
