import type { ModelDescriptor } from '../engine/types';
import type { PictureEntry } from './picture_entry';
import type { Shadowing, ShadowingParts } from './shadowing';

export interface ShadowsParts extends Omit<ShadowingParts, 'beside'> {
  readonly atWork: () => ModelDescriptor | null;
  /** The share of the pictures that are shown to both. */
  readonly share: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * The versions that are to answer beside the one at work. Those over the same backbone are the server's, which
 * has the embeddings; one over another has to see the picture itself, and what that takes is loaded for it.
 */
export class Shadows {
  readonly #parts: ShadowsParts;
  #versions: readonly ModelDescriptor[] = [];
  #shadowing: Promise<Shadowing> | null = null;

  constructor(parts: ShadowsParts) {
    this.#parts = parts;
  }

  heard(versions: readonly ModelDescriptor[]): void {
    this.#versions = versions;
  }

  /** A picture was answered by the model at work. */
  answered(entry: PictureEntry): void {
    const { share, random } = this.#parts;
    if (entry.blob === null || this.#beside() === null || random() >= share()) return;
    this.#shadowing ??= this.#load();
    void this.#shadowing.then(
      (shadowing) => shadowing.take(entry),
      () => (this.#shadowing = null), // the server is away; the next picture asks again
    );
  }

  /** The newest over another backbone: two more would be too much to ask of a machine. */
  #beside(): ModelDescriptor | null {
    const here = this.#parts.atWork()?.spaceId;
    return this.#versions.findLast(({ spaceId }) => spaceId !== here) ?? null;
  }

  async #load(): Promise<Shadowing> {
    const { Shadowing } = await import('./shadowing');
    return new Shadowing({ ...this.#parts, beside: () => this.#beside() });
  }
}
