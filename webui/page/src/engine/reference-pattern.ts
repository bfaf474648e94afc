/** The fixed picture whose embedding ships with each backbone: how a backend's numbers are checked. */

import { scaleToInput } from './preprocessing';
import type { Preprocessing } from './types';

/** Numbers of a float32 backend agree with the reference to this, relative. */
export const FLOAT32_TOLERANCE = 1e-3;
/** Half-precision textures may be used when they agree to this and name the same label. */
export const FLOAT16_TOLERANCE = 1e-2;

/** RGB bytes [size, size, 3] of the pattern; the same integers as the Python side (all under 2^53). */
export function referencePixels(size: number): Uint8Array {
  const pixels = new Uint8Array(size * size * 3);
  let i = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let channel = 0; channel < 3; channel++, i++) {
        const noise = Math.floor(((i * 1103515245 + 12345) % 2147483648) / 65536) % 32;
        pixels[i] = (x * (channel + 2) + y * (4 - channel) + noise) % 256;
      }
    }
  }
  return pixels;
}

/** float32 [size, size, 3]: the pattern as the backbone's input. */
export function referenceInput(how: Preprocessing): Float32Array {
  return scaleToInput(referencePixels(how.size), how);
}

/** ||actual - expected|| / ||expected||; infinite where lengths differ or a number is not finite. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length || actual.length === 0) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < actual.length; i++) {
    const a = actual[i] as number;
    const e = expected[i] as number;
    difference += (a - e) ** 2;
    norm += e * e;
  }
  const error = Math.sqrt(difference / norm);
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY;
}

/** What came out of a backend for the reference pattern, and what should have. */
export interface ReferenceOutcome {
  readonly embedding: Float32Array;
  readonly expected: Float32Array;
  /** Places of the best label by the page's embedding and by the reference's. */
  readonly top: number;
  readonly expectedTop: number;
  /** Whether the backend computes in half precision (WebGL with float16 textures). */
  readonly halfPrecision: boolean;
}

export interface ReferenceVerdict {
  readonly correct: boolean;
  readonly relativeError: number;
}

/** Whether a backend's numbers may be trusted with pictures. */
export function judgeReference(outcome: ReferenceOutcome): ReferenceVerdict {
  const error = relativeError(outcome.embedding, outcome.expected);
  const correct = outcome.halfPrecision
    ? error <= FLOAT16_TOLERANCE && outcome.top === outcome.expectedTop
    : error <= FLOAT32_TOLERANCE;
  return { correct, relativeError: error };
}

/** float32 numbers of base64 little-endian bytes. Throws Error where the text is neither. */
export function decodeFloat32(base64: string): Float32Array {
  const text = atob(base64);
  if (text.length % 4 !== 0) throw new Error('The reference embedding is not whole float32 numbers.');
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
