/** What is taken from a decoded picture: the pixels that the network needs, and small encoded copies. */

import { cropPlan, toOpaque } from './preprocessing';
import type { Preprocessing } from './types';

const THUMBNAIL_LONG_SIDE = 320;
// JPEG, not WebP: a thumbnail takes 1 ms instead of 10 and is 2 KB larger (measured in Chromium 156).
const THUMBNAIL: ImageEncodeOptions = { type: 'image/jpeg', quality: 0.8 };
const CROP: ImageEncodeOptions = { type: 'image/jpeg', quality: 0.92 };
const PREVIEW: ImageEncodeOptions = { type: 'image/jpeg', quality: 0.85 };

/** One canvas a worker for reading: software, because pixels are read back from it at once. */
let reading: OffscreenCanvasRenderingContext2D | null = null;

/**
 * RGBA bytes of `cropPlan(...).needed`, transparency composited on white; nothing else of the picture is
 * read.
 */
export function readNeeded(bitmap: ImageBitmap, how: Preprocessing): Uint8ClampedArray {
  const { needed } = cropPlan(bitmap.width, bitmap.height, how);
  reading ??= context(new OffscreenCanvas(1, 1), true);
  const { canvas } = reading;
  canvas.width = needed.width;
  canvas.height = needed.height;
  reading.fillStyle = '#fff';
  reading.fillRect(0, 0, needed.width, needed.height);
  reading.drawImage(bitmap, -needed.left, -needed.top);
  return reading.getImageData(0, 0, needed.width, needed.height).data;
}

/** The picture within 320 × 320 px. */
export function encodeThumbnail(bitmap: ImageBitmap): Promise<Blob> {
  const scale = Math.min(1, THUMBNAIL_LONG_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  return encode(bitmap, width, height, THUMBNAIL);
}

export function encodePreview(bitmap: ImageBitmap): Promise<Blob> {
  return encode(bitmap, bitmap.width, bitmap.height, PREVIEW);
}

/** The square that the network saw, from RGB bytes [size, size, 3]. */
export function encodeCrop(rgb: Uint8ClampedArray, size: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(size, size);
  context(canvas, true).putImageData(new ImageData(toOpaque(rgb), size, size), 0, 0);
  return canvas.convertToBlob(CROP);
}

/** Drawn before it returns, so the bitmap may be closed at once; encoded while the caller goes on. */
function encode(bitmap: ImageBitmap, width: number, height: number, how: ImageEncodeOptions): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const drawing = context(canvas, true);
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, width, height);
  drawing.imageSmoothingQuality = 'medium';
  drawing.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob(how);
}

function context(canvas: OffscreenCanvas, willReadFrequently: boolean): OffscreenCanvasRenderingContext2D {
  const drawing = canvas.getContext('2d', { alpha: false, willReadFrequently });
  if (!drawing) throw new Error('The browser gave no canvas to read the picture with.');
  return drawing;
}
