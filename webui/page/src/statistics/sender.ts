import type { Fetch } from '../api/client';
import type { Clock } from '../base/clock';
import { Observable } from '../base/observable';
import { attachmentsOf, BODY_LIMIT, fitting, fullBody } from './batches';
import { HideFlush } from './hide_flush';
import type { LightLedger } from './light_ledger';
import type { Outbox, WaitingRow } from './outbox';
import { bodyText, postBatch, type Outcome } from './post';
import type { Rejection } from './records';
import type { SessionLocks } from './session_locks';

export const BATCH_RECORDS = 25;
export const BATCH_MS = 20_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
/** The server's word for a record of something that the user has erased: it is let go, not kept. */
const ERASED = 'erased';

export interface SenderParts {
  readonly sessionId: string;
  readonly outbox: Outbox;
  readonly fetcher: Fetch;
  readonly clock: Clock;
  readonly ledger: LightLedger;
  readonly locks: SessionLocks;
}

/**
 * Sends what waits in the outbox: 25 records or 20 seconds, whichever comes first; at once when asked.
 * A record leaves the outbox only after a 200 that accounts for it; a refused one is parked, the rest wait and are
 * tried again after 1 s, 2 s, … 30 s.
 */
export class Sender extends Observable {
  /** Why records wait although they were tried, for people; null while all is well. */
  trouble: string | null = null;
  waiting = 0;
  parked = 0;
  sending = false;
  readonly #parts: SenderParts;
  readonly #flush: HideFlush;
  #everything = false;
  #own = 0;
  #failures = 0;
  #cancelTimer: (() => void) | null = null;
  #cancelRetry: (() => void) | null = null;
  #running: Promise<void> | null = null;

  constructor(parts: SenderParts) {
    super();
    this.#parts = parts;
    this.#flush = new HideFlush(parts, (rows, outcome) => this.#settle(rows, outcome));
  }

  /** Takes up what earlier pages left behind. */
  async start(): Promise<void> {
    await this.#parts.locks.hold(this.#parts.sessionId);
    await this.#count();
    if (this.waiting > 0) await this.sendNow();
  }

  /** Tells that rows were put into the outbox. */
  added(rows: readonly WaitingRow[], urgent: boolean): void {
    this.#own += rows.length;
    this.waiting += rows.length;
    this.#flush.remember(rows);
    this.#everything ||= urgent || !this.#parts.outbox.lasting;
    this.#startTimer(BATCH_MS);
    if (this.#cancelRetry === null && (this.#everything || this.#own >= BATCH_RECORDS)) void this.#run();
    this.changed();
  }

  /** Sends everything that waits, without waiting for a retry's time. */
  sendNow(): Promise<void> {
    this.#everything = true;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    return this.#run();
  }

  /** For hide and close: sends what fits, light, in a way that outlives the page. */
  flushOnHide(): void {
    this.#flush.send();
  }

  /** Puts refused records back into the queue. */
  async retryParked(): Promise<void> {
    await this.#parts.outbox.unpark();
    await this.sendNow();
  }

  /** Lets go of rows that were erased, waiting or refused: they are never sent. */
  async letGo(fits: (row: WaitingRow) => boolean): Promise<void> {
    const { outbox, ledger } = this.#parts;
    const waiting = (await outbox.all()).filter(fits);
    const parked = (await outbox.parked()).filter(({ row }) => fits(row));
    await outbox.replace(waiting.map(({ id }) => id), []);
    await outbox.dropParked(parked.map(({ id }) => id));
    ledger.forget(waiting.map(({ id }) => id));
    this.#flush.forget(waiting);
    await this.#count();
  }

  #run(): Promise<void> {
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
      if (this.#everything && this.#cancelRetry === null) void this.#run();
    });
    return this.#running;
  }

  async #drain(): Promise<void> {
    const { outbox, locks, sessionId } = this.#parts;
    const everything = this.#everything;
    this.#everything = false;
    if (everything) this.#clearTimer();
    this.#setSending(true);
    try {
      const others = (await outbox.sessions()).filter((session) => session !== sessionId);
      if (everything && others.length > 0) {
        await locks.adopt(others, async (abandoned) => {
          for (const session of abandoned) await this.#sendSession(session, 1);
        });
      }
      await this.#sendSession(sessionId, everything ? 1 : BATCH_RECORDS);
      this.#recovered();
    } catch (problem) {
      this.#failed(problem);
    } finally {
      await this.#count();
      this.#setSending(false);
    }
    // What is left belongs to a page that is still open, or came meanwhile: look again in a while.
    if (everything && this.waiting > 0 && this.#cancelRetry === null) this.#startTimer(BATCH_MS);
  }

  /** Sends batches of one session while at least `least` rows wait. */
  async #sendSession(session: string, least: number): Promise<void> {
    for (;;) {
      const rows = await this.#rowsToSend(session);
      if (rows.length < least) return;
      await this.#sendRows(fitting(rows, BODY_LIMIT));
    }
  }

  async #rowsToSend(session: string): Promise<WaitingRow[]> {
    const busy = this.#flush.inFlight;
    const rows = await this.#parts.outbox.oldest(session, BATCH_RECORDS + busy.size);
    return rows.filter(({ id }) => !busy.has(id)).slice(0, BATCH_RECORDS);
  }

  /** Throws a Trouble where the rows have to wait; halves a batch that is too big or has a record that spoils it. */
  async #sendRows(rows: readonly WaitingRow[]): Promise<void> {
    const { fetcher, ledger } = this.#parts;
    const shaped = rows.map((row) => (ledger.has(row.id) ? { ...row, heavy: null } : row));
    this.#flush.sendingNormally(rows);
    const outcome = await postBatch(fetcher, bodyText(fullBody(shaped)), rows.length);
    this.#flush.sentNormally(rows);
    if (outcome.kind === 'too-large' || outcome.kind === 'malformed') return this.#halve(rows, outcome);
    if (outcome.kind !== 'accounted') throw new Trouble(outcome.sentence);
    await this.#settle(rows, outcome);
    this.#recovered();
  }

  async #halve(rows: readonly WaitingRow[], outcome: Outcome): Promise<void> {
    if (rows.length > 1) {
      const middle = rows.length >> 1;
      await this.#sendRows(rows.slice(0, middle));
      return this.#sendRows(rows.slice(middle));
    }
    const reason = outcome.kind === 'malformed' ? outcome.reason : 'It is too big to be taken.';
    return this.#settle(rows, { kind: 'accounted', rejected: [{ index: 0, id: null, code: outcome.kind, reason }] });
  }

  /** Lets go of what the server has, parks what it refused, and keeps the heavy parts of what went light. */
  async #settle(rows: readonly WaitingRow[], outcome: Outcome & { kind: 'accounted' }): Promise<void> {
    const { outbox, ledger, clock, sessionId } = this.#parts;
    const refused = new Map(outcome.rejected.map((rejection): [number, Rejection] => [rejection.index, rejection]));
    const erased = rows.filter((_, index) => refused.get(index)?.code === ERASED);
    const taken = rows.filter((_, index) => !refused.has(index));
    const light = taken.filter(({ id }) => ledger.has(id));
    await outbox.park(
      rows.flatMap((row, index) => {
        const no = refused.get(index);
        return no && no.code !== ERASED ? [{ id: row.id, row, code: no.code, reason: no.reason, parkedAt: clock.now() }] : [];
      }),
    );
    const rest = attachmentsOf(light, clock.now());
    await outbox.replace([...taken, ...erased].map(({ id }) => id), rest);
    ledger.forget([...light, ...erased].map(({ id }) => id));
    if (rows[0]?.sessionId === sessionId) this.#own = Math.max(0, this.#own - rows.length + rest.length);
    this.#flush.forget(rows);
    if (rest.length > 0) {
      this.#clearTimer();
      this.#startTimer(FIRST_RETRY_MS);
    }
    await this.#count();
  }

  #startTimer(ms: number): void {
    this.#cancelTimer ??= this.#parts.clock.after(ms, () => void this.sendNow());
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #recovered(): void {
    this.#failures = 0;
    this.trouble = null;
  }

  #failed(problem: unknown): void {
    this.trouble = problem instanceof Trouble ? problem.message : 'this browser could not read what it had kept';
    const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    const spread = wait * (0.75 + 0.25 * this.#parts.clock.random());
    this.#cancelRetry?.();
    this.#cancelRetry = this.#parts.clock.after(spread, () => void this.sendNow());
  }

  async #count(): Promise<void> {
    const { outbox } = this.#parts;
    this.waiting = await outbox.count().catch(() => this.waiting);
    this.parked = (await outbox.parked().catch(() => [])).length;
    this.changed();
  }

  #setSending(sending: boolean): void {
    this.sending = sending;
    this.changed();
  }
}

/** Records have to wait; the message says why. */
class Trouble extends Error {}
