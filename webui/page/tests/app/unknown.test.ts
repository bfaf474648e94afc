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

test('a sure answer for a picture like none that the model knows is none', () => {
  const strange = doneEntry({ answer: { ...(sure.answer as NonNullable<typeof sure.answer>), familiarity: 2.9 } });
  const reject = { n: 50, floor: 3, curve: [] };
  expect(isUnknown(strange, 0.5, () => ({ ...CALIBRATED, reject }))).toBe(true);
  expect(isUnknown(strange, 0.5, () => ({ ...CALIBRATED, reject: { ...reject, floor: 2.8 } }))).toBe(false);
  expect(isUnknown(strange, 0.5, calibrated)).toBe(false);
  expect(isUnknown(strange, null, () => ({ ...CALIBRATED, reject }))).toBe(false);
});

test('the record of the picture keeps its answers', () => {
  isUnknown(unsure, 0.5, calibrated);
  expect(unsure.answer?.predictions[0]?.className).toBe('heron');
});

test('a threshold is said with what was measured at it', () => {
  const reject = { n: 212, floor: 3, curve: [[0, 212, 30], [0.52, 172, 7], [0.8, 100, 0]] as const };
  expect(rejectWords(true, reject, 0.5)).toBe(
    'It answers 81\u202f% of 212 pictures held back, and 4\u202f% of those answers are wrong (likely 2-8).',
  );
  expect(rejectWords(true, reject, null)).toMatch(/^It answers 100\u202f% of 212/);
  expect(rejectWords(true, reject, 0.8)).toMatch(/ 0\u202f% of those answers are wrong \(likely 0-4\)/);
  expect(rejectWords(true, reject, 0.9)).toBe('It was this sure of none of 212 pictures held back.');
  expect(rejectWords(true, null, 0.5)).toMatch('not been measured');
  expect(rejectWords(false, null, 0.5)).toMatch('always answers');
});

test('a screen reader hears of both', () => {
  expect(pictureWords(unsure, true)).toBe('heron.jpg: not known; perhaps heron, 40\u202f%');
  const learned = { label: 'egret', pictures: 2 };
  expect(pictureWords({ ...unsure, learned })).toContain(learnedWords(learned));
});
