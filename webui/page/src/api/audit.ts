/** The JSON of checking by chance. Times are milliseconds since the Unix epoch. */

/** A picture to be named; `id` is that of its answer, which is not told. */
export interface AuditPicture {
  readonly id: string;
  readonly sha256: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly timestamp: number;
}

export interface AuditQueue {
  /** The one that waits longest; null where none waits. */
  readonly picture: AuditPicture | null;
  readonly following: readonly AuditPicture[];
  /** How many wait in all. */
  readonly waiting: number;
}

type Send = <T>(path: string, body?: object) => Promise<T>;

/** The routes of pictures that are named without their answer in sight. */
export class AuditApi {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  next(): Promise<AuditQueue> {
    return this.#send('/api/audit/next');
  }

  /** A name needs no such word: that comes with the record of what was said. */
  async mark(id: string, state: 'skipped' | 'waiting'): Promise<void> {
    await this.#send(`/api/audit/${encodeURIComponent(id)}`, { state });
  }
}
