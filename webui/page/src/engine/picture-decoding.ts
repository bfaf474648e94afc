/**
 * From a file to an upright bitmap of a size that is cheap to read. Every other bitmap made here is closed
 * here.
 */

import { RecognitionFailure } from './failure';
import { type FileFacts, outOfMemory, truncatedFile, undecodable } from './picture-failures';
import { LARGE_SHORT_SIDE, REDUCED_SHORT_SIDE } from './preprocessing';

/** A page should not be given a picture of more pixels than this to show. */
const LARGEST_SHOWN_PIXELS = 32e6;
const PREVIEW_LONG_SIDE = 2048;
/** What is asked for when a picture is too big to be decoded whole. */
const FALLBACK_WIDTH = 1024;

export interface DecodedPicture {
  /** The upright picture, reduced where its short side was over 4096 px. To be closed by who gets it. */
  readonly bitmap: ImageBitmap;
  /** Size of the upright picture before any reduction. */
  readonly width: number;
  readonly height: number;
  /** At most 2048 px on the long side, where the original is too big to show; to be closed by who gets it. */
  readonly preview: ImageBitmap | null;
}

// The default for alpha (premultiplied) is kept: asking for "none" costs a copy of the whole picture
// (12 megapixels: 73 instead of 51 ms), and composited on white both give the same to one part in 255.
const UPRIGHT: ImageBitmapOptions = { imageOrientation: 'from-image', colorSpaceConversion: 'default' };

/** Rejects with RecognitionFailure where the file is cut, foreign, damaged or too big. */
export async function decodePicture(blob: Blob, facts: FileFacts): Promise<DecodedPicture> {
  if (facts.structure.integrity === 'truncated') throw truncatedFile();
  let full: ImageBitmap;
  try {
    full = await createImageBitmap(blob, UPRIGHT);
  } catch (cause) {
    return decodeReduced(blob, facts, cause);
  }
  const { width, height } = full;
  const preview = width * height > LARGEST_SHOWN_PIXELS ? await previewOf(full) : null;
  return { bitmap: await cheapToRead(full, preview), width, height, preview };
}

/** Tries again at a small size where only the picture's size may be what failed. */
async function decodeReduced(blob: Blob, facts: FileFacts, cause: unknown): Promise<DecodedPicture> {
  const { size } = facts.structure;
  if (size === null || size.width * size.height < LARGEST_SHOWN_PIXELS) throw explain(facts, cause);
  try {
    const bitmap = await createImageBitmap(blob, {
      ...UPRIGHT,
      resizeWidth: FALLBACK_WIDTH,
      resizeQuality: 'medium',
    });
    const turned = bitmap.width > bitmap.height !== size.width > size.height;
    const width = turned ? size.height : size.width;
    const height = turned ? size.width : size.height;
    return { bitmap, width, height, preview: await createImageBitmap(bitmap) };
  } catch {
    throw explain(facts, cause);
  }
}

function explain(facts: FileFacts, cause: unknown): RecognitionFailure {
  const { size } = facts.structure;
  const starved =
    cause instanceof RangeError || (cause instanceof Error && /alloc|memory/i.test(cause.message));
  if (starved) return outOfMemory(size ? (size.width * size.height) / 1e6 : null, cause);
  return undecodable(facts, cause);
}

function previewOf(full: ImageBitmap): Promise<ImageBitmap> {
  return halve(full, Math.ceil(Math.log2(Math.max(full.width, full.height) / PREVIEW_LONG_SIDE)));
}

/**
 * The picture, or a copy with a short side of 1024 to 2047 px where it is larger (and then `full` is
 * closed).
 */
async function cheapToRead(full: ImageBitmap, preview: ImageBitmap | null): Promise<ImageBitmap> {
  if (shortSide(full) <= LARGE_SHORT_SIDE) return full;
  const source = preview !== null && shortSide(preview) >= REDUCED_SHORT_SIDE ? preview : full;
  const reduced = await halve(source, Math.floor(Math.log2(shortSide(source) / REDUCED_SHORT_SIDE)));
  full.close();
  return reduced;
}

function shortSide(bitmap: ImageBitmap): number {
  return Math.min(bitmap.width, bitmap.height);
}

/** 2^halvings times smaller: by whole powers of two the browser's "medium" is a plain mean of the pixels. */
function halve(bitmap: ImageBitmap, halvings: number): Promise<ImageBitmap> {
  const by = 2 ** Math.max(0, halvings);
  return createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(bitmap.width / by)),
    resizeHeight: Math.max(1, Math.round(bitmap.height / by)),
    resizeQuality: 'medium',
  });
}
