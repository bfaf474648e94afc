import type { Send } from '../api/training';
import type { ModelDescriptor, Recognition } from '../engine/types';
import type { PictureEntry } from './picture_entry';

export interface ShadowingParts {
  readonly engine: { lookBeside(model: ModelDescriptor, blob: Blob, fileName: string): Promise<Recognition> };
  /** The model to look with; null where none is wanted any more. */
  readonly beside: () => ModelDescriptor | null;
  /** Whether the picture is still there: one that was erased is looked at by nobody. */
  readonly isThere: (entry: PictureEntry) => boolean;
  /** Sends what was recorded; the server knows the pictures afterwards. */
  readonly sent: () => Promise<void>;
  readonly send: Send;
  /** What the server has at an address. */
  readonly bytes: (address: string) => Promise<Blob>;
  readonly gaveUp: (model: ModelDescriptor, problem: unknown) => void;
}

interface Pass {
  readonly inferenceId: string;
  readonly label: string;
  readonly probability: number;
  readonly ms: number;
}

/** Pictures that may wait; of a sample nobody misses those that come while so many do. */
const MOST_WAITING = 50;
const SENT_AT_ONCE = 25;
/** Failures one after the other, after which the model is left alone until the page is opened anew. */
const MOST_FAILURES = 3;

/** Shows pictures that have their answer to a model over another backbone, and tells the server what it said. */
export class Shadowing {
  readonly #parts: ShadowingParts;
  readonly #waiting: PictureEntry[] = [];
  readonly #given = new Set<string>();
  #found: Pass[] = [];
  #failures = 0;
  #working = false;

  constructor(parts: ShadowingParts) {
    this.#parts = parts;
  }

  /** Puts a picture in line. */
  take(entry: PictureEntry): void {
    if (this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(entry);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let entry = this.#waiting.shift(); entry; entry = this.#waiting.shift()) {
      const model = this.#parts.beside();
      if (!model || this.#given.has(model.id)) continue;
      await this.#look(model, entry);
      if (this.#found.length >= SENT_AT_ONCE || this.#waiting.length === 0) await this.#tell(model);
    }
    this.#working = false;
  }

  async #look(model: ModelDescriptor, entry: PictureEntry): Promise<void> {
    const { engine, isThere, gaveUp } = this.#parts;
    const blob = await this.#bytesOf(entry);
    if (!blob || !isThere(entry)) return;
    try {
      const { predictions, totalTime: ms } = await engine.lookBeside(model, blob, entry.fileName);
      const [best] = predictions;
      this.#failures = 0;
      if (best) this.#found.push({ inferenceId: entry.id, label: best.className, probability: best.probability, ms });
    } catch (problem) {
      if (++this.#failures < MOST_FAILURES) return;
      this.#given.add(model.id);
      gaveUp(model, problem);
    }
  }

  /** A picture of the folder queue left its bytes at the server; null where they are gone. */
  #bytesOf({ blob, address }: PictureEntry): Promise<Blob | null> {
    if (blob || address === null) return Promise.resolve(blob);
    return this.#parts.bytes(address).catch(() => null);
  }

  /** What the server does not take, because it is away or the trial has ended, is let go: it is a sample. */
  async #tell({ id }: ModelDescriptor): Promise<void> {
    const { sent, send } = this.#parts;
    const answers = this.#found.splice(0);
    if (answers.length === 0) return;
    await sent()
      .then(() => send(`/api/models/${encodeURIComponent(id)}/shadow/answers`, { answers }))
      .catch(() => undefined);
  }
}
