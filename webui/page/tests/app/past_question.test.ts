import { describe, expect, test } from 'vitest';
import { changed, dayOf, exportFilters, momentOf, sentence, span, startOf } from '../../src/app/past_question';
import type { PastRow } from '../../src/app/past_list';

const names = { model: (version: string) => (version === 'lite0' ? 'EfficientNet-Lite0' : version), backend: () => 'WASM' };
const rows = (count: number): PastRow[] => Array.from({ length: count }, () => ({}) as PastRow);
const day = (text: string): number => startOf(text) ?? 0;
const said = (query: string, count = 212, complete = true): string => sentence(query, { rows: rows(count), complete }, names);

describe('the sentence above the list', () => {
  const year = new Date().getFullYear();
  test.each([
    ['', '212 answers'],
    ['modelVersion=lite0&slowerThan=80&timedStage=total', '212 answers by EfficientNet-Lite0 slower than 80 ms'],
    [
      `modelVersion=lite0&slowerThan=80&from=${day(`${year}-11-17`)}&to=${day(`${year}-11-25`)}`,
      '212 answers by EfficientNet-Lite0 slower than 80 ms, 17-24 November',
    ],
    ['label=fox&mark=wrong&source=camera', '212 answers of fox from the camera that you called wrong'],
    ['corrected=true&backend=wasm', '212 answers on WASM that you corrected'],
    ['corrected=true&mark=wrong', '212 answers that you corrected and called wrong'],
    ['corrected=false&mark=unmarked', '212 answers that you have not marked'],
    ['minConfidence=0.4&maxConfidence=0.6', '212 answers 40 % to 60 % sure'],
    ['slowerThan=1500&timedStage=inference', '212 answers recognised in more than 1,500 ms'],
    ['code=not_a_picture', '212 events “not a picture”'],
    ['kind=feedback', '212 words of yours'],
  ])('%s', (query, words) => expect(said(query)).toBe(words));

  test('says what chance picked', () =>
    expect(said('drawn=true&mark=judged', 2, true)).toBe('2 answers picked by chance that you called right or wrong'));
  test('says what is not all', () => expect(said('label=fox', 200, false)).toBe('The newest 200 answers of fox'));
  test('counts one, none and thousands', () => {
    expect([said('', 1), said('', 0), said('', 2400), said('', 1, false)]).toEqual([
      '1 answer', 'No answers', '2,400 answers', 'The newest answer',
    ]);
  });
});

describe('a span of time', () => {
  const today = new Date(2026, 10, 24);
  const at = (text: string): number => startOf(text) ?? 0;
  test.each([
    [at('2026-11-24'), at('2026-11-25'), '24 November'],
    [at('2026-10-30'), at('2026-11-03'), '30 October to 2 November'],
    [at('2025-11-17'), null, 'since 17 November 2025'],
    [null, at('2026-11-25'), 'until 24 November'],
    [null, null, ''],
  ])('%s to %s', (from, to, words) => expect(span(from, to, today)).toBe(words));
});

test('a day is the same there and back, also with the day after it', () => {
  expect(dayOf(day('2026-03-29'))).toBe('2026-03-29');
  expect(dayOf((startOf('2026-03-29', 1) ?? 0) - 1)).toBe('2026-03-29');
  expect(startOf('')).toBeNull();
});

test('a moment is milliseconds or ISO-8601', () => {
  expect([momentOf('1780000000000'), momentOf('2026-05-28T20:26:40Z'), momentOf('2026-05-28'), momentOf('soon'), momentOf(null)]).toEqual([
    1780000000000, 1780000000000, Date.UTC(2026, 4, 28), null, null,
  ]);
});

test('a filter is added, changed and taken away', () => {
  expect(changed('label=fox&from=5', { label: 'red fox', mark: 'wrong', from: '' })).toBe('label=red+fox&mark=wrong');
});

test('an export gets the filters that it knows, and names the others', () => {
  expect(exportFilters('kind=inference&label=fox&from=5&to=9&corrected=true&minConfidence=0.5&slowerThan=80&timedStage=total')).toEqual({
    filters: { label: 'fox', from: 5, to: 9, onlyCorrected: true, minConfidence: 0.5 },
    left: ['slowerThan'],
  });
});
