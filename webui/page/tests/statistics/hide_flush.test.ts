import 'fake-indexeddb/auto';
import { uuidv7 } from 'uuidv7';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StatisticsQueue } from '../../src/statistics/queue';
import type { InferenceRecord } from '../../src/statistics/records';
import { LockManager } from '../support/fake_locks';
import { ManualClock } from '../support/manual_clock';
import { memoryStorage, openTab, until, type Profile } from '../support/queue_tab';
import { heavyParts, inference } from '../support/records';
import { StatisticsServer } from '../support/statistics_server';

let profile: Profile;
let server: StatisticsServer;

beforeEach(async () => {
  server = await new StatisticsServer().start();
  const clock = new ManualClock();
  profile = { database: uuidv7(), server, clock, locks: new LockManager(), storage: memoryStorage() };
});

afterEach(() => server.stop());

async function withPictures(count: number): Promise<[StatisticsQueue, InferenceRecord[]]> {
  const queue = await openTab(profile);
  const pictures = Array.from({ length: count }, () => inference());
  for (const picture of pictures) await queue.record(picture, heavyParts(), false);
  return [queue, pictures];
}

test('the flush starts before hiding is over, keeps alive, and goes without embeddings and pictures', async () => {
  const [queue] = await withPictures(10);
  queue.sender.flushOnHide();
  expect(server.keepalives).toHaveLength(1);
  expect(server.keepalives[0]).toBeGreaterThan(0);
  await until(queue.sender, () => server.of('inference').length === 10);
  expect(JSON.stringify(server.of('inference'))).not.toContain('BBBB');
});

test('what was left behind follows as attachments', async () => {
  const [queue, pictures] = await withPictures(3);
  queue.sender.flushOnHide();
  await until(queue.sender, () => server.of('inference').length === 3 && queue.sender.waiting === 3);
  profile.clock.advance(1_000);
  await until(queue.sender, () => queue.sender.waiting === 0);
  expect(server.of('attachment')).toMatchObject(pictures.map(({ id }) => ({ inferenceId: id, ...heavyParts() })));
});

test('60 KB in all, however much waits and however often the page hides', async () => {
  const queue = await openTab(profile);
  server.behaviour = 'hang-up';
  for (let made = 0; made < 120; made += 1) await queue.record(inference(), heavyParts(), false);
  await until(queue.sender, () => queue.sender.trouble !== null);
  const before = server.keepalives.length;
  queue.sender.flushOnHide();
  queue.sender.flushOnHide();
  const flushed = server.keepalives.slice(before).reduce((sum, bytes) => sum + bytes, 0);
  expect(flushed).toBeGreaterThan(40_000);
  expect(flushed).toBeLessThanOrEqual(60_000);
});

test('the page closes before the answer: the next one sends the same light records, then the attachments', async () => {
  const [first] = await withPictures(4);
  server.behaviour = 'take-and-hang-up';
  first.sender.flushOnHide();
  await server.heard(4);
  profile.locks.closeTab(first.sessionId);
  server.behaviour = 'well';
  const second = await openTab(profile);
  profile.clock.advance(1_000);
  await until(second.sender, () => second.sender.waiting === 0);
  expect(server.conflicts).toEqual([]);
  expect([server.of('inference').length, server.of('attachment').length]).toEqual([4, 4]);
  expect(second.sender.parked).toBe(0);
});

test('a flush does not send again what a request is carrying', async () => {
  const [queue] = await withPictures(2);
  const sending = queue.sender.sendNow();
  await server.asked();
  queue.sender.flushOnHide();
  await sending;
  expect(server.keepalives).toEqual([0]);
});

test('where the browser writes nothing down, nothing goes ahead', async () => {
  const refuses = (): never => {
    throw new DOMException('no', 'SecurityError');
  };
  profile = { ...profile, storage: { getItem: refuses, setItem: refuses, removeItem: refuses } };
  const [queue] = await withPictures(2);
  queue.sender.flushOnHide();
  expect(server.keepalives).toEqual([]);
  await queue.sender.sendNow();
  expect(server.of('inference').length).toBe(2);
});
