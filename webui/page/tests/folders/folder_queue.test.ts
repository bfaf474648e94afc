import { beforeEach, expect, test } from 'vitest';
import { ApiProblem, ServerAway } from '../../src/api/client';
import type { FolderJob, Lease } from '../../src/api/folders';
import type { PictureEntry } from '../../src/app/picture_entry';
import { PictureList } from '../../src/app/picture_list';
import type { Supply } from '../../src/app/pipeline';
import { Observable } from '../../src/base/observable';
import { FolderQueue } from '../../src/folders/folder_queue';
import type { Sender } from '../../src/statistics/sender';
import type { Locks } from '../../src/statistics/session_locks';
import { doneEntry } from '../support/entries';
import { folderJob, lease } from '../support/folder_jobs';
import { ManualClock } from '../support/manual_clock';

class Host extends Observable {
  ready = true;
  concurrency = 2;
  now(): void {
    this.changed();
  }
}

interface Asked {
  readonly path: string;
  readonly body: object | undefined;
}

let handed: Lease[];
let asked: Asked[];
let fetched: string[];
let sent: number;
let failures: { entry: PictureEntry; code: string }[];
let answer: (path: string) => Promise<Blob>;
let pictures: PictureList;
let pipeline: { supply: Supply | null; pump: () => void };
let host: Host;
let clock: ManualClock;
let letGo: PictureEntry[];

beforeEach(() => {
  handed = Array.from({ length: 30 }, (_, at) => lease(at));
  asked = [];
  fetched = [];
  sent = 0;
  failures = [];
  answer = async (path) => new Blob([path]);
  pictures = new PictureList();
  pipeline = { supply: null, pump: () => undefined };
  host = new Host();
  clock = new ManualClock();
  letGo = [];
});

function queueWith(locks: Locks | null = null): FolderQueue {
  const send = async <T>(path: string, body?: object): Promise<T> => {
    asked.push({ path, body });
    if (path !== '/api/queue/next') return {} as T;
    return { pictures: handed.splice(0, (body as { count: number }).count) } as T;
  };
  const bytes = (path: string): Promise<Blob> => {
    fetched.push(path);
    return answer(path);
  };
  const sender = { sendNow: async () => void (sent += 1) } as unknown as Sender;
  const recorder = { failed: async (entry: PictureEntry, { code }: { code: string }) => void failures.push({ entry, code }) };
  const queue = { sessionId: 'this page', sender };
  const parts = { pictures, pipeline, recorder, queue, host, clock, locks, letGo: (gone: readonly PictureEntry[]) => void letGo.push(...gone) };
  return new FolderQueue({ api: { send, bytes }, ...parts });
}

function settled(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}

/** The queue once it has heard of a running job and has done what it can by itself. */
async function begun(job: FolderJob = folderJob(), locks: Locks | null = null): Promise<FolderQueue> {
  const queue = queueWith(locks);
  queue.heard([job]);
  await settled();
  return queue;
}

const next = (): PictureEntry | null => pipeline.supply?.next() ?? null;
const asks = (): object[] => asked.filter(({ path }) => path === '/api/queue/next').map(({ body }) => body ?? {});

async function finish(entry: PictureEntry | null): Promise<void> {
  if (entry) pipeline.supply?.finished(entry, Promise.resolve());
  await settled();
}

test('pictures are taken a few at a time and fetched before the engine asks', async () => {
  await begun();
  expect(asks()).toEqual([{ holder: 'this page', count: 8, takeOver: false }]);
  expect(fetched).toHaveLength(8);
  const entry = next();
  expect([entry?.fileName, entry?.path, entry?.source, await entry?.blob?.text()]).toEqual([
    '0.jpg', '/home/me/0.jpg', 'folder', '/api/queue/picture/01890000-0000-7000-8000-000000000000',
  ]);
  await finish(entry);
  expect(asks().at(-1)).toEqual({ holder: 'this page', count: 1, takeOver: false });
  expect(entry?.blob).toBeNull();
});

test('nothing is taken before the engine is ready, or while nothing runs', async () => {
  host.ready = false;
  const queue = await begun();
  expect(asks()).toEqual([]);
  host.ready = true;
  queue.heard([folderJob({ state: 'paused' })]);
  await settled();
  expect(asks()).toEqual([]);
  queue.heard([folderJob()]);
  await settled();
  expect(asks()).toHaveLength(1);
});

test('one that is paused keeps what it has at hand, and one that is cancelled lets it go', async () => {
  const queue = await begun();
  queue.heard([folderJob({ state: 'paused' })]);
  expect(next()).toBeNull();
  queue.heard([folderJob()]);
  const working = next();
  expect(working?.fileName).toBe('0.jpg');
  const other = next();
  queue.heard([folderJob({ state: 'paused' })]);
  await finish(other);
  expect(sent, 'what was at work is sent at once').toBe(1);
  queue.heard([folderJob({ state: 'cancelled' })]);
  expect([next(), pictures.entries]).toEqual([null, [working, other]]);
});

test('the page that gets the turn takes over what others had, after what they recorded was sent', async () => {
  let turn: (() => Promise<void>) | null = null;
  const locks: Locks = {
    request: async (_name, _options, work) => void (turn = () => work(null)),
    query: async () => ({}),
  };
  await begun(folderJob(), locks);
  expect(asks()).toEqual([]);
  void (turn as (() => Promise<void>) | null)?.();
  await settled();
  expect([sent, asks()]).toEqual([1, [{ holder: 'this page', count: 8, takeOver: true }]]);
  await finish(next());
  expect(asks().at(-1)).toMatchObject({ takeOver: false });
});

test('a picture that is here already is not looked at twice; the server is told of it', async () => {
  pictures.add([doneEntry({ id: lease(0).id })]);
  await begun();
  expect(sent).toBe(1);
  expect(fetched).toHaveLength(8);
  expect(next()?.fileName).toBe('1.jpg');
});

test('a file that is gone has failed, with the reason of the server', async () => {
  answer = async () => Promise.reject(new ApiProblem(410, 'Gone', 'This file is not there any more. Look.'));
  await begun();
  expect(failures.map(({ code }) => code).slice(0, 8)).toEqual(Array(8).fill('file-gone'));
  expect(failures[0]?.entry.failure?.sentence).toBe('This file is not there any more. Look.');
});

test('a server that is away makes no picture fail', async () => {
  answer = async () => Promise.reject(new ServerAway(null));
  await begun();
  for (let time = 0; time < 5; time += 1) {
    clock.advance(2_000);
    await settled();
  }
  expect(failures).toEqual([]);
  answer = async () => new Blob(['x']);
  clock.advance(2_000);
  await settled();
  expect(next()?.fileName).toBe('0.jpg');
});

test('a file that breaks off each time has failed', async () => {
  handed = [lease(0)];
  answer = async () => Promise.reject(new TypeError('network error'));
  await begun(folderJob({ counts: { waiting: 1, taken: 0, done: 0, failed: 0, dropped: 0 } }));
  for (let time = 0; time < 3; time += 1) {
    clock.advance(2_000);
    await settled();
  }
  expect(failures.map(({ code }) => code)).toEqual(['file-gone']);
});

test('the last record, and that of a picture by itself, is sent at once', async () => {
  handed = [lease(0, { alone: true }), lease(1), lease(2)];
  await begun();
  await finish(next());
  expect(sent).toBe(1);
  await finish(next());
  expect(sent).toBe(1);
  await finish(next());
  expect(sent).toBe(2);
});

test('large pictures wait one after the other', async () => {
  const large = { size: 200 * 1024 * 1024 } as Blob;
  answer = async () => large;
  await begun();
  expect(fetched.length).toBeLessThanOrEqual(4);
  const before = fetched.length;
  next();
  await settled();
  expect(fetched.length).toBeLessThanOrEqual(before + 1);
});

test('thousands go by, and the strip keeps a few hundred of them and every marked one', async () => {
  handed = Array.from({ length: 2000 }, (_, at) => lease(at));
  await begun();
  let most = 0;
  for (let done = 0; done < 2000; done += 1) {
    const entry = next();
    if (entry && done === 5) pictures.update(entry, { mark: { isCorrect: true, correctedLabel: null, confidence: 1, feedbackId: 'f' } });
    await finish(entry);
    most = Math.max(most, pictures.entries.length);
  }
  expect(most).toBeLessThan(420);
  expect(pictures.entries.map(({ fileName }) => fileName)).toContain('5.jpg');
  expect(letGo.length).toBeGreaterThan(1500);
  expect(pictures.selected?.fileName).toBe('0.jpg');
});

test('the server hears now and then that the page is still at it', async () => {
  const queue = await begun();
  clock.advance(30_000);
  await settled();
  expect(asks().at(-1)).toEqual({ holder: 'this page', count: 0, takeOver: false });
  queue.heard([]);
  const before = asks().length;
  clock.advance(60_000);
  await settled();
  expect(asks().length).toBeLessThanOrEqual(before + 1);
});

test('only what goes on, failed or was seen is shown; what was found begun is said', async () => {
  const over = { waiting: 0, taken: 0, done: 5, failed: 0, dropped: 0 };
  const queue = queueWith();
  queue.heard([folderJob({ number: 1, state: 'done', counts: over }), folderJob({ number: 2 })]);
  expect([queue.shown.map(({ number }) => number), queue.wentOn?.number]).toEqual([[2], 2]);
  queue.heard([folderJob({ number: 2, state: 'done', counts: over })]);
  expect(queue.shown.map(({ number }) => number)).toEqual([2]);
  await queue.ask(folderJob({ number: 2 }), 'forget');
  expect(asked.at(-1)).toEqual({ path: '/api/queue/2/forget', body: {} });
});
