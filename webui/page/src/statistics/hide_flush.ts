import type { Fetch } from '../api/client';
import { KEEPALIVE_LIMIT, lightBody } from './batches';
import type { LightLedger } from './light_ledger';
import type { Outbox, WaitingRow } from './outbox';
import { bodyText, postBatch, type Outcome } from './post';

export interface HideFlushParts {
  readonly sessionId: string;
  readonly outbox: Outbox;
  readonly fetcher: Fetch;
  readonly ledger: LightLedger;
}

type Settle = (rows: readonly WaitingRow[], outcome: Outcome & { kind: 'accounted' }) => Promise<void>;

/** More records than ever fit into 60 KB. */
const REMEMBERED = 200;

/**
 * The flush on hide and close. Everything that it needs is in memory, because nothing asynchronous is sure to run
 * any more; the records go without heavy parts and stay in the outbox until an answer is seen, now or next time.
 */
export class HideFlush {
  /** Ids that a request is carrying at this moment, of whichever kind. */
  readonly inFlight = new Set<string>();
  readonly #parts: HideFlushParts;
  readonly #settle: Settle;
  readonly #waiting = new Map<string, WaitingRow>();
  #bytesInFlight = 0;

  constructor(parts: HideFlushParts, settle: Settle) {
    this.#parts = parts;
    this.#settle = settle;
  }

  remember(rows: readonly WaitingRow[]): void {
    for (const row of rows) {
      if (this.#waiting.size < REMEMBERED) this.#waiting.set(row.id, { ...row, heavy: null });
    }
  }

  forget(rows: readonly WaitingRow[]): void {
    for (const { id } of rows) this.#waiting.delete(id);
  }

  sendingNormally(rows: readonly WaitingRow[]): void {
    for (const { id } of rows) this.inFlight.add(id);
  }

  sentNormally(rows: readonly WaitingRow[]): void {
    for (const { id } of rows) this.inFlight.delete(id);
  }

  /** Starts the request before it returns. */
  send(): void {
    const { rows, body, bytes } = this.#whatFits();
    if (rows.length === 0 || !this.#parts.ledger.add(rows.map(({ id }) => id))) return;
    this.sendingNormally(rows);
    this.#bytesInFlight += bytes;
    const request = postBatch(this.#parts.fetcher, body, rows.length, true);
    void request.then((outcome) => this.#answered(rows, bytes, outcome));
  }

  #whatFits(): { rows: WaitingRow[]; body: string; bytes: number } {
    const rows = [...this.#waiting.values()].filter(({ id }) => !this.inFlight.has(id));
    const room = KEEPALIVE_LIMIT - this.#bytesInFlight;
    for (;;) {
      const body = rows.length > 0 ? bodyText(lightBody(rows)) : '';
      const bytes = new TextEncoder().encode(body).length;
      if (bytes <= room) return { rows, body, bytes };
      rows.length = Math.min(rows.length - 1, Math.floor((rows.length * room) / bytes));
    }
  }

  async #answered(rows: readonly WaitingRow[], bytes: number, outcome: Outcome): Promise<void> {
    this.#bytesInFlight -= bytes;
    if (outcome.kind === 'accounted') {
      const { outbox, sessionId } = this.#parts;
      const kept = await outbox.oldest(sessionId, REMEMBERED + rows.length);
      const whole = new Map(kept.map((row) => [row.id, row]));
      await this.#settle(rows.map((row) => whole.get(row.id) ?? row), outcome);
    }
    this.sentNormally(rows);
  }
}
