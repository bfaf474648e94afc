/** From an upright picture's pixels to the network's input, as the backbone says; Python does the same. */

import { type Box, type ReadPixels, resizeTriangle } from './triangle-resize';
import type { Preprocessing } from './types';

/**
 * A picture whose short side is longer is reduced by the browser first, to no less than `REDUCED_SHORT_SIDE`.
 * Up to there the page cuts what Python cuts, to the byte: at 12 megapixels that takes no longer, and the
 * embedding is off by 2e-4 instead of 5e-2 (measured on noisy photographs).
 */
export const LARGE_SHORT_SIDE = 4096;
export const REDUCED_SHORT_SIDE = 1024;

/** The centred square that the network sees, in whole pixels. */
export function cropBox(width: number, height: number, cropFraction: number): Box {
  const side = Math.max(1, Math.floor(Math.min(width, height) * cropFraction + 0.5));
  return {
    left: Math.floor((width - side) / 2),
    top: Math.floor((height - side) / 2),
    width: side,
    height: side,
  };
}

/** RGB bytes [size, size, 3] of the centre of a picture of this size. */
export function cutSquare(
  read: ReadPixels,
  width: number,
  height: number,
  how: Preprocessing,
): Uint8ClampedArray {
  return resizeTriangle(read, cropBox(width, height, how.cropFraction), how.size, width, height);
}

/** float32 of the same shape: (byte - offset) / scale, rounded to float32 at each step as numpy does. */
export function scaleToInput(rgb: Uint8ClampedArray | Uint8Array, how: Preprocessing): Float32Array {
  const offset = Math.fround(how.offset);
  const scale = Math.fround(how.scale);
  const table = new Float32Array(256);
  for (let byte = 0; byte < 256; byte++) table[byte] = Math.fround(byte - offset) / scale;
  const input = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i++) input[i] = table[rgb[i] as number] as number;
  return input;
}

/** RGBA bytes of RGB ones, opaque: what a canvas takes. */
export function toOpaque(rgb: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  const pixels = rgb.length / 3;
  const rgba = new Uint8ClampedArray(pixels * 4);
  for (let i = 0; i < pixels; i++) {
    rgba[i * 4] = rgb[i * 3] as number;
    rgba[i * 4 + 1] = rgb[i * 3 + 1] as number;
    rgba[i * 4 + 2] = rgb[i * 3 + 2] as number;
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}
