import { expect, test } from 'vitest';
import { isUnknown } from '../../src/app/unknown';
import type { ModelDescriptor } from '../../src/engine/types';
import { rejectWords } from '../../src/ui/reject_section';
import { learnedWords, pictureWords } from '../../src/ui/words';
import { doneEntry } from '../support/entries';
import { descriptor } from '../support/fake_engine';

const CALIBRATED: ModelDescriptor = { ...descriptor('starter'), calibrated: true };
const sure = doneEntry();
const unsure = doneEntry({
  answer: { ...(sure.answer as NonNullable<typeof sure.answer>), predictions: [{ className: 'heron', probability: 0.4, rank: 1 }] },
});
const calibrated = (): ModelDescriptor => CALIBRATED;

test('an answer below the threshold is none, one at it is', () => {
  expect([isUnknown(unsure, 0.5, calibrated), isUnknown(unsure, 0.4, calibrated), isUnknown(sure, 0.5, calibrated)]).toEqual([
    true, false, false,
  ]);
});

test('nothing is withheld where the user wants none withheld, or the confidence means nothing', () => {
  expect(isUnknown(unsure, null, calibrated)).toBe(false);
  expect(isUnknown(unsure, 0.5, () => descriptor('starter'))).toBe(false);
  expect(isUnknown(unsure, 0.5, () => null)).toBe(false);
  expect(isUnknown(doneEntry({ answer: null, state: 'waiting' }), 0.5, calibrated)).toBe(false);
});

test('the record of the picture keeps its answers', () => {
  isUnknown(unsure, 0.5, calibrated);
  expect(unsure.answer?.predictions[0]?.className).toBe('heron');
});

test('a threshold is said with what was measured at it', () => {
  const curve = [{ below: 0.5, answered: 0.812, error: 0.04, low: 0.02, high: 0.07 }];
  expect(rejectWords(true, { n: 212, curve }, 0.5)).toBe(
    'It answers 81\u202f% of 212 pictures held back, and 4\u202f% of those answers are wrong (likely 2-7).',
  );
  expect(rejectWords(true, { n: 212, curve }, 0.6)).toMatch('not been measured');
  expect(rejectWords(true, null, 0.5)).toMatch('not been measured');
  expect(rejectWords(false, null, 0.5)).toMatch('always answers');
});

test('a screen reader hears of both', () => {
  expect(pictureWords(unsure, true)).toBe('heron.jpg: not known; perhaps heron, 40\u202f%');
  const learned = { label: 'egret', pictures: 2 };
  expect(pictureWords({ ...unsure, learned })).toContain(learnedWords(learned));
});
