/**
 * Pillow's `Image.resize(..., BILINEAR, box=...)` to the bit: a triangle filter whose support grows with the
 * reduction (antialiasing), horizontal pass then vertical, fixed-point weights of 22 bits, uint8 after each pass.
 * Source of the arithmetic: Pillow, src/libImaging/Resample.c.
 */

const PRECISION_BITS = 32 - 8 - 2;
const HALF = 1 << (PRECISION_BITS - 1);

/** A rectangle of whole pixels of the upright picture. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** For each output position: the first input position, how many, and their fixed-point weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  /** Weights an output position (the stride of `weights`). */
  readonly width: number;
}

/** Weights from `inputSize` pixels, of which `start`..`start + span` are wanted, to `outputSize`. */
function computeTaps(inputSize: number, start: number, span: number, outputSize: number): Taps {
  const scale = span / outputSize;
  const support = Math.max(scale, 1);
  const width = Math.ceil(support) * 2 + 1;
  const taps = { first: new Int32Array(outputSize), count: new Int32Array(outputSize), width };
  const weights = new Int32Array(outputSize * width);
  const scratch = new Float64Array(width);
  for (let i = 0; i < outputSize; i++) {
    const center = start + (i + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const count = Math.min(Math.trunc(center + support + 0.5), inputSize) - first;
    taps.first[i] = first;
    taps.count[i] = count;
    fixedPointWeights(scratch, first, count, center, 1 / support, weights, i * width);
  }
  return { ...taps, weights };
}

function fixedPointWeights(
  scratch: Float64Array,
  first: number,
  count: number,
  center: number,
  inverse: number,
  weights: Int32Array,
  at: number,
): void {
  let total = 0;
  for (let k = 0; k < count; k++) {
    const distance = Math.abs((k + first - center + 0.5) * inverse);
    const weight = distance < 1 ? 1 - distance : 0;
    scratch[k] = weight;
    total += weight;
  }
  for (let k = 0; k < count; k++) {
    const share = total === 0 ? (scratch[k] as number) : (scratch[k] as number) / total;
    weights[at + k] = Math.trunc(0.5 + share * (1 << PRECISION_BITS));
  }
}

/** RGBA bytes of a part of the picture, 4 a pixel, row by row; alpha is not looked at. */
export type ReadPixels = (part: Box) => Uint8ClampedArray | Uint8Array;

/** Pixels read at a time: 4 MB, whatever the picture's size. */
const STRIP_PIXELS = 2 ** 20;

/**
 * The pixels a resize of `box` reads: the box and the filter's reach around it, cut at the picture's edges.
 */
function neededBox(box: Box, outputSize: number, pictureWidth: number, pictureHeight: number): Box {
  const reachX = Math.ceil(Math.max(box.width / outputSize, 1)) + 1;
  const reachY = Math.ceil(Math.max(box.height / outputSize, 1)) + 1;
  const left = Math.max(box.left - reachX, 0);
  const top = Math.max(box.top - reachY, 0);
  return {
    left,
    top,
    width: Math.min(box.left + box.width + reachX, pictureWidth) - left,
    height: Math.min(box.top + box.height + reachY, pictureHeight) - top,
  };
}

/** The square of `size` × `size` RGB bytes (row by row) that `box` of the picture becomes. */
export function resizeTriangle(
  read: ReadPixels,
  box: Box,
  size: number,
  pictureWidth: number,
  pictureHeight: number,
): Uint8ClampedArray {
  const needed = neededBox(box, size, pictureWidth, pictureHeight);
  const across = computeTaps(pictureWidth, box.left, box.width, size);
  const down = computeTaps(pictureHeight, box.top, box.height, size);
  const rows = new Uint8ClampedArray(needed.height * size * 3);
  const stripHeight = Math.max(1, Math.floor(STRIP_PIXELS / needed.width));
  for (let y = 0; y < needed.height; y += stripHeight) {
    const strip = { ...needed, top: needed.top + y, height: Math.min(stripHeight, needed.height - y) };
    horizontalPass(read(strip), strip, across, size, rows.subarray(y * size * 3));
  }
  return verticalPass(rows, needed.top, down, size);
}

/** Every row of `strip` shrunk to `size` pixels, written to `out` as RGB. */
function horizontalPass(
  rgba: Uint8ClampedArray | Uint8Array,
  strip: Box,
  taps: Taps,
  size: number,
  out: Uint8ClampedArray,
): void {
  const { first, count, weights, width } = taps;
  let to = 0;
  for (let y = 0; y < strip.height; y++) {
    const row = y * strip.width;
    for (let x = 0; x < size; x++) {
      let from = (row + (first[x] as number) - strip.left) * 4;
      let at = x * width;
      const end = at + (count[x] as number);
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (; at < end; at++, from += 4) {
        const weight = weights[at] as number;
        red = (red + Math.imul(rgba[from] as number, weight)) | 0;
        green = (green + Math.imul(rgba[from + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(rgba[from + 2] as number, weight)) | 0;
      }
      out[to++] = red >> PRECISION_BITS;
      out[to++] = green >> PRECISION_BITS;
      out[to++] = blue >> PRECISION_BITS;
    }
  }
}

function verticalPass(rows: Uint8ClampedArray, top: number, taps: Taps, size: number): Uint8ClampedArray {
  const { first, count, weights, width } = taps;
  const stride = size * 3;
  const out = new Uint8ClampedArray(size * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < size; y++) {
    sums.fill(HALF);
    for (let k = 0; k < (count[y] as number); k++) {
      const weight = weights[y * width + k] as number;
      const from = ((first[y] as number) - top + k) * stride;
      for (let i = 0; i < stride; i++)
        sums[i] = (sums[i] as number) + Math.imul(rows[from + i] as number, weight);
    }
    for (let i = 0; i < stride; i++) out[y * stride + i] = (sums[i] as number) >> PRECISION_BITS;
  }
  return out;
}
