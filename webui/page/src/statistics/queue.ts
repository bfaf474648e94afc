import { uuidv7 } from 'uuidv7';
import type { Clock } from '../base/clock';
import type { Fetch } from '../api/client';
import { IndexedDbOutbox } from './indexed_db_outbox';
import { LightLedger, type KeyValueStore } from './light_ledger';
import type { Outbox, WaitingRow } from './outbox';
import type { DeviceInfo, HeavyParts, LightRecord } from './records';
import { ResilientOutbox } from './resilient_outbox';
import { Sender } from './sender';
import { SessionLocks, type Locks } from './session_locks';

export interface QueueParts {
  readonly outbox: Outbox;
  readonly fetcher: Fetch;
  readonly clock: Clock;
  readonly storage: KeyValueStore | null;
  readonly locks: Locks | null;
}

/** Opens this browser's outbox; goes on in memory where the browser refuses storage. */
export async function openOutbox(): Promise<Outbox> {
  return new ResilientOutbox(await IndexedDbOutbox.open().catch(() => null));
}

/** The page's memory on its way to the server: first written down here, then sent, then let go. */
export class StatisticsQueue {
  readonly sessionId = uuidv7();
  readonly sender: Sender;
  /** What the browser tells of the machine; goes with every batch once it is known. */
  device: DeviceInfo | null = null;
  readonly #outbox: Outbox;
  readonly #clock: Clock;

  constructor({ outbox, fetcher, clock, storage, locks }: QueueParts) {
    this.#outbox = outbox;
    this.#clock = clock;
    this.sender = new Sender({
      sessionId: this.sessionId,
      outbox,
      fetcher,
      clock,
      ledger: new LightLedger(storage),
      locks: new SessionLocks(locks),
    });
  }

  /** False where records live in the page's memory alone. */
  get lasting(): boolean {
    return this.#outbox.lasting;
  }

  /** Writes a record down and has it sent in time; `urgent` sends at once. Resolves when it is written down. */
  async record(record: LightRecord, heavy: HeavyParts | null, urgent: boolean): Promise<void> {
    const { sessionId, device } = this;
    const row: WaitingRow = { id: record.id, sessionId, device, addedAt: this.#clock.now(), record, heavy };
    await this.#outbox.add([row]);
    this.sender.added([row], urgent);
  }

  /** Everything that the server has not yet taken, of this and of earlier sessions. */
  unsent(): Promise<WaitingRow[]> {
    return this.#outbox.all();
  }

  /** Lets go of what was erased before it was sent. */
  letGo(fits: (row: WaitingRow) => boolean): Promise<void> {
    return this.sender.letGo(fits);
  }

  parked(): ReturnType<Outbox['parked']> {
    return this.#outbox.parked();
  }
}

/** localStorage, or null where the browser refuses even to name it. */
export function pageStorage(): KeyValueStore | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

/** Flushes on hide and close, and sends again when the network or the user comes back. */
export function flushWithPage(sender: Sender, page: Document, view: Window): void {
  page.addEventListener('visibilitychange', () => {
    if (page.visibilityState === 'hidden') sender.flushOnHide();
    else if (sender.waiting > 0) void sender.sendNow();
  });
  view.addEventListener('pagehide', () => sender.flushOnHide());
  view.addEventListener('online', () => void sender.sendNow());
}
