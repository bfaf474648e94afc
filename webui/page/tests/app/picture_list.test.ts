import { expect, test } from 'vitest';
import { PictureList } from '../../src/app/picture_list';
import { doneEntry } from '../support/entries';

const names = (list: PictureList): string[] => list.entries.map(({ fileName }) => fileName);

test('the past comes in before what is there, and nothing comes in twice', () => {
  const list = new PictureList();
  const [one, two, three] = ['one', 'two', 'three'].map((fileName) => doneEntry({ fileName }));
  if (!one || !two || !three) throw new Error('three were made');
  list.add([three]);
  list.add([two, one, three]);
  expect(names(list)).toEqual(['one', 'two', 'three']);
});

test('steps end at the ends', () => {
  const list = new PictureList();
  list.add(['one', 'two', 'three'].map((fileName) => doneEntry({ fileName })));
  const seen = [1, 1, Infinity, 1, -1, -Infinity, -1].map((places) => {
    list.step(places);
    return list.selected?.fileName;
  });
  expect(seen).toEqual(['one', 'two', 'three', 'three', 'two', 'one', 'one']);
});

test('the first step back goes to the newest', () => {
  const list = new PictureList();
  list.add(['one', 'two'].map((fileName) => doneEntry({ fileName })));
  list.step(-1);
  expect(list.selected?.fileName).toBe('two');
});

test('in an empty list a step goes nowhere', () => {
  const list = new PictureList();
  list.step(1);
  expect(list.selected).toBeNull();
});

test('what is looked at and taken away makes room for the newest', () => {
  const list = new PictureList();
  const [one, two] = [doneEntry({ fileName: 'one' }), doneEntry({ fileName: 'two' })];
  list.add([one, two]);
  list.select(one);
  list.remove([one]);
  expect(list.selected).toBe(two);
});
