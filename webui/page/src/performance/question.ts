/** What is asked of the Performance place, as it stands in the page's address and goes to the server. */

import type { WindowName } from '../api/performance';
import { addressOf } from '../ui/view_state';

export interface Question {
  readonly window: WindowName;
  readonly backend: string | null;
  readonly modelVersion: string | null;
}

export const WINDOWS: readonly { name: WindowName; words: string; inWords: string }[] = [
  { name: '24h', words: '24 hours', inWords: 'in these 24 hours' },
  { name: '7d', words: '7 days', inWords: 'in these 7 days' },
  { name: '30d', words: '30 days', inWords: 'in these 30 days' },
  { name: '90d', words: '90 days', inWords: 'in these 90 days' },
  { name: 'all', words: 'All', inWords: 'so far' },
];
const USUAL: WindowName = '7d';

/** The question of an address; what it does not say, or says wrongly, is the usual. */
export function questionOf(query: string): Question {
  const said = new URLSearchParams(query);
  const window = WINDOWS.find(({ name }) => name === said.get('window'))?.name ?? USUAL;
  return { window, backend: said.get('backend') || null, modelVersion: said.get('modelVersion') || null };
}

/** A question as a query: always the same for the same question, and nothing where all is as usual. */
export function queryOf({ window, backend, modelVersion }: Question): string {
  const query = new URLSearchParams();
  if (window !== USUAL) query.set('window', window);
  if (backend !== null) query.set('backend', backend);
  if (modelVersion !== null) query.set('modelVersion', modelVersion);
  return query.toString();
}

/** The address of the records behind a figure; null where it has none. */
export function recordsAddress(records: string | null): string | null {
  return records === null ? null : addressOf('history', records);
}

/** The records behind one point of a line: those behind the whole figure, in the point's time alone. */
export function recordsBetween(records: string | null, from: number, to: number): string | null {
  if (records === null) return null;
  const query = new URLSearchParams(records);
  query.set('from', String(Math.max(from, Number(query.get('from') ?? from))));
  query.set('to', String(Math.min(to, Number(query.get('to') ?? to))));
  return query.toString();
}
