/** Sums of unit embeddings by label, from which examples can be taken back one by one. */

import { unit } from './unit';

/** So many unit vectors added up. */
export interface Sum {
  readonly vector: Float32Array;
  count: number;
}

/** The mean direction of a label, and of how many pictures it is. */
export interface LabelMean {
  readonly label: string;
  readonly count: number;
  readonly direction: Float32Array;
}

export class LabelSums {
  readonly #sums = new Map<string, Sum>();

  /** Adds `count` pictures of the label whose mean direction this is; a negative count takes them away. */
  add(label: string, direction: Float32Array, count: number): void {
    const sum = this.#sums.get(label) ?? { vector: new Float32Array(direction.length), count: 0 };
    for (let i = 0; i < direction.length; i++) sum.vector[i] = (sum.vector[i] ?? 0) + count * (direction[i] ?? 0);
    sum.count += count;
    this.#sums.set(label, sum);
  }

  /** The sums as they are. */
  sums(): Sum[] {
    return [...this.#sums.values()];
  }

  /** Of every label that has pictures left. */
  means(): LabelMean[] {
    return [...this.#sums]
      .filter(([, { count }]) => count > 0)
      .map(([label, { vector, count }]) => ({ label, count, direction: unit(vector.slice()) }));
  }
}
