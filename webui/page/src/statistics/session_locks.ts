/** The part of the Web Locks API that sending needs. */
export interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean },
    work: (lock: unknown) => Promise<void>,
  ): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

const PREFIX = 'whimbrel-session-';

/**
 * Says whose records a tab may send: its own, and those of tabs that are gone.
 * Every open page holds a lock named after its session; only one page at a time looks after the abandoned ones.
 */
export class SessionLocks {
  readonly #locks: Locks | null;

  constructor(locks: Locks | null) {
    this.#locks = locks;
  }

  /** Holds this session's lock for as long as the page lives. */
  hold(sessionId: string): Promise<void> {
    const locks = this.#locks;
    if (!locks) return Promise.resolve();
    return new Promise((held) => {
      const forever = new Promise<void>(() => undefined);
      locks
        .request(PREFIX + sessionId, {}, () => {
          held();
          return forever;
        })
        .catch(() => held());
    });
  }

  /** Runs `work` with those of `sessions` that no open page holds; not at all while another page does so. */
  async adopt(sessions: readonly string[], work: (abandoned: readonly string[]) => Promise<void>): Promise<void> {
    const locks = this.#locks;
    if (!locks) return work(sessions);
    await locks.request('whimbrel-abandoned', { ifAvailable: true }, async (lock) => {
      if (lock === null) return;
      const held = new Set((await locks.query()).held?.map(({ name }) => name));
      await work(sessions.filter((session) => !held.has(PREFIX + session)));
    });
  }
}
