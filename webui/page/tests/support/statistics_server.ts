import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fetch } from '../../src/api/client';
import type { BatchBody, WireRecord } from '../../src/statistics/records';

export type Behaviour = 'well' | 'hang-up' | 'take-and-hang-up' | 'login-page' | 'miscount' | 'disk-full';

/** A small real HTTP server that takes records as the local server does: by id, once, refusing other content. */
export class StatisticsServer {
  behaviour: Behaviour = 'well';
  readonly records = new Map<string, WireRecord>();
  readonly batches: BatchBody[] = [];
  readonly conflicts: string[] = [];
  /** Ids that spoil their whole batch (422). */
  readonly poison = new Set<string>();
  /** Ids that are refused alone. */
  readonly refused = new Set<string>();
  /** Ids of what was erased before it came. */
  readonly erased = new Set<string>();
  /** A body with more records than this is answered 413. */
  mostRecords = Infinity;
  readonly #server: Server;
  #address = '';

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async start(): Promise<this> {
    await new Promise<void>((ready) => this.#server.listen(0, '127.0.0.1', ready));
    this.#address = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  /** The page's `fetch` on this server's address, without the browser's keepalive, which Node does not have. */
  readonly fetcher: Fetch = (path, init) => {
    const { keepalive, ...rest } = init ?? {};
    this.keepalives.push(keepalive ? String(rest.body).length : 0);
    this.#tell();
    return fetch(this.#address + path, rest);
  };

  /** The bytes of each request that outlives its page; 0 for the others. */
  readonly keepalives: number[] = [];
  readonly #watchers = new Set<() => void>();

  /** Resolves with the first request that the page starts. */
  asked(): Promise<void> {
    return this.#until(() => this.keepalives.length > 0);
  }

  /** Resolves when so many records have been taken. */
  heard(records: number): Promise<void> {
    return this.#until(() => this.records.size >= records);
  }

  #until(fits: () => boolean): Promise<void> {
    return new Promise((done) => {
      const look = (): void => {
        if (!fits()) return;
        this.#watchers.delete(look);
        done();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  of(kind: WireRecord['kind']): WireRecord[] {
    return [...this.records.values()].filter((record) => record.kind === kind);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const batch = JSON.parse(Buffer.concat(parts).toString()) as BatchBody;
    if (this.behaviour === 'hang-up') return void request.socket.destroy();
    const [status, body] = this.#take(batch);
    if (this.behaviour === 'take-and-hang-up') return void request.socket.destroy();
    const text = this.behaviour === 'login-page' ? '<!doctype html>Please sign in' : JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
  }

  #take(batch: BatchBody): [number, unknown] {
    if (this.behaviour === 'login-page') return [200, null];
    if (this.behaviour === 'disk-full') return [507, { title: 'Disk full', detail: 'The disk is full.' }];
    if (batch.statistics.length > this.mostRecords) return [413, { title: 'Too large' }];
    if (batch.statistics.some(({ id }) => this.poison.has(id))) return [422, { title: 'Bad', detail: 'A bad field.' }];
    this.batches.push(batch);
    const result = this.#store(batch);
    const nothingTaken = batch.statistics.length > 0 && batch.statistics.every(({ id }) => this.refused.has(id));
    return nothingTaken ? [422, { ...result, title: 'Bad', detail: 'No record can be read.' }] : [200, result];
  }

  #store(batch: BatchBody): object {
    const result = { accepted: 0, duplicate: 0, rejected: [] as unknown[] };
    batch.statistics.forEach((record, index) => {
      const no = (code: string): unknown => result.rejected.push({ index, id: record.id, code, reason: `is ${code}` });
      const known = this.records.get(record.id);
      if (this.refused.has(record.id)) no('invalid');
      else if (this.erased.has(record.id)) no('erased');
      else if (known && digest(known) !== digest(record)) {
        this.conflicts.push(record.id);
        no('conflict');
      } else if (known) result.duplicate += 1;
      else {
        this.records.set(record.id, record);
        result.accepted += 1;
      }
    });
    this.#tell();
    return this.behaviour === 'miscount' ? { ...result, accepted: result.accepted + 1 } : result;
  }
}

function digest(record: WireRecord): string {
  return createHash('sha256').update(JSON.stringify(record)).digest('hex');
}
