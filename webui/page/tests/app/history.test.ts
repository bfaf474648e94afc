import { expect, test } from 'vitest';
import { ApiProblem } from '../../src/api/client';
import type { PictureCard, PicturePage } from '../../src/api/types';
import { History } from '../../src/app/history';
import { PictureList } from '../../src/app/picture_list';
import type { WaitingRow } from '../../src/statistics/outbox';
import type { LightRecord } from '../../src/statistics/records';
import { ManualClock } from '../support/manual_clock';
import { feedback, heavyParts, inference } from '../support/records';

let clock: ManualClock;

function card(inferenceId: string, timestamp: number): PictureCard {
  const { predictions, modelVersion, backend, picture } = inference();
  const facts = { inferenceId, timestamp, predictions, modelVersion, backend, picture };
  return { ...facts, inferenceTime: 34, totalTime: 45, feedback: null, hasThumbnail: true };
}

function row(record: LightRecord): WaitingRow {
  const heavy = record.kind === 'inference' ? { ...heavyParts(), thumbnail: btoa('small') } : null;
  return { id: record.id, sessionId: 's', device: null, addedAt: 0, record, heavy };
}

function history(pages: readonly (PicturePage | ApiProblem)[], rows: readonly WaitingRow[]): [History, PictureList, (string | null)[]] {
  const pictures = new PictureList();
  const asked: (string | null)[] = [];
  const server = async (before: string | null): Promise<PicturePage> => {
    asked.push(before);
    const page = pages[asked.length - 1];
    if (!page) throw new Error('the server is away');
    if (page instanceof ApiProblem) throw page;
    return page;
  };
  clock = new ManualClock();
  return [new History({ pictures: server }, { unsent: async () => [...rows] }, pictures, clock), pictures, asked];
}

test('pages into the past, in the order of time, to the end and no further', async () => {
  const pages = [
    { pictures: [card('d', 4), card('c', 3)], next: '3.3' },
    { pictures: [card('b', 2), card('a', 1)], next: null },
  ];
  const [past, pictures, asked] = history(pages, []);
  await past.start();
  await past.older();
  await past.older();
  expect(pictures.entries.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  expect(asked).toEqual([null, '3.3']);
});

test('what was not yet sent is there too, with its mark and its small copy', async () => {
  const unsent = inference({ timestamp: 9 });
  const said = feedback(unsent.id);
  const [past, pictures] = history([{ pictures: [card('a', 1)], next: null }], [row(unsent), row(said)]);
  await past.start();
  expect(pictures.entries.map(({ id }) => id)).toEqual(['a', unsent.id]);
  const entry = pictures.get(unsent.id);
  expect(entry?.mark).toMatchObject({ correctedLabel: 'wolf', feedbackId: said.id });
  expect(await entry?.thumbnail?.text()).toBe('small');
});

test('feedback that the server has not heard is newer than what it tells', async () => {
  const said = { ...feedback('a'), userFeedback: null, retracts: 'x' };
  const old = { ...card('a', 1), feedback: { id: 'x', isCorrect: true, correctedLabel: null, confidence: 1 } };
  const [past, pictures] = history([{ pictures: [old], next: null }], [row(said)]);
  await past.start();
  expect(pictures.get('a')?.mark).toBeNull();
});

test('without a server there is what waits in the browser, and the past can be asked for again', async () => {
  const [past, pictures, asked] = history([], [row(inference())]);
  await past.start();
  expect([pictures.entries.length, past.complete]).toEqual([1, false]);
  await past.older();
  expect(asked).toEqual([null, null]);
});

test('an empty strip asks a server again that was too busy, and stops when it has an answer', async () => {
  const busy = new ApiProblem(503, 'Busy', 'The memory is busy.');
  const [past, pictures, asked] = history([busy, busy, { pictures: [card('a', 1)], next: '1.1' }], []);
  await past.start();
  expect([pictures.entries.length, clock.pending()]).toEqual([0, [2_000]]);
  clock.advance(2_000);
  await Promise.resolve();
  await Promise.resolve();
  expect(clock.pending()).toEqual([4_000]);
  clock.advance(4_000);
  await new Promise((done) => setTimeout(done, 0));
  expect([pictures.entries.length, asked.length, clock.pending()]).toEqual([1, 3, []]);
});

test('what is refused is not asked again', async () => {
  const [past] = history([new ApiProblem(400, 'Bad', 'No.')], []);
  await past.start();
  expect(clock.pending()).toEqual([]);
});
