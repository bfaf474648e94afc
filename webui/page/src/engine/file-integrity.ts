/**
 * Whether a picture file is whole, by its structure alone. Chromium refuses cut files, other browsers paint what
 * is there and leave the rest grey: an answer about half a picture would be worse than none.
 */

/** `unknown` where the format has no end that can be relied on, or the structure makes no sense. */
export type Integrity = 'whole' | 'truncated' | 'unknown';

/** Size in stored pixels, before EXIF rotation. */
export interface StoredSize {
  readonly width: number;
  readonly height: number;
}

export interface FileStructure {
  readonly integrity: Integrity;
  readonly size: StoredSize | null;
}

const UNKNOWN: FileStructure = { integrity: 'unknown', size: null };

/** Walks the file by its format's own lengths and markers; `name` is FileKind.name. */
export function fileStructure(bytes: Uint8Array, name: string): FileStructure {
  const walk = { JPEG: jpeg, PNG: png, GIF: gif, WebP: webp, BMP: bmp }[name];
  return walk ? walk(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)) : UNKNOWN;
}

/**
 * From marker to marker to the end-of-image; what cameras put behind it (second pictures, video) does not
 * matter.
 */
function jpeg(bytes: Uint8Array, view: DataView): FileStructure {
  let size: StoredSize | null = null;
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return { integrity: 'unknown', size };
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at += 1; // padding
    } else if (marker === 0xd9) {
      return { integrity: 'whole', size };
    } else {
      if (isFrame(marker) && at + 9 <= bytes.length) {
        size = { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
      }
      at += 2 + view.getUint16(at + 2);
      if (marker === 0xda) at = endOfScan(bytes, at);
    }
  }
  const ended = bytes[at] === 0xff && bytes[at + 1] === 0xd9;
  return { integrity: ended ? 'whole' : 'truncated', size };
}

/** Start-of-frame markers: C0 to CF but for the tables C4, C8 and CC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** The next marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && at + 1 < bytes.length) {
    const next = bytes[at + 1] as number;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at = bytes.indexOf(0xff, at + 1);
  }
  return bytes.length;
}

function png(bytes: Uint8Array, view: DataView): FileStructure {
  const size = bytes.length >= 24 ? { width: view.getUint32(16), height: view.getUint32(20) } : null;
  let at = 8;
  while (at + 12 <= bytes.length) {
    const isEnd = view.getUint32(at + 4) === 0x49454e44; // "IEND"
    at += 12 + view.getUint32(at);
    if (isEnd) return { integrity: at <= bytes.length ? 'whole' : 'truncated', size };
  }
  return { integrity: 'truncated', size };
}

/** Only the first frame has to be whole: no other is looked at. */
function gif(bytes: Uint8Array, view: DataView): FileStructure {
  if (bytes.length < 13) return { integrity: 'truncated', size: null };
  const size = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  let at = 13 + colourTableBytes(bytes[10] as number);
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === 0x21) {
      at = endOfSubBlocks(bytes, at + 2);
    } else if (block === 0x2c && at + 10 < bytes.length) {
      at = endOfSubBlocks(bytes, at + 11 + colourTableBytes(bytes[at + 9] as number));
      return { integrity: at <= bytes.length ? 'whole' : 'truncated', size };
    } else {
      return { integrity: block === 0x2c ? 'truncated' : 'unknown', size };
    }
  }
  return { integrity: 'truncated', size };
}

function colourTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Behind a chain of length-prefixed blocks; past the end of the file where the chain is cut. */
function endOfSubBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] as number);
  return at + 1;
}

function webp(bytes: Uint8Array, view: DataView): FileStructure {
  if (bytes.length < 30) return { integrity: 'truncated', size: null };
  const whole = 8 + view.getUint32(4, true) <= bytes.length;
  return { integrity: whole ? 'whole' : 'truncated', size: webpSize(view) };
}

function webpSize(view: DataView): StoredSize | null {
  const chunk = view.getUint32(12);
  if (chunk === 0x56503858) {
    // "VP8X": both sides less one, in 24 bits
    return {
      width: (view.getUint32(24, true) & 0xffffff) + 1,
      height: (view.getUint32(26, true) >>> 8) + 1,
    };
  }
  if (chunk === 0x56503820) {
    // "VP8 ": 14 bits each
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (chunk !== 0x5650384c) return null; // "VP8L": 14 bits each, less one
  const packed = view.getUint32(21, true);
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
}

function bmp(bytes: Uint8Array, view: DataView): FileStructure {
  if (bytes.length < 34) return { integrity: 'truncated', size: null };
  const size = { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  const bits = view.getUint16(28, true);
  const packed = [1, 2].includes(view.getUint32(30, true)); // run-length coded
  if (bits === 0 || packed) return { integrity: 'unknown', size };
  const row = Math.ceil((size.width * bits) / 32) * 4;
  const whole = view.getUint32(10, true) + row * size.height <= bytes.length;
  return { integrity: whole ? 'whole' : 'truncated', size };
}
