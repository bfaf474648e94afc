/** The JSON of retention and erasure, as `webui/local/messages_retention.py` writes it. Times are ms, sizes bytes. */

export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

export interface Rule {
  readonly kind: string;
  readonly days: number | null;
  readonly daysSetting: string | null;
  readonly megabytes: number | null;
  readonly megabytesSetting: string | null;
}

/** What would go of one kind; `records` is the question for `#/history?…`. */
export interface Item extends Amount {
  readonly kind: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly records: string;
}

export interface Run {
  readonly number: number;
  readonly what: 'retention' | 'erasure';
  /** Whether the user wanted it; else it came by itself. */
  readonly asked: boolean;
  readonly state: 'working' | 'done';
  readonly gone: Readonly<Record<string, Amount>>;
  readonly backups: number;
  readonly damagedCopies: number;
  /** Backups that hold what was erased still: the memory is damaged, and they go with the next good backup. */
  readonly keptBackups: number;
  readonly startedAt: number;
  readonly told: boolean;
}

export interface Retention {
  readonly rules: readonly Rule[];
  readonly preview: { readonly token: string; readonly items: readonly Item[]; readonly bytes: number };
  readonly runs: readonly Run[];
  readonly clockProblem: string | null;
}

/** One of the three. */
export interface Scope {
  readonly pictureSha256?: string;
  readonly sessionId?: string;
  readonly everything?: boolean;
}

export interface ErasurePreview {
  readonly items: readonly Item[];
  readonly bytes: number;
  readonly backups: number;
  readonly backupBytes: number;
  readonly damagedCopies: number;
  readonly damagedBytes: number;
}

/** The event `erased`: nothing of this can be read any more. */
export interface Erased {
  readonly number: number;
  readonly pictureSha256: string | null;
  readonly sessionId: string | null;
  readonly everything: boolean;
}

type Send = <T>(path: string, body?: object) => Promise<T>;

/** The routes of retention and erasure. */
export class RetentionApi {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  look(): Promise<Retention> {
    return this.#send('/api/retention');
  }

  run(token: string): Promise<Run> {
    return this.#send('/api/retention/run', { token });
  }

  dateIsRight(): Promise<Retention> {
    return this.#send('/api/retention/date-is-right', {});
  }

  async told(number: number): Promise<void> {
    await this.#send('/api/retention/told', { number });
  }

  async erasePreview(scope: Scope): Promise<ErasurePreview> {
    return (await this.#send<{ preview: ErasurePreview }>('/api/erase', { ...scope, preview: true })).preview;
  }

  async erase(scope: Scope, damagedCopies: boolean): Promise<Run> {
    const confirmation = scope.everything ? { confirmation: CONFIRMATION } : {};
    return (await this.#send<{ run: Run }>('/api/erase', { ...scope, ...confirmation, damagedCopies })).run;
  }
}

/** What is typed before everything is erased. */
export const CONFIRMATION = 'erase everything';
