/** What a file says of itself: its hash, and when the camera says it was taken. */

import { parse } from 'exifr/dist/lite.esm.mjs';

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Hex SHA-256 of the bytes. */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => DIGITS[byte]).join('');
}

/**
 * EXIF DateTimeOriginal as the camera wrote it, for example "2024:05:01 12:00:00", or null.
 * Never read as a date: a camera knows no time zone, and guessing one moves pictures by hours.
 */
export async function captureTime(bytes: ArrayBuffer): Promise<string | null> {
  try {
    const tags: { DateTimeOriginal?: unknown } | undefined = await parse(bytes, {
      exif: { pick: ['DateTimeOriginal'] },
      reviveValues: false,
    });
    return asWritten(tags?.DateTimeOriginal);
  } catch {
    return null; // A picture without readable EXIF is a picture all the same.
  }
}

function asWritten(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.replaceAll('\0', '').trim().slice(0, 64);
  return /\d/.test(text) ? text : null;
}
