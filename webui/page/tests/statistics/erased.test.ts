import 'fake-indexeddb/auto';
import { uuidv7 } from 'uuidv7';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

test('a record of what was erased is let go, neither kept nor shown as refused', async () => {
  const queue = await openTab(profile);
  const [late, other] = [inference(), inference()];
  server.erased.add(late.id);
  await queue.record(late, heavyParts(), false);
  await queue.record(other, heavyParts(), true);
  await until(queue.sender, () => queue.sender.waiting === 0);
  expect(queue.sender.parked).toBe(0);
  expect([...server.records.keys()]).toEqual([other.id]);
});

test('what was erased is never sent, also where it was refused before', async () => {
  const queue = await openTab(profile);
  const [waits, refused, other] = [inference(), inference(), inference()];
  server.refused.add(refused.id);
  await queue.record(refused, heavyParts(), true);
  await until(queue.sender, () => queue.sender.parked === 1);
  server.refused.clear();
  await queue.record(waits, heavyParts(), false);
  await queue.record(other, heavyParts(), false);
  await queue.letGo(({ id }) => id === waits.id || id === refused.id);
  expect([queue.sender.waiting, queue.sender.parked]).toEqual([1, 0]);
  await queue.sender.retryParked();
  await until(queue.sender, () => queue.sender.waiting === 0);
  expect([...server.records.keys()]).toEqual([other.id]);
});
