import type { Clock } from '../base/clock';
import type { Locks } from '../statistics/session_locks';

/** `records`: something was kept or erased. `versions`: something of a model's version changed. */
export type NewsKind = 'model' | 'memory' | 'settings' | 'job' | 'records' | 'queue' | 'upkeep' | 'erased' | 'training' | 'versions' | 'sync' | 'away' | 'back';
type Listener = (data: unknown) => void;

const KINDS = ['model', 'memory', 'settings', 'job', 'records', 'queue', 'upkeep', 'erased', 'training', 'versions', 'sync'] as const;
const AGAIN_MS = 5_000;
const CLOSED = 2;

/** The part of EventSource that is used. */
export interface NewsStream {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/** The part of BroadcastChannel that is used. */
export interface NewsChannel {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
}

export interface NewsParts {
  readonly locks: Locks | null;
  readonly channel: NewsChannel | null;
  readonly connect: () => NewsStream;
  readonly clock: Clock;
}

/**
 * What the server tells by itself. One page of a browser holds the connection and passes the news on; when it is
 * closed another takes over. `away` says that the server does not answer, `back` that it answers again.
 */
export class News {
  readonly #parts: NewsParts;
  readonly #listeners = new Map<NewsKind, Listener[]>();
  #wasAway = false;

  constructor(parts: NewsParts) {
    this.#parts = parts;
    const { channel } = parts;
    if (channel) channel.onmessage = ({ data }) => this.#heard(data);
  }

  /** Tells `listener` until the returned function is called. */
  on(kind: NewsKind, listener: Listener): () => void {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener]);
    return () => this.#listeners.set(kind, (this.#listeners.get(kind) ?? []).filter((one) => one !== listener));
  }

  /** Waits for its turn to hold the connection; never comes back. */
  start(): void {
    const { locks } = this.#parts;
    if (!locks) return this.#connect();
    const forever = new Promise<void>(() => undefined);
    locks
      .request('whimbrel-news', {}, () => {
        this.#connect();
        return forever;
      })
      .catch(() => this.#connect());
  }

  #connect(): void {
    const stream = this.#parts.connect();
    stream.addEventListener('open', () => this.#opened());
    stream.addEventListener('error', () => this.#broke(stream));
    for (const kind of KINDS) {
      stream.addEventListener(kind, (event) => {
        this.#tell({ kind, data: parsed((event as MessageEvent<string>).data) });
      });
    }
  }

  #opened(): void {
    if (this.#wasAway) this.#tell({ kind: 'back', data: null });
    this.#wasAway = false;
  }

  /** A browser reconnects by itself after a broken connection, not after a refusal. */
  #broke(stream: NewsStream): void {
    const refused = stream.readyState === CLOSED;
    if (refused) this.#parts.clock.after(AGAIN_MS, () => this.#connect());
    else if (!this.#wasAway) this.#tell({ kind: 'away', data: null });
    this.#wasAway = true;
  }

  #tell(message: { kind: NewsKind; data: unknown }): void {
    this.#parts.channel?.postMessage(message);
    this.#heard(message);
  }

  #heard(message: unknown): void {
    const { kind, data } = message as { kind: NewsKind; data: unknown };
    for (const listener of this.#listeners.get(kind) ?? []) listener(data);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
