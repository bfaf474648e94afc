/** Reads a safetensors file: 8 bytes little-endian header length, a JSON header, then the arrays' bytes. */

import { fromHalf } from './float16';

export interface NamedArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: [number, number];
}

/** A longer header than this is a damaged file, not a head. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** The arrays of a safetensors file by name, float32 or float16, all as float32. Throws Error where the bytes are not one. */
export function parseSafetensors(file: ArrayBuffer): Map<string, NamedArray> {
  if (file.byteLength < 8) throw new Error('The file is too short for safetensors.');
  const headerBytes = Number(new DataView(file).getBigUint64(0, true));
  const dataStart = 8 + headerBytes;
  if (headerBytes > MAX_HEADER_BYTES || dataStart > file.byteLength) {
    throw new Error('The safetensors header is longer than the file.');
  }
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, headerBytes))) as Record<
    string,
    Entry
  >;
  const arrays = new Map<string, NamedArray>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') arrays.set(name, readArray(file, dataStart, name, entry));
  }
  return arrays;
}

function readArray(file: ArrayBuffer, dataStart: number, name: string, entry: Entry): NamedArray {
  const [begin, end] = entry.data_offsets;
  const count = entry.shape.reduce((product, side) => product * side, 1);
  const width = { F32: 4, F16: 2 }[entry.dtype];
  if (!width) throw new Error(`${name} is ${entry.dtype}; only float32 (F32) and float16 (F16) are read.`);
  if (end - begin !== count * width || begin < 0 || dataStart + end > file.byteLength) {
    throw new Error(`${name} does not fit its shape or the file.`);
  }
  // A copy: the header's length need not be a multiple of four, which a view would ask for.
  const bytes = file.slice(dataStart + begin, dataStart + end);
  const values = width === 4 ? new Float32Array(bytes) : Float32Array.from(new Uint16Array(bytes), fromHalf);
  return { shape: entry.shape, values };
}
