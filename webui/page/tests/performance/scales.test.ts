import { describe, expect, test } from 'vitest';
import { alone, bucketStarts, everyBucket, linesTo, timeWords, topFor } from '../../src/performance/scales';

describe('a scale', () => {
  test.each([
    [0, 1],
    [0.3, 0.3],
    [7, 8],
    [34, 40],
    [99, 100],
    [100, 100],
    [1_234_567, 1_500_000],
  ])('to at least %d ends at %d', (most, top) => {
    expect(topFor(most, false)).toBe(top);
  });

  test.each([0.001, 0.7, 3, 59, 1e9])('to %d begins at zero, ends at or above it, and has few lines', (most) => {
    const lines = linesTo(topFor(most, false), false);
    expect(lines[0]).toBe(0);
    expect(lines.at(-1)).toBeGreaterThanOrEqual(most);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(8);
  });

  test('has no line between two of what can only be counted', () => {
    expect([1, 2, 3, 7].map((most) => linesTo(topFor(most, true), true))).toEqual([
      [0, 1],
      [0, 1, 2],
      [0, 1, 2, 3],
      [0, 2, 4, 6, 8],
    ]);
  });
});

describe('the buckets of a window', () => {
  test('are all there, also those in which nothing was found', () => {
    expect(everyBucket([20, 50], 5, 62, 10)).toEqual([0, 10, 20, 30, 40, 50, 60]);
  });

  test('are told apart where the window cuts the first one off', () => {
    expect(bucketStarts([13, 20, 40], 10)).toEqual([10, 20, 40]);
    expect(bucketStarts([13], 10)).toEqual([13]);
  });

  test('are only those found where a clock was years off', () => {
    expect(everyBucket([0, 1e12], 0, 1e12, 10)).toEqual([0, 1e12]);
  });

  test('are none where nothing was found', () => {
    expect([everyBucket([], 0, 100, 10), bucketStarts([], 10)]).toEqual([[], []]);
  });
});

test('a point is drawn by itself where no line reaches it', () => {
  const values = Array.from({ length: 100 }, (): number | null => null);
  for (const at of [10, 13, 50]) values[at] = 1;
  expect(alone(values)).toEqual([50]);
  expect(alone([1])).toEqual([0]);
});

test('the time axis says days, hours between them, and months from afar', () => {
  const midnight = new Date(2026, 10, 24).getTime();
  const hour = 3_600_000;
  expect(timeWords(midnight, 6 * hour)).toBe('24 Nov');
  expect(timeWords(midnight + 6 * hour, 6 * hour)).toBe('06:00');
  expect(timeWords(midnight + hour, 24 * hour)).toBe('24 Nov');
  expect(timeWords(midnight, 31 * 24 * hour)).toBe('Nov 2026');
});
