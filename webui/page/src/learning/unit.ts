/** Embeddings of Euclidean length 1: what the instant head computes with. */

import { fromHalf } from '../engine/float16';

/** Every float16 number, so that thousands of embeddings are read in a moment; made when first wanted. */
let numbers: Float32Array | null = null;

/** The direction of an embedding of float16 bits; one of noughts stays one. */
export function unitOfHalf(halves: Uint16Array): Float32Array {
  numbers ??= Float32Array.from({ length: 0x10000 }, (_, half) => fromHalf(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = numbers[halves[i] as number] as number;
  return unit(values);
}

/** `values` over its length, in place. */
export function unit(values: Float32Array): Float32Array {
  const length = Math.sqrt(dot(values, values));
  if (length > 0) for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / length;
  return values;
}

/** The sum of the products; vectors of different lengths have nothing to do with each other: 0. */
export function dot(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return 0;
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] as number) * (other[i] as number);
  return sum;
}
