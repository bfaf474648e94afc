import 'fake-indexeddb/auto';
import { uuidv7 } from 'uuidv7';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryOutbox } from '../../src/statistics/memory_outbox';
import type { Outbox } from '../../src/statistics/outbox';
import type { StatisticsQueue } from '../../src/statistics/queue';
import { ResilientOutbox } from '../../src/statistics/resilient_outbox';
import { LockManager } from '../support/fake_locks';
import { ManualClock } from '../support/manual_clock';
import { memoryStorage, openTab, until, type Profile } from '../support/queue_tab';
import { failure, feedback, heavyParts, inference } from '../support/records';
import { StatisticsServer } from '../support/statistics_server';

let profile: Profile;
let server: StatisticsServer;
let clock: ManualClock;

beforeEach(async () => {
  server = await new StatisticsServer().start();
  clock = new ManualClock();
  profile = { database: uuidv7(), server, clock, locks: new LockManager(), storage: memoryStorage() };
});

afterEach(() => server.stop());

async function recordPictures(queue: StatisticsQueue, count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) await queue.record(inference(), heavyParts(), false);
}

describe('batches', () => {
  test('24 records wait until the oldest is 20 seconds old', async () => {
    const queue = await openTab(profile);
    await recordPictures(queue, 24);
    clock.advance(19_999);
    expect(server.batches).toHaveLength(0);
    clock.advance(1);
    await until(queue.sender, () => queue.sender.waiting === 0);
    expect(server.batches.map(({ statistics }) => statistics.length)).toEqual([24]);
  });

  test('the 25th record sends them at once', async () => {
    const queue = await openTab(profile);
    await recordPictures(queue, 25);
    await until(queue.sender, () => queue.sender.waiting === 0);
    expect(server.batches.map(({ statistics }) => statistics.length)).toEqual([25]);
  });

  test('feedback goes at once and takes its inference along, in order', async () => {
    const queue = await openTab(profile);
    const picture = inference();
    await queue.record(picture, heavyParts(), false);
    await queue.record(feedback(picture.id), null, true);
    await until(queue.sender, () => queue.sender.waiting === 0);
    expect(server.batches[0]?.statistics.map(({ kind }) => kind)).toEqual(['inference', 'feedback']);
  });

  test('a batch names its session and its device, and carries the heavy parts', async () => {
    const queue = await openTab(profile);
    queue.device = { gpu: null, webglVersion: 'webgl2', deviceMemory: 8, hardwareConcurrency: 2, userAgent: 'x' };
    await queue.record(inference(), heavyParts(), true);
    await until(queue.sender, () => queue.sender.waiting === 0);
    expect(server.batches[0]).toMatchObject({ sessionId: queue.sessionId, deviceInfo: { deviceMemory: 8 } });
    expect(server.batches[0]?.statistics[0]).toMatchObject(heavyParts());
  });

  test('a batch that would be too big for one body is sent in parts', async () => {
    const queue = await openTab(profile);
    const crop = 'C'.repeat(500_000);
    server.behaviour = 'hang-up';
    for (let made = 0; made < 20; made += 1) await queue.record(inference(), { ...heavyParts(), crop }, false);
    server.behaviour = 'well';
    await queue.sender.sendNow();
    expect(server.batches.length).toBe(3);
    expect(server.records.size).toBe(20);
  });
});

describe('nothing is lost or doubled', () => {
  test.each(['hang-up', 'login-page', 'miscount', 'disk-full'] as const)('a server that answers "%s"', async (how) => {
    const queue = await openTab(profile);
    server.behaviour = how;
    await recordPictures(queue, 3);
    await queue.sender.sendNow();
    expect(queue.sender.waiting).toBe(3);
    expect(queue.sender.trouble).toBeTruthy();
    server.behaviour = 'well';
    clock.advance(1_000);
    await until(queue.sender, () => queue.sender.waiting === 0);
    expect(server.records.size).toBe(3);
    expect(queue.sender.trouble).toBeNull();
  });

  test('an answer that was lost: the same batch again is a duplicate and leaves the outbox', async () => {
    const queue = await openTab(profile);
    server.behaviour = 'take-and-hang-up';
    await recordPictures(queue, 3);
    await queue.sender.sendNow();
    server.behaviour = 'well';
    await queue.sender.sendNow();
    expect([server.records.size, server.conflicts.length, queue.sender.waiting]).toEqual([3, 0, 0]);
  });

  test('retries come after 1, 2, 4, 8, 16, 30, 30 seconds', async () => {
    const queue = await openTab(profile);
    server.behaviour = 'hang-up';
    await queue.record(feedback('x'), null, true);
    const waits: number[] = [];
    for (let turn = 0; turn < 7; turn += 1) {
      await until(queue.sender, () => queue.sender.trouble !== null && clock.pending().length > 0);
      const [wait] = clock.pending();
      waits.push(wait ?? 0);
      queue.sender.trouble = null;
      clock.advance(wait ?? 0);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  test('what a closed page left behind is sent by the next one, under its own session', async () => {
    const first = await openTab(profile);
    server.behaviour = 'hang-up';
    await recordPictures(first, 2);
    profile.locks.closeTab(first.sessionId);
    server.behaviour = 'well';
    const second = await openTab(profile);
    await until(second.sender, () => second.sender.waiting === 0);
    expect(server.batches.map(({ sessionId }) => sessionId)).toEqual([first.sessionId]);
    expect(server.records.size).toBe(2);
  });

  test('a page leaves alone what another open page has waiting', async () => {
    const first = await openTab(profile);
    await recordPictures(first, 2);
    const second = await openTab(profile);
    await second.sender.sendNow();
    expect(server.batches).toHaveLength(0);
    profile.locks.closeTab(first.sessionId);
    clock.advance(20_000);
    await until(second.sender, () => second.sender.waiting === 0);
    expect(server.records.size).toBe(2);
  });
});

describe('records that the server refuses', () => {
  test('are parked with their reason, while the others go', async () => {
    const queue = await openTab(profile);
    const bad = inference();
    server.refused.add(bad.id);
    await recordPictures(queue, 2);
    await queue.record(bad, heavyParts(), true);
    await until(queue.sender, () => queue.sender.waiting === 0);
    expect(server.records.size).toBe(2);
    expect(queue.sender.parked).toBe(1);
    expect(await queue.parked()).toMatchObject([{ id: bad.id, code: 'invalid', reason: 'is invalid' }]);
  });

  test('can be tried again', async () => {
    const queue = await openTab(profile);
    const bad = failure();
    server.refused.add(bad.id);
    await queue.record(bad, null, true);
    await until(queue.sender, () => queue.sender.parked === 1);
    expect(await queue.parked()).toMatchObject([{ code: 'invalid', reason: 'is invalid' }]);
    server.refused.clear();
    await queue.sender.retryParked();
    expect([queue.sender.parked, server.of('event').length]).toEqual([0, 1]);
  });

  test('one that spoils its whole batch is found by halving', async () => {
    const queue = await openTab(profile);
    const bad = inference();
    server.poison.add(bad.id);
    await recordPictures(queue, 9);
    await queue.record(bad, heavyParts(), false);
    await recordPictures(queue, 10);
    await queue.sender.sendNow();
    expect(server.records.size).toBe(19);
    expect(await queue.parked()).toMatchObject([{ id: bad.id, code: 'malformed', reason: 'A bad field.' }]);
  });

  test('a batch that is too large is halved until it fits', async () => {
    const queue = await openTab(profile);
    server.mostRecords = 4;
    await recordPictures(queue, 20);
    await queue.sender.sendNow();
    expect([server.records.size, queue.sender.waiting, queue.sender.parked]).toEqual([20, 0, 0]);
  });
});

describe('a browser that refuses storage', () => {
  const refusing = (): Outbox =>
    Object.assign(new MemoryOutbox(), {
      add: () => Promise.reject(new DOMException('full', 'QuotaExceededError')),
    });

  test('still sends, at once, and says that nothing is kept', async () => {
    const queue = await openTab(profile, new ResilientOutbox(refusing()));
    await queue.record(inference(), heavyParts(), false);
    await until(queue.sender, () => server.records.size === 1 && queue.sender.waiting === 0);
    expect(queue.lasting).toBe(false);
  });

  test('keeps what the server did not take for as long as the page lives', async () => {
    const queue = await openTab(profile, new ResilientOutbox(null));
    server.behaviour = 'hang-up';
    await queue.record(inference(), heavyParts(), false);
    await until(queue.sender, () => queue.sender.trouble !== null);
    server.behaviour = 'well';
    clock.advance(1_000);
    await until(queue.sender, () => queue.sender.waiting === 0);
    expect(server.records.size).toBe(1);
  });
});
