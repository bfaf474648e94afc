/** What is kept, removed and erased, as people read it. */

import type { Amount, ErasurePreview, Item, Rule, Run } from '../api/retention';
import { megabytes, plural } from './words';

const KINDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  answers: ['answer', 'answers'],
  feedback: ['mark', 'marks'],
  events: ['note on a failure', 'notes on failures'],
  attachments: ['part that came later', 'parts that came later'],
  pictures: ['picture', 'pictures'],
  embeddings: ['row of numbers to learn from', 'rows of numbers to learn from'],
  thumbnails: ['small copy', 'small copies'],
  crops: ['square', 'squares'],
};

export interface RuleWords {
  readonly name: string;
  readonly what: string;
}

const RULES: Readonly<Record<string, RuleWords>> = {
  answers: { name: 'Answers', what: 'With what belongs to them. What you marked stays.' },
  events: { name: 'Failures', what: 'Notes on pictures that could not be read, and the like.' },
  waiting: { name: 'Lost parts', what: 'What came for an answer that never arrived.' },
  embeddings: { name: 'Numbers to learn from', what: 'The model learns from these. Marked pictures go last.' },
  thumbnails: { name: 'Small copies', what: 'To show pictures again. Marked pictures go last.' },
  crops: { name: 'Squares', what: 'What the model looked at. Marked pictures go last.' },
};

export function ruleWords({ kind }: Rule): RuleWords {
  return RULES[kind] ?? { name: kind, what: '' };
}

/** "3 answers". */
export function countWords(kind: string, count: number): string {
  const [one, many] = KINDS[kind] ?? [kind, kind];
  return plural(count, one, many);
}

/** "12 kB", "18.6 MB". */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : megabytes(bytes);
}

/** "from 2026-05-01 to 2026-05-28", in this machine's time zone; one day alone once. */
export function spanWords({ from, to }: Item): string {
  if (from === null || to === null) return '';
  const [first, last] = [dayOf(from), dayOf(to)];
  return first === last ? first : `${first} to ${last}`;
}

function dayOf(at: number): string {
  return new Date(at).toLocaleDateString('sv');
}

/** "3 answers, 1 mark and 3 small copies (18.6 MB)". */
export function goneWords(gone: Readonly<Record<string, Amount>>): string {
  const some = Object.entries(gone).filter(([, { count }]) => count > 0);
  if (some.length === 0) return 'nothing';
  const bytes = some.reduce((sum, [, amount]) => sum + amount.bytes, 0);
  return `${listed(some.map(([kind, { count }]) => countWords(kind, count)))} (${sizeWords(bytes)})`;
}

/** What a removal did, afterwards. */
export function doneWords(run: Run): string {
  const backups = run.backups > 0 ? ` ${plural(run.backups, 'backup was', 'backups were')} replaced.` : '';
  const damaged =
    run.damagedCopies > 0 ? ` ${plural(run.damagedCopies, 'damaged memory', 'damaged memories')} went too.` : '';
  const kept = run.keptBackups > 0 ? ` ${keptWords(run.keptBackups)}` : '';
  return `Removed: ${goneWords(run.gone)}.${backups}${damaged}${kept}`;
}

function keptWords(backups: number): string {
  const hold = plural(backups, 'backup holds it still', 'backups hold it still');
  return `${hold}: the memory is damaged, so no fresh one can be made. Start Whimbrel anew to mend the memory; the old backups go with the next good one.`;
}

/** What an erasure does beside the records; sentences. */
export function copiesWords({ backups, backupBytes }: ErasurePreview): string {
  if (backups === 0) return 'There is no backup that could hold it.';
  return `${plural(backups, 'backup', 'backups')} (${sizeWords(backupBytes)}) will be replaced by a fresh one.`;
}

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
