import { expect, test } from 'vitest';
import { fromHalf, toHalf, toHalfArray } from '../../src/engine/float16';

const KNOWN: readonly (readonly [number, number])[] = [
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [0.333251953125, 0x3555],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [1023 * 2 ** -24, 0x03ff],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
];

for (const [value, half] of KNOWN) {
  test(`${Object.is(value, -0) ? '-0' : value} is 0x${half.toString(16)} and back`, () => {
    expect(toHalf(value)).toBe(half);
    expect(Object.is(fromHalf(half), value)).toBe(true);
  });
}

test('ties go to the even neighbour, in the normal and the subnormal range', () => {
  expect(toHalf(1 + 2 ** -11)).toBe(0x3c00); // between 1 and 1 + 2^-10
  expect(toHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
  expect(toHalf(2.5 * 2 ** -24)).toBe(0x0002);
  expect(toHalf(3.5 * 2 ** -24)).toBe(0x0004);
  expect(toHalf(2 ** -25)).toBe(0x0000);
  expect(toHalf(2 ** -25 * 1.0001)).toBe(0x0001);
});

test('what is over the largest becomes infinite, just under a half step over it does not', () => {
  expect(toHalf(65519.996)).toBe(0x7bff);
  expect(toHalf(65520)).toBe(0x7c00);
  expect(toHalf(1e30)).toBe(0x7c00);
});

test('rounding carries into the next exponent', () => {
  expect(toHalf(2047.9)).toBe(toHalf(2048));
  expect(toHalf(1023.9999 * 2 ** -24)).toBe(0x0400);
});

test('not a number stays not a number', () => {
  expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
});

test('every finite half survives the way to float32 and back', () => {
  const halves = Array.from({ length: 0x10000 }, (_, half) => half).filter((half) => (half & 0x7c00) !== 0x7c00);
  expect(halves.filter((half) => toHalf(fromHalf(half)) !== half)).toEqual([]);
});

test('every number between two neighbouring halves goes to the nearer', () => {
  for (let half = 1; half < 0x7bff; half += 37) {
    const low = fromHalf(half);
    const high = fromHalf(half + 1);
    expect(toHalf(low + (high - low) * 0.49)).toBe(half);
    expect(toHalf(low + (high - low) * 0.51)).toBe(half + 1);
  }
});

test('an array keeps its order', () => {
  expect(Array.from(toHalfArray(Float32Array.of(1, -2, 0)))).toEqual([0x3c00, 0xc000, 0]);
});
