/** The JSON of sending to a collector. Times are milliseconds since the Unix epoch. */

export type Phase = 'no_consent' | 'not_enrolled' | 'idle' | 'sending' | 'waiting' | 'paused' | 'update_needed' | 'metered';
export type Places = 'off' | 'coarse' | 'exact';
export type WithdrawScope = 'all' | 'embeddings' | 'crops' | 'file_names' | 'places';

/** What goes with the answers. */
export interface Sharing {
  readonly embeddings: boolean;
  readonly crops: boolean;
  readonly fileNames: boolean;
  readonly places: Places;
}

/** recorded = accepted + waiting + rejected + dropped; the last two by code and by reason. */
export interface Accounts {
  readonly recorded: number;
  readonly accepted: number;
  readonly waiting: number;
  readonly inFlight: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface SyncState {
  readonly phase: Phase;
  readonly sentence: string;
  readonly advice: string;
  readonly accounts: Accounts;
  readonly consent: { readonly given: boolean; readonly givenAt: number; readonly sharing: Sharing };
  readonly enrolment: { readonly url: string; readonly name: string; readonly enrolledAt: number; readonly keptIn: 'keyring' | 'file' } | null;
  readonly contact: { readonly lastMs: number | null; readonly bytesPerS: number | null };
  readonly nextTryInS: number | null;
  /** What was taken back and the collector has not heard yet. */
  readonly withdrawing: readonly WithdrawScope[];
  readonly erasing: number;
  /** Where this device is with a model of the team's, in words; empty without one. */
  readonly release: string;
  readonly labels: string | null;
  /** Of two states of one `run` the one with the greater `number` is the newer. */
  readonly run: string;
  readonly number: number;
}

/** The next batch exactly as it goes; `records` of it are shown of `waiting`. */
export interface Preview {
  readonly address: string;
  readonly records: number;
  readonly waiting: number;
  readonly bytes: number;
  readonly body: object;
}

/** A record that the collector refuses. */
export interface RejectedRecord {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly recordedAt: number;
  readonly attempts: number;
  readonly code: string;
  readonly sentence: string;
}

export interface RejectedPage {
  readonly records: readonly RejectedRecord[];
  readonly next: number | null;
}

type Send = <T>(path: string, body?: object) => Promise<T>;
type Remove = <T>(path: string) => Promise<T>;

/** The routes under /api/sync. */
export class SyncApi {
  readonly #send: Send;
  readonly #remove: Remove;

  constructor(send: Send, remove: Remove) {
    this.#send = send;
    this.#remove = remove;
  }

  state(): Promise<SyncState> {
    return this.#send('/api/sync');
  }

  async preview(sharing: Sharing, most: number): Promise<Preview | null> {
    const asked = new URLSearchParams(Object.entries({ ...sharing, most }).map(([name, value]) => [name, String(value)]));
    return (await this.#send<{ preview: Preview | null }>(`/api/sync/preview?${asked.toString()}`)).preview;
  }

  agree(sharing: Sharing): Promise<SyncState> {
    return this.#send('/api/sync/consent', { sharing });
  }

  withdraw(scope: WithdrawScope): Promise<SyncState> {
    return this.#send('/api/sync/withdraw', { scope });
  }

  enrol(url: string, code: string): Promise<SyncState> {
    return this.#send('/api/sync/enrol', { url, code });
  }

  leave(anyway: boolean): Promise<SyncState> {
    return this.#remove(`/api/sync/enrolment?anyway=${anyway}`);
  }

  act(what: 'now' | 'pause' | 'resume'): Promise<SyncState> {
    return this.#send(`/api/sync/${what}`, {});
  }

  rejected(after: number): Promise<RejectedPage> {
    return this.#send(`/api/sync/rejected?after=${after}`);
  }

  decide(what: 'again' | 'discard', seqs: readonly number[]): Promise<{ count: number }> {
    return this.#send(`/api/sync/rejected/${what}`, { seqs });
  }
}

/** The whole list with the records, to be saved. */
export const REJECTED_EXPORT = '/api/sync/rejected/export';
