import type { Outbox, ParkedRow, WaitingRow } from './outbox';

/** Rows in the page's memory, for browsers that refuse storage: gone with the page, so they are sent at once. */
export class MemoryOutbox implements Outbox {
  readonly lasting = false;
  readonly #waiting = new Map<string, WaitingRow>();
  readonly #parked = new Map<string, ParkedRow>();

  async add(rows: readonly WaitingRow[]): Promise<void> {
    await this.replace([], rows);
  }

  async oldest(sessionId: string, limit: number): Promise<WaitingRow[]> {
    return (await this.all()).filter((row) => row.sessionId === sessionId).slice(0, limit);
  }

  async sessions(): Promise<string[]> {
    return [...new Set([...this.#waiting.values()].map((row) => row.sessionId))];
  }

  async count(): Promise<number> {
    return this.#waiting.size;
  }

  async all(): Promise<WaitingRow[]> {
    return [...this.#waiting.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  async replace(gone: readonly string[], instead: readonly WaitingRow[]): Promise<void> {
    for (const id of gone) this.#waiting.delete(id);
    for (const row of instead) this.#waiting.set(row.id, row);
  }

  async park(rows: readonly ParkedRow[]): Promise<void> {
    for (const row of rows) {
      this.#waiting.delete(row.id);
      this.#parked.set(row.id, row);
    }
  }

  async parked(): Promise<ParkedRow[]> {
    return [...this.#parked.values()];
  }

  async dropParked(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#parked.delete(id);
  }

  async unpark(): Promise<void> {
    await this.replace([], [...this.#parked.values()].map(({ row }) => row));
    this.#parked.clear();
  }
}
