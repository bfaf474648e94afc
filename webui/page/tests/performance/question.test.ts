// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { queryOf, questionOf, recordsAddress, recordsBetween } from '../../src/performance/question';

test.each(['', 'window=30d', 'backend=wasm', 'window=all&backend=webgl&modelVersion=my+plants+%26+more'])(
  '"%s" is asked and said the same way',
  (query) => {
    expect(queryOf(questionOf(query))).toBe(query);
  },
);

test('what an address says wrongly is the usual', () => {
  expect(questionOf('window=9y&backend=&else=1')).toEqual({ window: '7d', backend: null, modelVersion: null });
});

test('a point has the records of its time and of the line that it is on', () => {
  expect(recordsBetween('kind=inference&from=0&to=100&backend=wasm', 40, 50)).toBe(
    'kind=inference&from=40&to=50&backend=wasm',
  );
});

test('a bucket that began before the window has no records from before it', () => {
  expect(recordsBetween('from=45&to=48', 40, 50)).toBe('from=45&to=48');
});

test('what has no records behind it leads nowhere', () => {
  expect(recordsBetween(null, 0, 1)).toBeNull();
  expect(recordsAddress(null)).toBeNull();
  expect(recordsAddress('kind=event')).toBe('#/history?kind=event');
});
