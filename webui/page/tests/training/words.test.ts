import { expect, test } from 'vitest';
import type { Beside, Comparison, Difference, Gate } from '../../src/api/training';
import type { ModelVersion } from '../../src/api/types';
import { treeOf } from '../../src/training/tree';
import { besideWords, costWords, differenceWords, doubt, epochWords, missingWords, points, readyWords, shareWords, squaresWords, verdict } from '../../src/training/words';

const label = (name: string, embeddings: number, ready = embeddings >= 8) =>
  ({ label: name, confirmed: 0, corrected: embeddings, embeddings, crops: 0, ready });
const noneOfThese = { pictures: 0, embeddings: 0, crops: 0 };

test('what can be learned from is named, and what is missing, too', () => {
  const labels = [label('fox', 40), label('wolf', 1000), label('otter', 5)];
  expect(readyWords({ labels, noneOfThese })).toBe('You have given 1,045 pictures a label: fox 40, wolf 1,000.');
  expect(missingWords({ labels, needed: 8 })).toBe('To be learned by itself, a label needs 8 pictures. Still missing: otter 3.');
  expect(missingWords({ labels: [label('fox', 8)], needed: 8 })).toBeNull();
  expect(readyWords({ labels: [], noneOfThese })).toContain('Nothing to learn from yet');
});

test('what there is to train a network from is counted, and how to have more is said', () => {
  const labels = [{ ...label('fox', 40), crops: 40 }, { ...label('wolf', 1200), crops: 1000 }];
  expect(squaresWords({ labels, noneOfThese })).toContain('is kept of 1,040 of them. Settings has a switch for it');
  expect(squaresWords({ labels: [label('fox', 8)], noneOfThese })).toContain('is kept of none of them. Settings');
  expect(squaresWords({ labels: labels.slice(0, 1), noneOfThese })).toBe('The square that the model looked at is kept of all of them.');
});

const gate = (passed: boolean | null): Gate => ({ name: 'x', passed, figure: null, limit: null, sentence: '', pictures: [] });

test('a failed check counts before one that could not tell', () => {
  expect(doubt([gate(true)])).toBeNull();
  expect(doubt([gate(null), gate(null)])).toBe('For 2 checks there are too few pictures to know.');
  expect(doubt([gate(null), gate(false)])).toBe('It failed 1 check.');
});

const side = (id: string) => ({ id }) as Comparison['a'];
function compared(low: number, value: number, high: number): Comparison {
  const difference: Difference = { value, low, high, n: 90, onlyA: 3, onlyB: 8 };
  return { a: side('a'), b: side('b'), difference, perLabel: [] };
}

test('which is better is said only where the interval says so', () => {
  expect(verdict(compared(0.02, 0.06, 0.13))).toContain('B is better: B has +6 points, likely +2 to +13.');
  expect(verdict(compared(-0.13, -0.06, -0.02))).toContain('A is better: B has −6 points, likely −13 to −2.');
  expect(verdict(compared(-0.01, 0.06, 0.13))).toContain('it cannot be told which is better');
  expect(verdict({ ...compared(0, 0, 0), difference: null })).toContain('nothing is known');
});

test('figures come with their interval', () => {
  expect(shareWords({ value: 0.81, low: 0.77, high: 0.85, n: 212 })).toBe('81\u202f%, likely 77–85');
  expect(shareWords({ value: null, low: null, high: null, n: 0 })).toBe('–');
  expect(points(-0.001)).toBe('0 points');
  expect(points(0.01)).toBe('+1 point');
  expect(differenceWords({ value: 0.06, low: -0.01, high: 0.13 })).toBe('+6 points, likely −1 to +13');
  expect(epochWords({ number: 7, accuracy: 0.83, loss: 0.7124 })).toBe('Pass 7: 83\u202f% right, loss 0.712, on pictures not learned from');
});

test('versions stand under what they were learned from, and none is lost', () => {
  const version = (id: string, parentId: string | null) => ({ id, parentId }) as ModelVersion;
  const [first, second] = treeOf([version('base', null), version('one', 'base'), version('orphan', 'gone'), version('two', 'one')]);
  expect(first?.version.id).toBe('base');
  expect(first?.children[0]?.version.id).toBe('one');
  expect(first?.children[0]?.children[0]?.version.id).toBe('two');
  expect(second?.version.id).toBe('orphan');
});

test('a version that is tried beside the one at work says how it does, and what it costs', () => {
  const share = (value: number | null, n: number) => ({ value, low: value, high: value, n });
  const beside: Beside = {
    n: 212, agreement: share(0.87, 212), activeAccuracy: share(0.7, 40), shadowAccuracy: share(0.8, 40),
    betterBy: { value: 0.1, low: 0.02, high: 0.18, n: 40 }, cost: { pictures: 21, ms: 63.4 },
  };
  expect(besideWords(beside)).toBe(
    'It answered 212 pictures, 87\u202f% as the model did that was at work. ' +
      'Of 40 pictures that you told about it is right for 80\u202f%, the other for 70\u202f%: +10 points, likely +2 to +18.',
  );
  expect(besideWords({ ...beside, n: 0 })).toBe('It has answered no picture yet.');
  expect(besideWords({ ...beside, betterBy: share(null, 0) })).toContain('not said yet');
  expect(costWords(beside)).toContain('63 ms for each, of 21 pictures');
  expect(costWords({ cost: null })).toBeNull();
});
