import { describe, expect, test } from 'vitest';
import { decodeFloat32, judgeReference, relativeError } from '../../src/engine/reference-pattern';

const EXPECTED = Float32Array.from({ length: 1280 }, (_, i) => Math.sin(i));
const off = (by: number): Float32Array => EXPECTED.map((value) => value * (1 + by));

function judge(embedding: Float32Array, halfPrecision = false, top = 7, expectedTop = 7): boolean {
  return judgeReference({ embedding, expected: EXPECTED, top, expectedTop, halfPrecision }).correct;
}

describe('a backend’s numbers', () => {
  test('are trusted within 1e-3 in float32, whatever the label', () => {
    expect(judge(off(0.9e-3))).toBe(true);
    expect(judge(off(1.1e-3))).toBe(false);
  });

  test('are trusted within 1e-2 in half precision, if the label is the same', () => {
    expect(judge(off(0.9e-2), true)).toBe(true);
    expect(judge(off(1.1e-2), true)).toBe(false);
    expect(judge(off(0.5e-2), true, 7, 8)).toBe(false);
  });

  test('are not trusted where they are zero, not numbers, or of another length', () => {
    expect(judge(new Float32Array(1280))).toBe(false);
    expect(judge(new Float32Array(1280).fill(Number.NaN))).toBe(false);
    expect(relativeError(EXPECTED.slice(1), EXPECTED)).toBe(Number.POSITIVE_INFINITY);
    expect(relativeError(new Float32Array(0), new Float32Array(0))).toBe(Number.POSITIVE_INFINITY);
  });

  test('are compared by their distance over the reference’s length', () => {
    expect(relativeError(Float32Array.of(3, 4), Float32Array.of(3, 0))).toBeCloseTo(4 / 3, 6);
  });
});

test('the reference is base64 of little-endian float32', () => {
  expect(Array.from(decodeFloat32(btoa('\0\0\x80\x3f\0\0\0\xc0')))).toEqual([1, -2]);
  expect(() => decodeFloat32(btoa('abc'))).toThrow('whole float32');
});
