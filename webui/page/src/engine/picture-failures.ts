/** Why a picture could not be read, in two sentences for people, each cause with a code of its own. */

import { RecognitionFailure } from './failure';
import { type FileKind, fileKind } from './file-kind';
import { type FileStructure, fileStructure } from './file-integrity';
import type { FailureCode, FailureStage } from './types';

/** What is known of a file before anyone tries to decode it. */
export interface FileFacts {
  readonly kind: FileKind;
  readonly structure: FileStructure;
}

export function fileFacts(bytes: Uint8Array, fileName: string): FileFacts {
  const kind = fileKind(bytes.subarray(0, 65536), fileName);
  return { kind, structure: fileStructure(bytes, kind.name) };
}

export function emptyFile(): RecognitionFailure {
  return failure(
    'empty-file',
    'This file is empty.',
    'Copy it again from the camera or card, then drop it here again.',
  );
}

export function truncatedFile(): RecognitionFailure {
  return failure(
    'truncated',
    'This picture is cut short: the end of the file is missing.',
    'Copy it again from the camera or card; the last copy probably stopped early.',
  );
}

export function fileGone(cause: unknown): RecognitionFailure {
  return failure(
    'file-gone',
    'This file could not be read: it was moved, changed or taken away since you chose it.',
    'Put it back, then drop it here again.',
    cause,
  );
}

export function outOfMemory(megapixels: number | null, cause: unknown): RecognitionFailure {
  const size = megapixels === null ? '' : ` (${Math.round(megapixels)} megapixels)`;
  return failure(
    'out-of-memory',
    `There was not enough memory to open this picture${size}.`,
    'Close other programs or tabs and try it again, or save a smaller copy of it.',
    cause,
  );
}

export function tooLarge(megapixels: number, cause: unknown): RecognitionFailure {
  return failure(
    'too-large',
    `This picture is larger than this browser can open (${Math.round(megapixels)} megapixels).`,
    'Save a smaller copy of it, under 200 megapixels, and drop that here.',
    cause,
  );
}

/** Larger pictures than this are refused by browsers for their size. */
const LARGEST_PIXELS = 2 ** 28;

/** The failure of a file that the browser would not decode. */
export function undecodable(facts: FileFacts, cause: unknown): RecognitionFailure {
  const { kind, structure } = facts;
  if (structure.integrity === 'truncated') return truncatedFile();
  if (kind.family === 'not-a-picture') return notAPicture(kind.name, cause);
  if (kind.family !== 'picture') return foreignFormat(kind, cause);
  const pixels = structure.size ? structure.size.width * structure.size.height : 0;
  if (pixels > LARGEST_PIXELS) return tooLarge(pixels / 1e6, cause);
  return failure(
    'unreadable-picture',
    `This ${kind.name} picture is damaged and cannot be opened.`,
    'Copy it again from the camera or card, or open it in a photo program and save it anew.',
    cause,
  );
}

function notAPicture(name: string, cause: unknown): RecognitionFailure {
  const start = name ? ` (it starts like ${name})` : '';
  return failure(
    'not-a-picture',
    `This file is not a picture that Whimbrel can read${start}.`,
    'Choose a JPEG, PNG, WebP, GIF, BMP or AVIF picture.',
    cause,
  );
}

function foreignFormat(kind: FileKind, cause: unknown): RecognitionFailure {
  const what = kind.family === 'raw' ? `raw camera pictures (${kind.name})` : `${kind.name} pictures`;
  const codes: Partial<Record<string, FailureCode>> = {
    heic: 'format-heic',
    tiff: 'format-tiff',
    raw: 'format-raw',
  };
  const advice =
    kind.family === 'raw'
      ? 'Export it as JPEG from your photo program, or drop the JPEG that the camera stored beside it.'
      : 'Convert it to JPEG and drop that here.';
  return failure(
    codes[kind.family] ?? 'format-other',
    `Whimbrel cannot read ${what} in this browser.`,
    advice,
    cause,
  );
}

function failure(code: FailureCode, sentence: string, advice: string, cause?: unknown): RecognitionFailure {
  const stage: FailureStage = 'decode';
  return new RecognitionFailure({ stage, code, sentence, advice }, cause);
}
