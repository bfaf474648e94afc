import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Outbox, ParkedRow, WaitingRow } from './outbox';

interface OutboxSchema extends DBSchema {
  waiting: { key: string; value: WaitingRow; indexes: { session: string } };
  parked: { key: string; value: ParkedRow };
}

/** Rows in IndexedDB: they outlive the page and the browser. */
export class IndexedDbOutbox implements Outbox {
  readonly lasting = true;
  readonly #database: IDBPDatabase<OutboxSchema>;

  private constructor(database: IDBPDatabase<OutboxSchema>) {
    this.#database = database;
  }

  /** Rejects where the browser refuses storage. */
  static async open(name = 'whimbrel-outbox'): Promise<IndexedDbOutbox> {
    const database = await openDB<OutboxSchema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore('waiting', { keyPath: 'id' }).createIndex('session', 'sessionId');
        fresh.createObjectStore('parked', { keyPath: 'id' });
      },
      // Another tab wants a newer schema: let go, the next access opens anew after a reload.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return new IndexedDbOutbox(database);
  }

  async add(rows: readonly WaitingRow[]): Promise<void> {
    await this.replace([], rows);
  }

  oldest(sessionId: string, limit: number): Promise<WaitingRow[]> {
    return this.#database.getAllFromIndex('waiting', 'session', IDBKeyRange.only(sessionId), limit);
  }

  async sessions(): Promise<string[]> {
    const found: string[] = [];
    const index = this.#database.transaction('waiting').store.index('session');
    let cursor = await index.openKeyCursor(null, 'nextunique');
    while (cursor) {
      found.push(cursor.key);
      cursor = await cursor.continue();
    }
    return found;
  }

  count(): Promise<number> {
    return this.#database.count('waiting');
  }

  all(): Promise<WaitingRow[]> {
    return this.#database.getAll('waiting');
  }

  async replace(gone: readonly string[], instead: readonly WaitingRow[]): Promise<void> {
    const step = this.#database.transaction('waiting', 'readwrite', { durability: 'strict' });
    const work = [...gone.map((id) => step.store.delete(id)), ...instead.map((row) => step.store.put(row))];
    await Promise.all([...work, step.done]);
  }

  async park(rows: readonly ParkedRow[]): Promise<void> {
    const step = this.#database.transaction(['waiting', 'parked'], 'readwrite', { durability: 'strict' });
    const waiting = step.objectStore('waiting');
    const parked = step.objectStore('parked');
    await Promise.all([...rows.flatMap((row) => [waiting.delete(row.id), parked.put(row)]), step.done]);
  }

  parked(): Promise<ParkedRow[]> {
    return this.#database.getAll('parked');
  }

  async dropParked(ids: readonly string[]): Promise<void> {
    const step = this.#database.transaction('parked', 'readwrite', { durability: 'strict' });
    await Promise.all([...ids.map((id) => step.store.delete(id)), step.done]);
  }

  async unpark(): Promise<void> {
    const step = this.#database.transaction(['waiting', 'parked'], 'readwrite');
    const rows = await step.objectStore('parked').getAll();
    const waiting = step.objectStore('waiting');
    await Promise.all([...rows.map(({ row }) => waiting.put(row)), step.objectStore('parked').clear(), step.done]);
  }
}
