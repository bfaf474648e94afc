import { expect, test } from 'vitest';
import { parseSafetensors } from '../../src/engine/safetensors';

function safetensors(header: object, data: Float32Array): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.byteLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(new Uint8Array(data.buffer), 8 + text.length);
  return file.buffer;
}

const DATA = Float32Array.of(1, 2, 3, 4, 5, 6, 7);
const HEADER = {
  __metadata__: { format: 'np' },
  'dense_0/kernel': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
  'dense_0/bias': { dtype: 'F32', shape: [1], data_offsets: [24, 28] },
};

test('reads names, shapes and numbers, whatever the header’s length', () => {
  const arrays = parseSafetensors(safetensors(HEADER, DATA));
  expect([...arrays.keys()]).toEqual(['dense_0/kernel', 'dense_0/bias']);
  expect(arrays.get('dense_0/kernel')?.shape).toEqual([2, 3]);
  expect(Array.from(arrays.get('dense_0/kernel')?.values ?? [])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(Array.from(arrays.get('dense_0/bias')?.values ?? [])).toEqual([7]);
});

test('reads float16 as float32', () => {
  const halves = new Float32Array(Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7bff).buffer);
  const header = { a: { dtype: 'F16', shape: [4], data_offsets: [0, 8] } };
  const values = parseSafetensors(safetensors(header, halves)).get('a')?.values;
  expect(values).toEqual(Float32Array.of(1, -2.5, 2 ** -24, 65504));
});

test('refuses other numbers than float32 and float16', () => {
  const header = { a: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } };
  expect(() => parseSafetensors(safetensors(header, DATA))).toThrow('F64');
});

test('refuses arrays that do not fit their shape or the file', () => {
  const wrong = { a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } };
  const beyond = { a: { dtype: 'F32', shape: [9], data_offsets: [0, 36] } };
  expect(() => parseSafetensors(safetensors(wrong, DATA))).toThrow('does not fit');
  expect(() => parseSafetensors(safetensors(beyond, DATA))).toThrow('does not fit');
});

test('refuses a cut file', () => {
  expect(() => parseSafetensors(new ArrayBuffer(4))).toThrow('too short');
  expect(() => parseSafetensors(safetensors(HEADER, DATA).slice(0, 40))).toThrow('longer than the file');
});
