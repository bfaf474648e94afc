import { uuidv7 } from 'uuidv7';
import { waitingEntry, type PictureEntry } from '../../src/app/picture_entry';

let time = 1_760_000_000_000;

/** A recognised picture, later than all before it. */
export function doneEntry(changes: Partial<PictureEntry> = {}): PictureEntry {
  const given = { id: uuidv7(), fileName: 'heron.jpg', path: null, source: 'file', blob: null } as const;
  const predictions = [{ className: 'heron', probability: 0.9, rank: 1 }];
  const answer = { predictions, inferenceTime: 34, totalTime: 48, backend: 'wasm', modelVersion: 'starter' };
  time += 1;
  return { ...waitingEntry({ ...given, at: time }), state: 'done', answer, ...changes };
}
