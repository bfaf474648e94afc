import { expect, test } from 'vitest';
import type { AccuracyChange, Decision, Evidence } from '../../src/api/retraining';
import { accuracyWords, decisionWords, knownOf, shiftWords } from '../../src/training/by_itself_words';

const HOUR = 3_600_000;

function change(drop: number, low: number, high: number): AccuracyChange {
  const before = { value: 0.9, low: 0.83, high: 0.94, n: 100 };
  return { source: 'audited', before, now: { ...before, value: 0.78, n: 120 }, drop, low, high };
}

function evidence(changes: Partial<Evidence> = {}): Evidence {
  return { sinceMs: 30 * HOUR, newPictures: 1012, modelVersion: 'lite0', accuracy: change(12, 1.4, 22.5), distribution: null, ...changes };
}

test('a fall is told with its interval and what it is from', () => {
  expect(accuracyWords(change(12, 1.4, 22.5))).toBe(
    '12 points less often, likely 1 to 23: 90\u202f% of 100, then 78\u202f% of 120, of pictures that chance picked',
  );
  expect(accuracyWords(change(-3, -9.6, 4))).toContain('3 points more often, likely \u22124 to 10:');
  expect(accuracyWords(null)).toBe('too few answers checked to tell');
});

test('a shift is told beside what chance would do', () => {
  expect(shiftWords({ divergence: 0.312, bound: 0.18, chance: 0.001, before: 1000, now: 1000 })).toBe('0.31 bits; chance alone stays under 0.18');
});

test('each figure leads to its answers, those of the version and those that chance picked', () => {
  expect(knownOf('accuracy', evidence()).records).toBe('#/history?kind=inference&mark=judged&modelVersion=lite0&drawn=true');
  expect(knownOf('data', evidence())).toEqual({ words: '1,012 pictures so far', records: '#/history?kind=inference&mark=marked' });
  expect([knownOf('data', evidence({ newPictures: 0 })).records, knownOf('distribution', evidence()).records]).toEqual([null, null]);
});

test('time is told in hours and days, or not at all', () => {
  const words = [5 * HOUR, 30 * HOUR, 300 * HOUR, null].map((sinceMs) => knownOf('age', evidence({ sinceMs })).words);
  expect(words).toEqual(['5 hours so far', '1.3 days so far', '12 days so far', 'the date of this computer cannot be trusted now']);
});

test('a decision says what was done and why', () => {
  const decision: Decision = { number: 1, decidedAt: 1, cause: 'data', decision: 'started', runId: null, facts: { sentence: '', advice: '', evidence: evidence(), limits: null } };
  expect(decisionWords(decision)).toBe('Began to learn: 1,012 more pictures were named');
  expect(decisionWords({ ...decision, cause: 'asked', decision: 'refused' })).toBe('Did not begin: somebody asked');
  expect(decisionWords({ ...decision, decision: 'used' })).toBe('Put to work what was learned');
});
