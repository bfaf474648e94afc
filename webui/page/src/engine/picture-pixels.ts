/** What is taken from a decoded picture: the pixels that the network needs, and small encoded copies. */

import { toOpaque } from './preprocessing';
import type { Box } from './triangle-resize';

const THUMBNAIL_LONG_SIDE = 320;
// JPEG, not WebP: a thumbnail takes 1 ms instead of 10 and is 2 KB larger (measured in Chromium 156).
const THUMBNAIL: ImageEncodeOptions = { type: 'image/jpeg', quality: 0.8 };
const CROP: ImageEncodeOptions = { type: 'image/jpeg', quality: 0.92 };
const PREVIEW: ImageEncodeOptions = { type: 'image/jpeg', quality: 0.85 };

/** One canvas a worker for reading: software, because pixels are read back from it at once. */
let reading: OffscreenCanvasRenderingContext2D | null = null;

/** RGBA bytes of a part of the picture, transparency composited on white; nothing else of it is read. */
export function readPart(bitmap: ImageBitmap, part: Box): Uint8ClampedArray {
  reading ??= context(new OffscreenCanvas(1, 1));
  const { canvas } = reading;
  if (canvas.width !== part.width || canvas.height !== part.height) {
    canvas.width = part.width;
    canvas.height = part.height;
  }
  reading.fillStyle = '#fff';
  reading.fillRect(0, 0, part.width, part.height);
  reading.drawImage(bitmap, -part.left, -part.top);
  return reading.getImageData(0, 0, part.width, part.height).data;
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
  context(canvas).putImageData(new ImageData(toOpaque(rgb), size, size), 0, 0);
  return canvas.convertToBlob(CROP);
}

/** Drawn before it returns, so the bitmap may be closed at once; encoded while the caller goes on. */
function encode(bitmap: ImageBitmap, width: number, height: number, how: ImageEncodeOptions): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const drawing = context(canvas);
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, width, height);
  drawing.imageSmoothingQuality = 'medium';
  drawing.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob(how);
}

function context(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const drawing = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!drawing) throw new Error('The browser gave no canvas to read the picture with.');
  return drawing;
}
