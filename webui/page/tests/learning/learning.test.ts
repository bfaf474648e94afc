import { beforeEach, expect, test } from 'vitest';
import { FeedbackLog, RIGHT, wrong } from '../../src/app/feedback_log';
import type { PictureEntry } from '../../src/app/picture_entry';
import { PictureList } from '../../src/app/picture_list';
import { base64 } from '../../src/base/base64';
import { toHalfArray } from '../../src/engine/float16';
import type { ModelDescriptor } from '../../src/engine/types';
import { Learning } from '../../src/learning/learning';
import { doneEntry } from '../support/entries';
import { descriptor } from '../support/fake_engine';

const SPACE = descriptor('starter').spaceId;
let pictures: PictureList;
let log: FeedbackLog;
let learning: Learning;
let served: { label: string; count: number; values: number[] }[];
let sends: number;
let wolf: PictureEntry;
let alike: PictureEntry;
let other: PictureEntry;

function entryAt(...values: number[]): PictureEntry {
  const entry = doneEntry();
  const answer = { ...(entry.answer as NonNullable<PictureEntry['answer']>), embedding: toHalfArray(Float32Array.from(values)) };
  return { ...entry, answer };
}

beforeEach(async () => {
  served = [];
  sends = 0;
  pictures = new PictureList();
  [wolf, alike, other] = [entryAt(2, 0, 0), entryAt(3, 0.5, 0), entryAt(0, 0, 1)];
  pictures.add([wolf, alike, other]);
  learning = new Learning({
    api: {
      exampleMeans: async (spaceId) => ({
        spaceId,
        labels: served.map(({ label, count, values }) => ({
          label,
          count,
          mean: base64(new Uint8Array(Float32Array.from(values).buffer)),
        })),
      }),
    },
    pictures,
    sent: async () => void (sends += 1),
    spaceOf: (version) => (version === 'starter' ? SPACE : null),
  });
  log = new FeedbackLog(pictures, { feedback: (id) => `word of ${id}` }, learning.said.bind(learning));
  await learning.modelIs(descriptor('starter'), []);
});

test('a correction is seen at once on what is like it and unmarked, and nowhere else', () => {
  log.mark(wolf, wrong('wolf'));
  expect(alike.learned).toEqual({ label: 'wolf', pictures: 1 });
  expect([wolf.learned, other.learned]).toEqual([null, null]);
  expect(alike.answer?.predictions[0]?.className).toBe('heron');
});

test('the next picture hears of it, and an undo takes it back everywhere', () => {
  log.mark(wolf, wrong('wolf'));
  const next = entryAt(2, 0.2, 0);
  expect(learning.answered(next.answer as NonNullable<PictureEntry['answer']>)).toEqual({ label: 'wolf', pictures: 1 });
  log.undo();
  expect(alike.learned).toBeNull();
  expect(learning.answered(next.answer as NonNullable<PictureEntry['answer']>)).toBeNull();
});

test('“right” teaches the model’s own answer, and “wrong” without a label teaches nothing', () => {
  log.mark(wolf, wrong(null));
  expect(alike.learned).toBeNull();
  log.mark(other, RIGHT);
  log.mark(wolf, wrong('wolf'));
  expect(alike.learned).toEqual({ label: 'wolf', pictures: 1 });
});

test('what the server knows counts from the start, and is absorbed by a training that has the label', async () => {
  served = [{ label: 'wolf', count: 4, values: [1, 0, 0] }];
  await learning.ask();
  expect(alike.learned).toEqual({ label: 'wolf', pictures: 4 });
  const trained: ModelDescriptor = { ...descriptor('starter'), made: 'trained' };
  await learning.modelIs(trained, [{ name: 'wolf', synonyms: [] }]);
  expect(alike.learned).toBeNull();
  await learning.modelIs(trained, [{ name: 'fox', synonyms: [] }]);
  expect(alike.learned).toEqual({ label: 'wolf', pictures: 4 });
});

test('a mark on a picture of the past, whose embedding only the server has, is asked for', async () => {
  const past = doneEntry();
  pictures.add([past]);
  served = [{ label: 'wolf', count: 1, values: [1, 0, 0] }];
  const before = sends;
  log.mark(past, wrong('wolf'));
  await Promise.resolve();
  await new Promise((done) => queueMicrotask(() => done(null)));
  expect(sends).toBe(before + 1);
});

test('answers of another space teach nothing here', () => {
  const strange = entryAt(2, 0, 0);
  pictures.add([strange]);
  Object.assign(strange, { answer: { ...strange.answer, modelVersion: 'another' } });
  log.mark(strange, wrong('wolf'));
  expect(alike.learned).toBeNull();
});
