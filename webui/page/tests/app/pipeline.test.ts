import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { IntakeItem } from '../../src/app/intake';
import { waitingEntry, type PictureEntry } from '../../src/app/picture_entry';
import { PictureList } from '../../src/app/picture_list';
import { Pipeline } from '../../src/app/pipeline';
import { Recorder } from '../../src/app/recorder';
import { RecognitionFailure } from '../../src/engine/failure';
import type { EngineState, RecogniseOptions, Recognition } from '../../src/engine/types';
import type { HeavyParts, LightRecord } from '../../src/statistics/records';
import { lease } from '../support/folder_jobs';
import { ManualClock } from '../support/manual_clock';
import { recognition } from '../support/recognitions';

interface Asked {
  readonly blob: Blob;
  readonly options: RecogniseOptions;
  readonly succeed: (found: Recognition) => void;
  readonly fail: (problem: unknown) => void;
}

/** printf 'picture 0' | sha256sum */
const SHA256_OF_FIRST = 'b6864edf273b0d661bfc9b47fff2a0f5e2e9e6d7bb76c8e0fa871eb76b14b23d';

let engine: { state: EngineState; concurrency: number; recognise(blob: Blob, options: RecogniseOptions): Promise<Recognition> };
let asked: Asked[];
let most: number;
let recorded: { record: LightRecord; heavy: HeavyParts | null }[];
let pictures: PictureList;
let clock: ManualClock;
let pipeline: Pipeline;
let heard = (): void => undefined;
let kept: { thumbnails: boolean; crops: boolean };

beforeEach(() => {
  asked = [];
  most = 0;
  const mine: typeof recorded = [];
  recorded = mine;
  kept = { thumbnails: true, crops: false };
  clock = new ManualClock();
  pictures = new PictureList();
  engine = {
    state: 'ready',
    concurrency: 2,
    recognise: (blob, options) =>
      new Promise((succeed, fail) => {
        asked.push({ blob, options, succeed, fail });
        most = Math.max(most, asked.length);
      }),
  };
  const recorder = new Recorder({
    keepEmbedding: () => true,
    queue: {
      record: async (record, heavy) => {
        mine.push({ record, heavy });
        if (mine === recorded) heard();
      },
    },
    clock,
    modelOf: () => null,
    atWork: () => ({ modelVersion: 'starter', backend: 'wasm' }),
  });
  const parts = { engine, pictures, recorder, clock, keepCrop: () => kept.crops, keepThumbnail: () => kept.thumbnails, learned: () => null, answered: () => undefined };
  pipeline = new Pipeline(parts);
});

function items(count: number): IntakeItem[] {
  return Array.from({ length: count }, (_, at) => ({
    blob: new Blob([`picture ${at}`]),
    fileName: `${at}.jpg`,
    path: null,
    source: 'file',
  }));
}

/** Lets the oldest question be answered and what follows from it happen. */
async function answerOne(found = recognition()): Promise<void> {
  asked.shift()?.succeed(found);
  await settled();
}

async function failOne(problem: unknown): Promise<void> {
  asked.shift()?.fail(problem);
  await settled();
}

/** Resolves with the first record. */
function firstRecord(): Promise<void> {
  return new Promise((done) => {
    heard = done;
    if (recorded.length > 0) done();
  });
}

/** Resolves after everything that was waiting in memory has gone on. */
function settled(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}

const states = (): string[] => pictures.entries.map(({ state }) => state);

test('the engine gets one picture more than it works on side by side, however many wait', async () => {
  pipeline.take(items(500));
  while (asked.length > 0) await answerOne();
  expect(most).toBe(3);
  expect(new Set(states())).toEqual(new Set(['done']));
});

test('pictures wait until the engine is ready', () => {
  engine.state = 'loading';
  pipeline.take(items(3));
  expect([asked.length, states()]).toEqual([0, ['waiting', 'waiting', 'waiting']]);
  engine.state = 'ready';
  pipeline.pump();
  expect(asked).toHaveLength(3);
});

test('the first of new pictures is looked at, but not while others are at work', async () => {
  pipeline.take(items(2));
  expect(pictures.selected).toBe(pictures.entries[0]);
  pipeline.take(items(1));
  expect(pictures.selected).toBe(pictures.entries[0]);
  while (asked.length > 0) await answerOne();
  pipeline.take(items(1));
  expect(pictures.selected).toBe(pictures.entries[3]);
});

test('one that the user looks at goes next, and first', async () => {
  engine.concurrency = 0;
  pipeline.take(items(5));
  const last = pictures.entries[4];
  if (!last) throw new Error('five were taken');
  pictures.select(last);
  pipeline.promote(last);
  await answerOne();
  expect(states()).toEqual(['done', 'waiting', 'waiting', 'waiting', 'working']);
  expect(asked[0]?.options.priority).toBe('interactive');
});

describe('a picture that fails', () => {
  const failure = new RecognitionFailure({
    stage: 'decode',
    code: 'not-a-picture',
    sentence: 'This file is not a picture.',
    advice: 'Choose another.',
  });

  test('is shown with its sentence while the others go on', async () => {
    pipeline.take(items(3));
    await failOne(failure);
    await answerOne();
    await answerOne();
    expect(states()).toEqual(['failed', 'done', 'done']);
    expect(pictures.entries[0]?.failure).toMatchObject({ sentence: 'This file is not a picture.' });
    expect(pipeline.progress).toMatchObject({ total: 3, finished: 3, failed: 1 });
  });

  test('is an event with its stage, its code and the file that it was', async () => {
    pipeline.take(items(1));
    await failOne(failure);
    await firstRecord();
    expect(recorded).toMatchObject([
      {
        record: {
          kind: 'event',
          stage: 'decode',
          code: 'not-a-picture',
          modelVersion: 'starter',
          backend: 'wasm',
          picture: { fileName: '0.jpg', sha256: SHA256_OF_FIRST },
        },
      },
    ]);
  });

  test('of the program itself is told as that', async () => {
    pipeline.take(items(1));
    await failOne(new TypeError('x is undefined'));
    expect(pictures.entries[0]?.failure).toMatchObject({ code: 'internal' });
  });
});

test('a record carries the answer under the id of its picture, with the embedding and the small copy', async () => {
  pipeline.take(items(1));
  await answerOne(recognition({ thumbnail: new Blob(['small']) }));
  await firstRecord();
  expect(recorded).toMatchObject([
    {
      record: { kind: 'inference', id: pictures.entries[0]?.id, modelAlpha: null, backend: 'wasm', source: 'file' },
      heavy: { embedding: 'ADwAwA==', thumbnail: btoa('small'), crop: null },
    },
  ]);
});

test('no small copy is recorded where the user does not want it', async () => {
  kept = { thumbnails: false, crops: false };
  pipeline.take(items(1));
  await answerOne(recognition({ thumbnail: new Blob(['small']) }));
  await firstRecord();
  expect(recorded[0]?.heavy?.thumbnail).toBeNull();
});

test('the crop is asked for only where the user allowed it', () => {
  pipeline.take(items(1));
  kept = { thumbnails: true, crops: true };
  pipeline.take(items(1));
  expect(asked.map(({ options }) => options.keepCrop)).toEqual([false, true]);
});

test('cancel takes away those that wait and lets those at work finish', async () => {
  pipeline.take(items(10));
  pipeline.cancel();
  expect(states()).toEqual(['working', 'working', 'working']);
  while (asked.length > 0) await answerOne();
  expect(pipeline.progress).toMatchObject({ total: 3, finished: 3 });
});

describe('pictures of the folder queue', () => {
  let at: PictureEntry[];
  let finished: string[];

  beforeEach(() => {
    finished = [];
    at = [lease(0), lease(1), lease(2)].map(({ id, fileName, path, source }) => {
      const given = { id, fileName, path, source, at: clock.now(), blob: new Blob([fileName]) };
      return { ...waitingEntry(given), address: `/api/queue/picture/${id}` };
    });
    pictures.add(at);
    pipeline.supply = {
      next: () => at.shift() ?? null,
      finished: (entry, written) => void written.then(() => finished.push(entry.fileName)),
    };
  });

  test('come when nothing waits that the user handed over, and are not counted with that', async () => {
    engine.concurrency = 0;
    pipeline.take(items(2));
    const order: string[] = [];
    while (asked.length > 0) {
      order.push((await asked[0]?.blob.text()) ?? '');
      await answerOne();
    }
    expect(order).toEqual(['picture 0', 'picture 1', '0.jpg', '1.jpg', '2.jpg']);
    expect(finished).toEqual(['0.jpg', '1.jpg', '2.jpg']);
    expect(pipeline.progress).toMatchObject({ total: 2, finished: 2 });
  });

  test('have their records under their own ids, also those that fail', async () => {
    pipeline.pump();
    await failOne(new TypeError('x is undefined'));
    await answerOne();
    await answerOne();
    const ids = [lease(0), lease(1), lease(2)].map(({ id }) => id);
    await vi.waitFor(() => expect(recorded).toHaveLength(3));
    expect(recorded.map(({ record }) => [record.kind, record.id]).sort()).toEqual(
      [['event', ids[0]], ['inference', ids[1]], ['inference', ids[2]]].sort(),
    );
    expect(recorded.find(({ record }) => record.id === ids[1])?.record).toMatchObject({
      source: 'folder', picture: { path: '/home/me/1.jpg' },
    });
  });
});
