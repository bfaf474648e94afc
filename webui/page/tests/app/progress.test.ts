import { expect, test } from 'vitest';
import { ProgressCount } from '../../src/app/progress';
import { progressWords } from '../../src/ui/words';

function after(finished: number, everyMs: number, failedAt: readonly number[] = []): ProgressCount {
  const count = new ProgressCount();
  count.cameIn(60);
  count.started(0);
  for (let at = 1; at <= finished; at += 1) count.ended(at * everyMs, failedAt.includes(at));
  return count;
}

test('a run in the middle, in words', () => {
  expect(progressWords(after(41, 36, [7]).report())).toBe('41 of 60 · 28/s · 1 unreadable · about 1 s left');
});

test('too few to say how fast', () => {
  expect(progressWords(after(2, 36).report())).toBe('2 of 60');
});

test('slow ones are told by the minute', () => {
  expect(progressWords(after(5, 1_500).report())).toMatch(/^5 of 60 · 40\/min · about 1 min left$/);
});

test('afterwards what came of it', () => {
  expect(progressWords(after(60, 35, [1, 2]).report())).toBe('58 pictures in 2.1 s · 2 unreadable');
});

test('the pace is that of the last seconds, not of the whole run', () => {
  const count = after(30, 1_000);
  for (let at = 1; at <= 29; at += 1) count.ended(30_000 + at * 200, false);
  expect(count.report().rate).toBeCloseTo(5, 1);
});

test('a new run starts counting anew, one that joins does not', () => {
  const count = after(60, 10);
  count.cameIn(5);
  expect(count.report()).toMatchObject({ total: 5, finished: 0, took: null });
  count.cameIn(3);
  expect(count.report().total).toBe(8);
});

test('one picture alone needs no words', () => {
  const count = new ProgressCount();
  count.cameIn(1);
  expect(progressWords(count.report())).toBeNull();
});
