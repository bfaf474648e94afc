import { expect, test } from 'vitest';
import { matrixOf } from '../../src/training/confusion';

const confusion = {
  labels: ['', 'cat', 'fox', 'hare', 'other', 'wolf'],
  cells: [[0, 4, 3], [0, 5, 1], [2, 2, 9], [2, 5, 1], [5, 5, 6], [5, 1, 2], [5, 3, 1]],
} as const;

test('rows and columns are in the same order, so that what is right is a diagonal', () => {
  const { columns, rows } = matrixOf(confusion, 10, 10);
  expect(rows.map(({ label, total }) => [label, total])).toEqual([['fox', 10], ['wolf', 9], ['', 4]]);
  expect(columns).toEqual(['fox', 'wolf', 'other', 'cat', 'hare']);
  expect(rows.map(({ counts }) => counts)).toEqual([[9, 1, 0, 0, 0], [0, 6, 0, 2, 1], [0, 1, 3, 0, 0]]);
});

test('what finds no room is counted', () => {
  const { columns, rows, rowsLeft } = matrixOf(confusion, 2, 3);
  expect(columns).toEqual(['fox', 'wolf', 'other']);
  expect(rows.map(({ rest }) => rest)).toEqual([0, 3]);
  expect(rowsLeft).toBe(1);
});
