import { expect, test } from 'vitest';
import { doneWords, lastWords, shareWords } from '../../src/review/words';

test('what was done is told in one sentence', () => {
  expect(doneWords({ named: 9, unsure: 2, skipped: 1 })).toBe('You named 9 pictures, were not sure of 2 and skipped 1.');
  expect(doneWords({ named: 1, unsure: 0, skipped: 0 })).toBe('You named 1 picture.');
  expect(doneWords({ named: 0, unsure: 0, skipped: 0 })).toBe('');
});

test('the last step has a name', () => {
  expect(lastWords({ way: 'named', label: 'wolf' })).toBe('Named wolf');
  expect(lastWords({ way: 'named', label: '' })).toBe('None of these');
  expect(lastWords({ way: 'skipped', label: '' })).toBe('Skipped');
});

test('a share is told in per cent, and none as none', () => {
  expect([0.02, 0.005, 1].map(shareWords)).toEqual(['2\u202f% of new pictures', '0.5\u202f% of new pictures', '100\u202f% of new pictures']);
  expect(shareWords(0)).toBe('no new pictures');
});
