import { MemoryOutbox } from './memory_outbox';
import type { Outbox, ParkedRow, WaitingRow } from './outbox';

/** An outbox that goes on in memory where the browser's storage refuses a row (full, private, switched off). */
export class ResilientOutbox implements Outbox {
  readonly #kept: Outbox | null;
  readonly #memory = new MemoryOutbox();
  #refused: boolean;

  /** `kept` is null where storage could not be opened at all. */
  constructor(kept: Outbox | null) {
    this.#kept = kept;
    this.#refused = kept === null;
  }

  get lasting(): boolean {
    return !this.#refused;
  }

  async add(rows: readonly WaitingRow[]): Promise<void> {
    try {
      if (!this.#kept) throw new Error('no storage');
      await this.#kept.add(rows);
      this.#refused = false;
    } catch {
      this.#refused = true;
      await this.#memory.add(rows);
    }
  }

  async oldest(sessionId: string, limit: number): Promise<WaitingRow[]> {
    const inMemory = await this.#memory.oldest(sessionId, limit);
    const kept = await this.#read((outbox) => outbox.oldest(sessionId, limit), []);
    return [...kept, ...inMemory].slice(0, limit);
  }

  async sessions(): Promise<string[]> {
    const kept = await this.#read((outbox) => outbox.sessions(), []);
    return [...new Set([...kept, ...(await this.#memory.sessions())])];
  }

  async count(): Promise<number> {
    return (await this.#memory.count()) + (await this.#read((outbox) => outbox.count(), 0));
  }

  async all(): Promise<WaitingRow[]> {
    return [...(await this.#read((outbox) => outbox.all(), [])), ...(await this.#memory.all())];
  }

  async replace(gone: readonly string[], instead: readonly WaitingRow[]): Promise<void> {
    await this.#memory.replace(gone, []);
    try {
      if (!this.#kept) throw new Error('no storage');
      await this.#kept.replace(gone, instead);
    } catch {
      // Deleting works where putting does not.
      await this.#kept?.replace(gone, []);
      await this.#memory.add(instead);
    }
  }

  async park(rows: readonly ParkedRow[]): Promise<void> {
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    try {
      if (!this.#kept) throw new Error('no storage');
      await this.#kept.park(rows);
    } catch {
      await this.#kept?.replace(ids, []);
      await this.#memory.park(rows);
    }
    await this.#memory.replace(ids, []);
  }

  async parked(): Promise<ParkedRow[]> {
    return [...(await this.#read((outbox) => outbox.parked(), [])), ...(await this.#memory.parked())];
  }

  async dropParked(ids: readonly string[]): Promise<void> {
    await this.#kept?.dropParked(ids);
    await this.#memory.dropParked(ids);
  }

  async unpark(): Promise<void> {
    await this.#kept?.unpark();
    await this.#memory.unpark();
  }

  /** Reading must not stop what is in memory from being sent. */
  async #read<T>(reading: (outbox: Outbox) => Promise<T>, otherwise: T): Promise<T> {
    return this.#kept ? reading(this.#kept).catch(() => otherwise) : otherwise;
  }
}
