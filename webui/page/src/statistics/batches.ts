import { uuidv7 } from 'uuidv7';
import type { AttachmentStub, WaitingRow } from './outbox';
import type { BatchBody, HeavyParts, WireRecord } from './records';

/** The largest body that is sent; the server takes 8 MiB. */
export const BODY_LIMIT = 4 * 1024 * 1024;

/** `fetch(keepalive)` takes 64 KiB in all; Chromium counts headers too. */
export const KEEPALIVE_LIMIT = 60_000;

/** The record as it goes over the wire, heavy parts and all. */
export function fullRecord(row: WaitingRow): WireRecord {
  if (row.record.kind === 'attachment') {
    return { ...row.record, ...(row.heavy ?? { embedding: null, thumbnail: null, crop: null }) };
  }
  return row.record.kind === 'inference' ? { ...row.record, ...row.heavy } : row.record;
}

/** A body of full records. All rows are of one session. */
export function fullBody(rows: readonly WaitingRow[]): BatchBody {
  return bodyOf(rows, rows.map(fullRecord));
}

/** A body without embeddings and pictures. All rows are of one session and none is an attachment. */
export function lightBody(rows: readonly WaitingRow[]): BatchBody {
  return bodyOf(rows, rows.map((row) => row.record as WireRecord));
}

function bodyOf(rows: readonly WaitingRow[], statistics: readonly WireRecord[]): BatchBody {
  const [first] = rows;
  if (!first) throw new RangeError('A batch has at least one record');
  return { sessionId: first.sessionId, deviceInfo: rows.find(({ device }) => device)?.device ?? null, statistics };
}

/** The first rows that fit together into `limit` characters (at least one). */
export function fitting(rows: readonly WaitingRow[], limit: number): WaitingRow[] {
  let room = limit;
  const fit: WaitingRow[] = [];
  for (const row of rows) {
    room -= roughSize(row);
    if (fit.length > 0 && room < 0) break;
    fit.push(row);
  }
  return fit;
}

function roughSize({ heavy }: WaitingRow): number {
  const parts: (keyof HeavyParts)[] = ['embedding', 'thumbnail', 'crop'];
  return 2048 + parts.reduce((sum, part) => sum + (heavy?.[part]?.length ?? 0), 0);
}

/** What is left to send of rows whose light part the server has: one attachment each, where there is anything. */
export function attachmentsOf(rows: readonly WaitingRow[], now: number): WaitingRow[] {
  return rows.filter(hasHeavyParts).map((row) => {
    const record: AttachmentStub = { kind: 'attachment', id: uuidv7(), timestamp: now, inferenceId: row.id };
    return { ...row, id: record.id, record };
  });
}

function hasHeavyParts({ heavy, record }: WaitingRow): boolean {
  if (record.kind === 'attachment' || heavy === null) return false;
  return [heavy.embedding, heavy.thumbnail, heavy.crop].some((part) => part !== null);
}
