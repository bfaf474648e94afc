import { expect, test } from 'vitest';
import type { LabelChange, LabelCount } from '../../src/api/labels';
import { changeWords, consequence, recordsOf } from '../../src/labels/words';

const labels = ['wolf', 'Red Fox', 'dog'].map(
  (label): LabelCount => ({ label, confirmed: 1, corrected: 0, embeddings: 1, crops: 0, ready: false }),
);

test.each([
  ['wolf', { kind: 'nothing' }],
  ['   ', { kind: 'nothing' }],
  ['grey  wolf ', { kind: 'rename', to: 'grey wolf' }],
  ['dog', { kind: 'merge', to: 'dog' }],
  ['red fox', { kind: 'merge', to: 'Red Fox' }],
  ['Wolf', { kind: 'rename', to: 'Wolf' }],
])('"%s" typed for a wolf', (text, expected) => {
  expect(consequence('wolf', text, labels)).toEqual(expected);
});

test('a change in words, done and undone', () => {
  const change: LabelChange = { number: 1, changedAt: 1, kind: 'rename', old: 'wolf', new: 'grey wolf', undoneAt: null, canUndo: true };
  expect(changeWords(change)).toBe('“wolf” is called “grey wolf”.');
  expect(changeWords({ ...change, kind: 'merge', undoneAt: 2 })).toBe('“wolf” was merged into “grey wolf”: undone.');
});

test('the records behind a count', () => {
  expect(recordsOf({ label: 'a & b', mark: 'right' })).toBe('#/history?kind=inference&label=a+%26+b&mark=right');
});
