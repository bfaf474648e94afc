/** One picture from file to the network's input, and all that is known of it without the network. */

import { decodePicture, type DecodedPicture } from './picture-decoding';
import { captureTime, sha256 } from './picture-facts';
import { emptyFile, fileFacts, fileGone } from './picture-failures';
import { encodeCrop, encodePreview, encodeThumbnail, readPart } from './picture-pixels';
import { cutSquare, scaleToInput } from './preprocessing';
import type { Preprocessing, RecogniseOptions, Recognition } from './types';

/** What a recognition has before the network has run. */
export interface PreparedPicture {
  readonly input: Float32Array;
  readonly started: number;
  /**
   * Everything of the Recognition that does not need the network; encoding goes on while the network runs.
   */
  readonly facts: Promise<PictureFacts>;
}

export type PictureFacts = Pick<
  Recognition,
  | 'sha256'
  | 'width'
  | 'height'
  | 'bytes'
  | 'capturedAt'
  | 'decodeTime'
  | 'preprocessingTime'
  | 'thumbnail'
  | 'crop'
  | 'preview'
>;

/** Reads, decodes, cuts and scales. Rejects with RecognitionFailure; leaves no bitmap open either way. */
export async function preparePicture(
  blob: Blob,
  options: RecogniseOptions,
  how: Preprocessing,
): Promise<PreparedPicture> {
  const started = performance.now();
  if (blob.size === 0) throw emptyFile();
  const bytes = await blob.arrayBuffer().catch((cause: unknown) => {
    throw fileGone(cause);
  });
  const name = options.fileName ?? (blob instanceof File ? blob.name : '');
  const decodeStarted = performance.now();
  const decoded = await decodePicture(blob, fileFacts(new Uint8Array(bytes), name));
  const decodeTime = performance.now() - decodeStarted;
  // Only now: exifr never comes back from a HEIC file with a box of no size.
  const known = Promise.all([sha256(bytes), captureTime(bytes)]);
  const { input, ...rest } = takeWhatIsNeeded(decoded, options, how);
  const facts = gather(known, rest.copies, {
    width: decoded.width,
    height: decoded.height,
    bytes: blob.size,
    decodeTime,
    preprocessingTime: rest.preprocessingTime,
  });
  facts.catch(() => undefined); // awaited with the answer; must not count as unhandled before
  return { input, started, facts };
}

type Copies = Promise<readonly [Blob | null, Blob | null, Blob | null]>;

async function gather(
  known: Promise<[string, string | null]>,
  copies: Copies,
  measured: Pick<PictureFacts, 'width' | 'height' | 'bytes' | 'decodeTime' | 'preprocessingTime'>,
): Promise<PictureFacts> {
  const [hash, capturedAt] = await known;
  const [thumbnail, crop, preview] = await copies;
  return { ...measured, sha256: hash, capturedAt, thumbnail, crop, preview };
}

/** The input and the copies to keep; drawing is done when this returns, so the bitmaps are closed here. */
function takeWhatIsNeeded(
  decoded: DecodedPicture,
  options: RecogniseOptions,
  how: Preprocessing,
): { input: Float32Array; preprocessingTime: number; copies: Copies } {
  const { bitmap, preview } = decoded;
  try {
    const begun = performance.now();
    const square = cutSquare((part) => readPart(bitmap, part), bitmap.width, bitmap.height, how);
    const input = scaleToInput(square, how);
    const preprocessingTime = performance.now() - begun;
    const copies = Promise.all([
      options.keepThumbnail ? encodeThumbnail(bitmap) : null,
      options.keepCrop ? encodeCrop(square, how.size) : null,
      preview ? encodePreview(preview) : null,
    ]);
    return { input, preprocessingTime, copies };
  } finally {
    bitmap.close();
    preview?.close();
  }
}
