import type { Erased } from '../api/retention';
import type { WaitingRow } from '../statistics/outbox';
import type { PictureEntry } from './picture_entry';
import type { PictureList } from './picture_list';

interface Rows {
  unsent(): Promise<readonly WaitingRow[]>;
  letGo(fits: (row: WaitingRow) => boolean): Promise<void>;
}

/** Lets go of what was erased: pictures in the strip, and records that wait to be sent or were refused. */
export async function letGo(
  erased: Erased,
  pictures: PictureList,
  queue: Rows,
  sessionId: string,
): Promise<void> {
  const gone = pictures.entries.filter((entry) => isErased(entry, erased, sessionId));
  const ids = new Set(gone.map(({ id }) => id));
  const rows = await queue.unsent().catch(() => []);
  for (const row of rows) if (isAbout(row, erased, ids)) ids.add(row.id);
  await queue.letGo((row) => isAbout(row, erased, ids) || speaksOf(row, ids));
  pictures.remove(gone);
}

function isErased(entry: PictureEntry, erased: Erased, sessionId: string): boolean {
  if (erased.everything) return entry.state === 'done' || entry.state === 'failed';
  if (erased.pictureSha256 !== null) return entry.sha256 === erased.pictureSha256;
  return erased.sessionId === sessionId && (entry.blob !== null || (entry.address !== null && entry.answer !== null));
}

function isAbout(row: WaitingRow, erased: Erased, ids: ReadonlySet<string>): boolean {
  if (erased.everything || ids.has(row.id)) return true;
  if (erased.sessionId !== null) return row.sessionId === erased.sessionId;
  const { record } = row;
  const picture = record.kind === 'inference' || record.kind === 'event' ? record.picture : null;
  return picture !== null && picture.sha256 === erased.pictureSha256;
}

function speaksOf({ record }: WaitingRow, ids: ReadonlySet<string>): boolean {
  return (record.kind === 'feedback' || record.kind === 'attachment') && ids.has(record.inferenceId);
}
