import type { Locks } from '../../src/statistics/session_locks';

/** The browser's lock manager in one process: as many tabs as a test opens. */
export class LockManager implements Locks {
  readonly #held = new Set<string>();

  async request(
    name: string,
    options: { readonly ifAvailable?: boolean },
    work: (lock: unknown) => Promise<void>,
  ): Promise<void> {
    if (this.#held.has(name)) {
      if (options.ifAvailable) return work(null);
      throw new Error(`${name} is held; waiting is not needed here`);
    }
    this.#held.add(name);
    try {
      await work({ name });
    } finally {
      this.#held.delete(name);
    }
  }

  async query(): Promise<{ held: { name: string }[] }> {
    return { held: [...this.#held].map((name) => ({ name })) };
  }

  /** What the browser does when a tab is gone. */
  closeTab(sessionId: string): void {
    this.#held.delete(`whimbrel-session-${sessionId}`);
  }
}
