/** Sending as people read it. */

import type { Accounts, Sharing, SyncState, WithdrawScope } from '../api/sync';
import { momentWords } from '../base/moments';
import { megabytes, plural } from '../ui/words';

const REASONS: Readonly<Record<string, string>> = {
  erased: 'erased here before they were sent',
  retention: 'removed here for their age or size before they were sent',
  size: 'too many waited; they stay here',
  age: 'waited for over 90 days; they stay here',
  damaged: 'lost when the memory was damaged',
  discarded: 'let go by you; they stay here',
};
const CODES: Readonly<Record<string, string>> = {
  malformed: 'the collector cannot read them',
  oversize: 'larger than the collector takes',
  conflict: 'the collector has others under the same numbers',
  erased: 'about something that was taken back or erased at the collector',
};
const PARTS: Readonly<Record<WithdrawScope, string>> = {
  all: 'everything',
  embeddings: 'the numbers of pictures',
  crops: 'the squares',
  file_names: 'file names',
  places: 'places',
};

export function reasonWords(reason: string): string {
  return REASONS[reason] ?? reason;
}

export function codeWords(code: string): string {
  return CODES[code] ?? `refused (${code})`;
}

export function partWords(scope: WithdrawScope): string {
  return PARTS[scope];
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** "812 recorded = 800 accepted + 9 waiting + 1 rejected + 2 dropped". */
export function equationWords({ recorded, accepted, waiting, rejected, dropped }: Accounts): string {
  const parts = [
    [accepted, 'accepted'],
    [waiting, 'waiting'],
    [total(rejected), 'rejected'],
    [total(dropped), 'dropped'],
  ] as const;
  const sum = parts.map(([count, name]) => `${count.toLocaleString('en')} ${name}`).join(' + ');
  return `${recorded.toLocaleString('en')} recorded = ${sum}`;
}

/** "in 12 s", "in 4 min". */
export function soonWords(seconds: number): string {
  if (seconds < 90) return `in ${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `in ${Math.round(seconds / 60)} min` : `in ${Math.round(seconds / 3600)} h`;
}

/** "81 KB/s". */
export function speedWords(bytesPerS: number): string {
  return bytesPerS < 1_000_000 ? `${Math.max(1, Math.round(bytesPerS / 1000)).toLocaleString('en')} KB/s` : `${megabytes(bytesPerS)}/s`;
}

/** What is known of the collector, row by row. */
export function contactRows({ enrolment, contact, nextTryInS, phase }: SyncState): [what: string, is: string][] {
  if (!enrolment) return [];
  const key = enrolment.keptIn === 'keyring' ? "in the system's keyring" : 'in a file that only you can read';
  return [
    ['Collector', enrolment.url],
    ['This device is called', enrolment.name],
    ['Its key is', key],
    ['Last contact', contact.lastMs === null ? 'none since Whimbrel started' : momentWords(contact.lastMs)],
    ...(nextTryInS === null ? [] : [[phase === 'idle' ? 'Compares again' : 'Tries again', soonWords(nextTryInS)] as [string, string]]),
    ...(contact.bytesPerS === null ? [] : [['Link', speedWords(contact.bytesPerS)] as [string, string]]),
  ];
}

/** "The next 3 of 812, exactly as they would go". */
export function previewWords(records: number, waiting: number): string {
  return `The next ${records === waiting ? plural(records, 'record', 'records') : `${records} of ${waiting.toLocaleString('en')}`}, exactly as they would go`;
}

/** What of `before` is not in `now`: to be erased at the collector, if the user wants that. */
export function takenBack(before: Sharing, now: Sharing): WithdrawScope[] {
  return [
    ...(before.embeddings && !now.embeddings ? (['embeddings'] as const) : []),
    ...(before.crops && !now.crops ? (['crops'] as const) : []),
    ...(before.fileNames && !now.fileNames ? (['file_names'] as const) : []),
    ...(before.places !== 'off' && now.places === 'off' ? (['places'] as const) : []),
  ];
}

export function sameSharing(a: Sharing, b: Sharing): boolean {
  return a.embeddings === b.embeddings && a.crops === b.crops && a.fileNames === b.fileNames && a.places === b.places;
}
