import { problemOf, type Fetch } from '../api/client';
import type { Clock } from '../base/clock';
import { Observable } from '../base/observable';

export type Way = 'restore' | 'salvage' | 'fresh';

export interface Words {
  readonly sentence: string;
  readonly advice: string;
}

/** What `GET /api/recovery` answers; `madeAt` is in milliseconds since the epoch, `progress` 0..1 or null. */
export interface RecoveryState {
  readonly phase: 'choose' | 'working' | 'done';
  readonly happened: Words;
  readonly looking: boolean;
  readonly backup: { readonly name: string; readonly madeAt: number; readonly records: number; readonly missing: string } | null;
  readonly way: Way | null;
  readonly progress: number | null;
  readonly failure: Words | null;
  readonly outcome: string;
}

export interface DeskParts {
  readonly fetcher: Fetch;
  readonly clock: Clock;
  /** Goes to the page itself: there is a memory again. */
  readonly leave: () => void;
}

const LOOK_MS = 400;
const ADDRESS = '/api/recovery';
const AWAY: Words = { sentence: "Whimbrel's server is not answering.", advice: 'Start Whimbrel again; this page goes on by itself.' };

/** What the server says of the recovery, asked again and again; it leaves when the recovery is over. */
export class Desk extends Observable {
  state: RecoveryState | null = null;
  trouble: Words | null = null;
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    super();
    this.#parts = parts;
  }

  async follow(): Promise<void> {
    await this.#ask(ADDRESS);
    this.#parts.clock.after(LOOK_MS, () => void this.follow());
  }

  choose(way: Way): Promise<void> {
    return this.#ask(ADDRESS, { way });
  }

  cancel(): Promise<void> {
    return this.#ask(`${ADDRESS}/cancel`, {});
  }

  open(): Promise<void> {
    return this.#ask(`${ADDRESS}/open`, {});
  }

  async #ask(address: string, body?: object): Promise<void> {
    const headers = { 'Content-Type': 'application/json' };
    const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : undefined;
    try {
      const response = await this.#parts.fetcher(address, init);
      if (response.status === 404) return this.#parts.leave();
      if (response.ok) this.state = (await response.json()) as RecoveryState;
      this.trouble = response.ok ? null : { sentence: (await problemOf(response)).message, advice: '' };
    } catch {
      this.trouble = AWAY;
    }
    this.changed();
  }
}
