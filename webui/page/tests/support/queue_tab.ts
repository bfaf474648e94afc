import { IndexedDbOutbox } from '../../src/statistics/indexed_db_outbox';
import type { KeyValueStore } from '../../src/statistics/light_ledger';
import type { Outbox } from '../../src/statistics/outbox';
import { StatisticsQueue } from '../../src/statistics/queue';
import type { Sender } from '../../src/statistics/sender';
import type { LockManager } from './fake_locks';
import type { ManualClock } from './manual_clock';
import type { StatisticsServer } from './statistics_server';

/** A browser profile: what tabs share and what survives them. */
export interface Profile {
  readonly database: string;
  readonly server: StatisticsServer;
  readonly clock: ManualClock;
  readonly locks: LockManager;
  readonly storage: KeyValueStore;
}

/** Opens the queue as a page of that profile does. */
export async function openTab(profile: Profile, outbox?: Outbox): Promise<StatisticsQueue> {
  const queue = new StatisticsQueue({
    outbox: outbox ?? (await IndexedDbOutbox.open(profile.database)),
    fetcher: profile.server.fetcher,
    clock: profile.clock,
    storage: profile.storage,
    locks: profile.locks,
  });
  await queue.sender.start();
  return queue;
}

/** Resolves when the sender has come to rest in a state that fits. */
export function until(sender: Sender, fits: () => boolean): Promise<void> {
  return new Promise((done) => {
    const look = (): void => {
      if (sender.sending || !fits()) return;
      stop();
      done();
    };
    const stop = sender.watch(look);
    look();
  });
}

export function memoryStorage(): KeyValueStore {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
