import { describe, expect, test } from 'vitest';
import * as words from '../../src/performance/words';
import { change, figure } from '../support/performance_figures';

const plain = (text: string | null): string | null => text?.replaceAll('\u202f', ' ') ?? null;

describe('an estimate', () => {
  test('carries its interval and how many it is from', () => {
    expect(plain(words.estimate(figure(0.81, 212, { low: 0.77, high: 0.852 })))).toBe(
      '81 %, likely 77–85, from 212 checked pictures',
    );
  });

  test('from a few is none', () => {
    expect(plain(words.estimate(figure(0.75, 4, { low: 0.3, high: 0.95 })))).toBe('too few to know (4 checked pictures)');
    expect(plain(words.estimate(figure(1, 1)))).toBe('too few to know (1 checked picture)');
  });

  test('from nothing says so', () => {
    expect(words.estimate(figure(null, 0))).toBe('no picture checked yet');
  });
});

describe('a change', () => {
  test('is a part of what was, with what it likely is', () => {
    const slower = figure(112, 500, { change: change(12, 5, 19) });
    expect(plain(words.changeWords(slower, words.PACE, '7d'))).toBe('12 % slower than the week before, likely 5–19 %');
  });

  test('for the better is told the other way round, its interval too', () => {
    const quicker = figure(80, 500, { change: change(-20, -30, -10) });
    expect(plain(words.changeWords(quicker, words.PACE, '24h'))).toBe('20 % quicker than the day before, likely 10–30 %');
  });

  test('that may be none is not called one', () => {
    const unclear = figure(103, 500, { change: change(3, -2, 8) });
    expect(plain(words.changeWords(unclear, words.PACE, '30d'))).toBe(
      'No clear change against the 30 days before (between 2 % quicker and 8 % slower)',
    );
  });

  test('that is next to nothing is none', () => {
    const same = figure(1000, 500, { change: change(0.1, -0.2, 0.3) });
    expect(words.changeWords(same, words.SIZE, '7d')).toBe('No change against the week before');
  });

  test('against nothing is none', () => {
    expect(words.changeWords(figure(5, 5, { change: change(5, 1, 9) }), words.AMOUNT, '7d')).toBeNull();
    expect(words.changeWords(figure(5, 5), words.AMOUNT, 'all')).toBeNull();
  });

  test('to twice as much and beyond is told in times', () => {
    const told = (value: number, changed: ReturnType<typeof change>): string | null =>
      plain(words.changeWords(figure(value, 500, { change: changed }), words.AMOUNT, '7d'));
    expect(told(431, change(331, 290, 370))).toBe('4.3 times as many as the week before, likely 3.9–4.7');
    expect(told(200, change(100, 80, 120))).toBe('2 times as many as the week before, likely 1.8–2.2');
    expect(told(199, change(99, 80, 120))).toBe('99 % more than the week before, likely 80–120 %');
    expect(told(1600, change(1500, -20, 3000))).toBe(
      'No clear change against the week before (between 20 % fewer and 31 times as many)',
    );
  });

  test('of a share is told in points', () => {
    const better = figure(0.81, 212, { change: change(0.04, 0.01, 0.07) });
    expect(plain(words.pointsWords(better, '7d'))).toBe('4 points better than the week before, likely 1–7 points');
    expect(words.pointsWords({ ...better, n: 9 }, '7d')).toBeNull();
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [999.7, '1.0 kB'],
  [18_640_000, '18.6 MB'],
  [120e6, '120 MB'],
  [1.2e9, '1.2 GB'],
])('%d bytes are %s', (size, said) => {
  expect(words.bytes(size)).toBe(said);
});

test('the marks of a scale have no needless decimals', () => {
  expect([0, 2.5, 20, 1500].map(words.timeMark)).toEqual(['0', '2.5 ms', '20 ms', '1.5 s']);
  expect([0, 20e6, 2.5e9].map(words.bytesMark)).toEqual(['0', '20 MB', '2.5 GB']);
});

test('a point says its time as long as it lasts', () => {
  const at = new Date(2026, 10, 24, 14).getTime();
  expect(words.bucketWords(at, 3_600_000)).toBe('Tue 24 Nov, 14:00–15:00');
  const midnight = Date.UTC(2026, 10, 24);
  expect(words.bucketWords(midnight, 24 * 3_600_000)).toBe('24 Nov 2026');
  expect(words.bucketWords(midnight, 7 * 24 * 3_600_000)).toBe('the week from 24 Nov 2026');
});

test('a failure that is not known here is told as it is', () => {
  expect(words.failureWords('decode', 'truncated')).toBe('Picture cut short');
  expect(words.failureWords('decode', 'sunspots')).toBe('decode: sunspots');
});
