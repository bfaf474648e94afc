import { beforeEach, expect, test } from 'vitest';
import { FeedbackLog, RIGHT, UNSURE, wrong } from '../../src/app/feedback_log';
import type { PictureEntry } from '../../src/app/picture_entry';
import { PictureList } from '../../src/app/picture_list';
import type { UserFeedback } from '../../src/statistics/records';
import { doneEntry } from '../support/entries';

interface Said {
  readonly id: string;
  readonly about: string;
  readonly feedback: UserFeedback | null;
  readonly retracts: string | null;
}

let said: Said[];
let pictures: PictureList;
let log: FeedbackLog;
let wolf: PictureEntry;

/** What counts in the end, as the server works it out: the newest word that nothing retracts. */
function standing(about: string): UserFeedback | null {
  const retracted = new Set(said.map(({ retracts }) => retracts));
  const left = said.filter((word) => word.about === about && word.feedback && !retracted.has(word.id));
  expect(left.length).toBeLessThanOrEqual(1);
  return left[0]?.feedback ?? null;
}

beforeEach(() => {
  said = [];
  const feedback = (about: string, what: UserFeedback | null, retracts: string | null): string => {
    said.push({ id: `word ${said.length}`, about, feedback: what, retracts });
    return `word ${said.length - 1}`;
  };
  pictures = new PictureList();
  wolf = doneEntry({ fileName: 'wolf.jpg' });
  pictures.add([wolf]);
  log = new FeedbackLog(pictures, { feedback });
});

test('a mark is a word of its own', () => {
  log.mark(wolf, RIGHT);
  expect(said).toEqual([{ id: 'word 0', about: wolf.id, feedback: RIGHT, retracts: null }]);
  expect(wolf.mark).toMatchObject({ isCorrect: true, feedbackId: 'word 0' });
});

test('the same mark again says nothing', () => {
  log.mark(wolf, wrong('timber wolf'));
  log.mark(wolf, wrong('timber wolf'));
  expect(said).toHaveLength(1);
});

test('a new mark takes the one before back', () => {
  log.mark(wolf, RIGHT);
  log.mark(wolf, wrong('timber wolf'));
  expect(standing(wolf.id)).toEqual(wrong('timber wolf'));
});

test('undo goes back any number of steps, over several pictures', () => {
  const heron = doneEntry({ fileName: 'heron.jpg' });
  pictures.add([heron]);
  log.mark(wolf, RIGHT);
  log.mark(heron, UNSURE);
  log.mark(wolf, wrong('dog'));
  expect(log.undo()).toBe(wolf);
  expect([standing(wolf.id), standing(heron.id)]).toEqual([RIGHT, UNSURE]);
  expect(pictures.selected).toBe(wolf);
  log.undo();
  expect([standing(wolf.id), standing(heron.id)]).toEqual([RIGHT, null]);
  log.undo();
  expect([standing(wolf.id), wolf.mark]).toEqual([null, null]);
  expect(log.undo()).toBeNull();
});

test('after a reload the mark of the picture that is looked at can be taken back', () => {
  pictures.update(wolf, { mark: { ...RIGHT, feedbackId: 'of yesterday' } });
  expect(log.undo()).toBeNull();
  pictures.select(wolf);
  expect(log.undo()).toBe(wolf);
  expect(said).toMatchObject([{ feedback: null, retracts: 'of yesterday' }]);
});

test('a picture without an answer cannot be marked', () => {
  const failed = doneEntry({ state: 'failed' });
  log.mark(failed, RIGHT);
  expect(said).toEqual([]);
});
