import { expect, test } from 'vitest';
import { differingWords, visitsWords } from '../../src/training/trial_words';

const PICTURE = {
  inferenceId: 'a', sha256: null, fileName: null, hasThumbnail: false,
  label: 'fox', probability: 0.81, shadowLabel: 'wolf', shadowProbability: 0.67, truth: null,
};

test('both answers are told, and what it is where that was said', () => {
  expect(differingWords(PICTURE)).toBe('fox 81\u202f%, this one wolf 67\u202f%');
  expect(differingWords({ ...PICTURE, truth: 'wolf' })).toBe('fox 81\u202f%, this one wolf 67\u202f%; it is wolf');
});

test('a share of the visits has words, none and all too', () => {
  expect([0, 0.25, 1].map(visitsWords)).toEqual(['no visits', '25\u202f% of visits', 'all visits']);
});
