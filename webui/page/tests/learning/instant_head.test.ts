import { beforeEach, describe, expect, test } from 'vitest';
import { InstantHead } from '../../src/learning/instant_head';
import { dot, unit, unitOfHalf } from '../../src/learning/unit';
import { toHalfArray } from '../../src/engine/float16';

const at = (...values: number[]): Float32Array => unit(Float32Array.from(values));
const WOLF = at(1, 0, 0, 0);
const NEAR_WOLF = at(1, 0.3, 0, 0);
const FOX = at(0, 1, 0, 0);
const BETWEEN = at(1, 1, 0, 0);
const ELSE = at(0, 0, 0, 1);

let head: InstantHead;
beforeEach(() => {
  head = new InstantHead();
});

describe('the instant head', () => {
  test('knows nothing before anything was said', () => {
    expect(head.answer(WOLF, 'dog')).toBeNull();
  });

  test('calls a near picture by what was said, with how many it comes from', () => {
    head.say('one', WOLF, 'wolf', null);
    expect(head.answer(NEAR_WOLF, 'dog')).toEqual({ label: 'wolf', pictures: 1 });
    head.say('two', NEAR_WOLF, 'wolf', null);
    expect(head.answer(NEAR_WOLF, 'dog')).toEqual({ label: 'wolf', pictures: 2 });
    expect(head.answer(ELSE, 'dog')).toBeNull();
  });

  test('says nothing where the model says the same', () => {
    head.say('one', WOLF, 'wolf', null);
    expect(head.answer(NEAR_WOLF, 'wolf')).toBeNull();
  });

  test('says nothing between two labels, of which one may be the model’s own', () => {
    head.say('one', WOLF, 'wolf', null);
    head.say('two', FOX, 'fox', null);
    expect(head.answer(BETWEEN, 'dog')).toBeNull();
    expect(head.answer(NEAR_WOLF, 'fox')).toEqual({ label: 'wolf', pictures: 1 });
  });

  test('forgets at once what is taken back, here or of before', () => {
    head.know([{ label: 'fox', direction: FOX, count: 1 }], []);
    head.say('one', WOLF, 'wolf', null);
    head.say('one', WOLF, null, 'wolf');
    expect(head.answer(WOLF, 'dog')).toBeNull();
    expect(head.answer(FOX, 'dog')).toEqual({ label: 'fox', pictures: 1 });
    head.say('of before', FOX, null, 'fox');
    expect(head.answer(FOX, 'dog')).toBeNull();
  });

  test('a mark that is changed counts under its new label alone', () => {
    head.say('one', WOLF, 'wolf', null);
    head.say('one', WOLF, 'husky', 'wolf');
    expect(head.answer(WOLF, 'dog')).toEqual({ label: 'husky', pictures: 1 });
  });

  test('does not count twice what the server has by now', () => {
    head.say('one', WOLF, 'wolf', null);
    const having = head.said;
    head.say('two', NEAR_WOLF, 'wolf', null);
    head.know([{ label: 'wolf', direction: WOLF, count: 1 }], having);
    expect(head.answer(WOLF, 'dog')).toEqual({ label: 'wolf', pictures: 2 });
    head.say('one', WOLF, null, 'wolf');
    expect(head.answer(WOLF, 'dog')).toEqual({ label: 'wolf', pictures: 1 });
  });

  test('leaves to a trained model what it knows, until something new is said', () => {
    head.know([{ label: 'wolf', direction: WOLF, count: 9 }], []);
    head.absorb(new Set(['wolf']));
    expect(head.answer(WOLF, 'dog')).toBeNull();
    head.say('later', NEAR_WOLF, 'wolf', null);
    expect(head.answer(WOLF, 'dog')).toEqual({ label: 'wolf', pictures: 1 });
  });

  test('asks for less nearness where pictures are seen to be far apart, and never for more than is usual', () => {
    head.say('one', WOLF, 'wolf', null);
    const half = at(1, 0, 1.6, 0); // a cosine of 0.53
    expect(head.answer(half, 'dog')).toBeNull();
    for (let i = 0; i < 20; i++) head.see(i % 2 === 0 ? FOX : ELSE);
    expect(head.answer(half, 'dog')).toBeNull();
    for (let i = 0; i < 60; i++) head.see([WOLF, FOX, ELSE, at(0, 0, 1, 0)][i % 4] as Float32Array);
    expect(head.answer(half, 'dog')).toEqual({ label: 'wolf', pictures: 1 });
  });
});

test('float16 embeddings become directions of length 1, and one of noughts stays', () => {
  const direction = unitOfHalf(toHalfArray(Float32Array.of(3, 0, 4)));
  expect(Array.from(direction)).toEqual([3, 0, 4].map((side) => Math.fround(side / 5)));
  expect(dot(direction, unitOfHalf(new Uint16Array(3)))).toBe(0);
});
