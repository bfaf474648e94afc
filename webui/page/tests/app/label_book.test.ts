import { beforeEach, describe, expect, test } from 'vitest';
import { LabelBook } from '../../src/app/label_book';

let book: LabelBook;

beforeEach(() => {
  book = new LabelBook();
  book.modelKnows([
    { name: 'timber wolf', synonyms: ['grey wolf', 'gray wolf', 'Canis lupus'] },
    { name: 'red wolf', synonyms: ['maned wolf'] },
    { name: 'wolf spider', synonyms: ['hunting spider'] },
    { name: 'café', synonyms: [] },
    { name: 'great grey owl', synonyms: ['great gray owl'] },
  ]);
});

const labels = (text: string): string[] => book.complete(text, 8).map(({ label }) => label);

test('whole beginnings come before beginnings of words, those before parts of words', () => {
  expect(labels('wolf')).toEqual(['wolf spider', 'red wolf', 'timber wolf']);
});

test('other names of a label are found and said', () => {
  expect(book.complete('canis', 8)).toEqual([{ label: 'timber wolf', hint: 'Canis lupus' }]);
});

test('case and accents do not matter', () => {
  expect(labels('CAFE')).toEqual(['café']);
});

test('typed labels are offered, newest first, before anything is typed', () => {
  book.typed(['my heron']);
  book.used('my wolf');
  expect(book.complete('', 8)).toEqual([
    { label: 'my wolf', hint: 'typed here' },
    { label: 'my heron', hint: 'typed here' },
  ]);
  expect(labels('my')).toEqual(['my wolf', 'my heron']);
});

test('a label of the model is not remembered as typed', () => {
  book.used('Red Wolf');
  expect(book.complete('', 8)).toEqual([]);
});

test.each([
  ['  Timber   WOLF ', 'timber wolf'],
  ['gray wolf', 'timber wolf'],
  ['something  else', 'something else'],
  ['   ', ''],
])('%j is written as %j', (typed, settled) => {
  expect(book.settle(typed)).toBe(settled);
});

test('no more than asked for', () => {
  expect(book.complete('o', 2)).toHaveLength(2);
});

describe('with labels of the team', () => {
  beforeEach(() => {
    book.ofTeam([{ name: 'grey wolf', scientific: 'Canis lupus', synonyms: ['timber wolf', 'lobo'] }]);
  });

  test('what the team calls otherwise counts as its label, also a name of the model', () => {
    expect(['Lobo', 'TIMBER wolf', 'canis lupus', 'grey wolf'].map((text) => book.settle(text))).toEqual(Array(4).fill('grey wolf'));
    expect(book.settle('red wolf')).toBe('red wolf');
  });

  test('it is offered by any of its names, and no other name beside it', () => {
    expect(book.complete('timber', 8)).toEqual([{ label: 'grey wolf', hint: 'timber wolf' }]);
    expect(book.complete('canis', 8)).toEqual([{ label: 'grey wolf', hint: 'Canis lupus' }]);
    expect(labels('wolf')).toEqual(['wolf spider', 'red wolf', 'grey wolf']);
  });

  test('it is offered before anything is typed, behind what was typed here', () => {
    book.typed(['my heron', 'lobo']);
    expect(book.complete('', 8).map(({ label, hint }) => [label, hint])).toContainEqual(['grey wolf', 'your team’s']);
    expect(book.complete('', 1)).toEqual([{ label: 'my heron', hint: 'typed here' }]);
  });

  test('a label of the team that was used is not one that was typed here', () => {
    book.used('Grey Wolf');
    expect(book.complete('grey w', 8)[0]).toEqual({ label: 'grey wolf', hint: 'your team’s' });
  });
});
