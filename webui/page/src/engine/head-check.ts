/** The fixed embeddings for which the server says a head's logits: how a head's numbers are checked. */

import { FLOAT16_TOLERANCE, FLOAT32_TOLERANCE, type ReferenceVerdict } from './reference-pattern';

/** What the head gives for the first `count` check embeddings, computed by numpy: float32 [count, labels]. */
export interface HeadCheck {
  readonly count: number;
  readonly logits: Float32Array;
}

/** float32 [count, size], half of it nought as in real embeddings; the same numbers as the Python side. */
export function checkEmbeddings(count: number, size: number): Float32Array {
  return Float32Array.from({ length: count * size }, (_, i) => {
    const noise = Math.floor(((i * 1103515245 + 12345) % 2147483648) / 65536) % 256;
    return Math.max(noise - 128, 0) / 32;
  });
}

/**
 * Whether a head's logits [count, labels] are those of the check: the largest difference of each row over the
 * row's largest number, the worst row's. In half precision the same label has to be first in every row, too.
 */
export function judgeHead(actual: Float32Array, check: HeadCheck, halfPrecision: boolean): ReferenceVerdict {
  const labels = check.logits.length / check.count;
  if (actual.length !== check.logits.length || !Number.isInteger(labels))
    return { correct: false, relativeError: Number.POSITIVE_INFINITY };
  let worst = 0;
  let sameFirst = true;
  for (let row = 0; row < check.count; row++) {
    const mine = actual.subarray(row * labels, (row + 1) * labels);
    const theirs = check.logits.subarray(row * labels, (row + 1) * labels);
    worst = Math.max(worst, rowError(mine, theirs));
    sameFirst &&= firstOf(mine) === firstOf(theirs);
  }
  const correct = halfPrecision ? worst <= FLOAT16_TOLERANCE && sameFirst : worst <= FLOAT32_TOLERANCE;
  return { correct, relativeError: worst };
}

/** Infinite where a number is not finite. */
function rowError(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let largest = Number.MIN_VALUE;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!Number.isFinite(error)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, error);
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return difference / largest;
}

function firstOf(row: Float32Array): number {
  return row.indexOf(Math.max(...row));
}
