import { expect, test } from 'vitest';
import { csvText } from '../../src/performance/csv';

const line = (...cells: (string | number | null)[]): string => csvText(['a'], [cells]).split('\r\n')[1] ?? '';

test('begins with the mark of UTF-8 and ends every line as RFC 4180 says', () => {
  expect(csvText(['at', 'answers'], [['2026-11-24T12:00:00.000Z', 3]])).toBe(
    '\ufeff"at","answers"\r\n"2026-11-24T12:00:00.000Z",3\r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx', '\nx', ' =1', '＝1'])('%j is no formula', (text) => {
  expect(line(text)).toMatch(/^"'/);
});

test('a number is a number even where it is below zero, and what is unknown is nothing', () => {
  expect(line(-1.5, null, 0)).toBe('-1.5,,0');
});

test('quotes and commas stay in their cell', () => {
  expect(line('a "b", c')).toBe('"a ""b"", c"');
});
