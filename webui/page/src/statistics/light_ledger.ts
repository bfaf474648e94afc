/** The part of Web Storage that the ledger needs. */
export type KeyValueStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const KEY = 'whimbrel.sent-light';

/**
 * Remembers, before a flush on hide, which records go ahead without their heavy parts.
 *
 * The page may be gone before the server's answer. The same id with other content is a conflict, so from then on
 * such a record is only ever sent in its light form. localStorage is the one storage that is written synchronously.
 */
export class LightLedger {
  readonly #store: KeyValueStore | null;
  readonly #ids: Set<string>;

  constructor(store: KeyValueStore | null) {
    this.#store = store;
    this.#ids = new Set(read(store));
  }

  /** False where nothing could be written down: then nothing may go ahead. */
  add(ids: readonly string[]): boolean {
    for (const id of ids) this.#ids.add(id);
    return this.#write();
  }

  has(id: string): boolean {
    return this.#ids.has(id) || read(this.#store).includes(id);
  }

  forget(ids: readonly string[]): void {
    const known = ids.filter((id) => this.#ids.delete(id));
    if (known.length > 0) this.#write(known);
  }

  /** Other tabs write here too: what they added since stays. */
  #write(gone: readonly string[] = []): boolean {
    try {
      const all = new Set([...read(this.#store), ...this.#ids]);
      for (const id of gone) all.delete(id);
      if (all.size === 0) this.#store?.removeItem(KEY);
      else this.#store?.setItem(KEY, JSON.stringify([...all]));
      return this.#store !== null;
    } catch {
      return false;
    }
  }
}

function read(store: KeyValueStore | null): string[] {
  try {
    const found: unknown = JSON.parse(store?.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? found.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
