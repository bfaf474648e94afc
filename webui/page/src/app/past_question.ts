/** What is asked of the past, as it stands in the address, and how it is said in a sentence. */

import type { ExportFilters } from '../api/record_types';
import type { PastList } from './past_list';

/** Changes a question: an empty value takes a filter away. */
export function changed(query: string, changes: Readonly<Record<string, string>>): string {
  const given = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') given.delete(name);
    else given.set(name, value);
  }
  return given.toString();
}

/** The kind of record that is listed: answers, where nothing else is asked for. */
export function kindAsked(query: string): string {
  const given = new URLSearchParams(query);
  return given.get('kind') ?? (given.has('code') || given.has('stage') ? 'event' : 'inference');
}

export function answersAsked(query: string): boolean {
  return kindAsked(query) === 'inference';
}

/** `2026-11-24` of a moment, in the user's own time. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The moment at which a day begins, so many days later; null for what is no day. */
export function startOf(day: string, later = 0): number | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!parts) return null;
  return new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later).getTime();
}

/** The moment that `from` or `to` says: milliseconds, or ISO-8601; null for neither. */
export function momentOf(text: string | null): number | null {
  if (text === null || text === '') return null;
  if (text === '0') return null; // from the beginning on
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(/T/.test(text) ? text : `${text}T00:00:00Z`);
  return Number.isFinite(ms) ? ms : null;
}

const NUMBERS = new Set(['minConfidence']);
const EXPORTED: Readonly<Record<string, string>> = {
  label: 'label',
  modelVersion: 'modelVersion',
  backend: 'backend',
  source: 'source',
  sessionId: 'sessionId',
  mark: 'mark',
  minConfidence: 'minConfidence',
};

/** The filters as an export takes them, and the names of those that it can't use. */
export function exportFilters(query: string): { filters: ExportFilters; left: string[] } {
  const filters: Record<string, string | number | boolean> = {};
  const left: string[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    const field = EXPORTED[name];
    const moment = name === 'from' || name === 'to' ? momentOf(value) : null;
    if (moment !== null) filters[name] = moment;
    else if (field) filters[field] = NUMBERS.has(name) ? Number(value) : value;
    else if (name === 'corrected') filters['onlyCorrected'] = value === 'true';
    else if (!['kind', 'timedStage', 'from', 'to'].includes(name)) left.push(name);
  }
  return { filters, left };
}

export interface Names {
  readonly model: (version: string) => string;
  readonly backend: (backend: string) => string;
}

const NOUNS: Readonly<Record<string, readonly [string, string]>> = {
  inference: ['answer', 'answers'],
  event: ['event', 'events'],
  feedback: ['word of yours', 'words of yours'],
  attachment: ['attachment', 'attachments'],
};
const MARKED: Readonly<Record<string, string>> = {
  right: 'that you called right',
  wrong: 'that you called wrong',
  unsure: "that you didn't know",
  judged: 'that you called right or wrong',
  marked: 'that you marked',
  unmarked: 'that you have not marked',
};
const CAME: Readonly<Record<string, string>> = {
  file: 'from files',
  camera: 'from the camera',
  paste: 'that were pasted',
  folder: 'from folders',
};
const STAGES: Readonly<Record<string, string>> = {
  inference: 'recognised in more than',
  preprocessing: 'prepared in more than',
  total: 'slower than',
};

/** "212 answers by EfficientNet-Lite0 slower than 80 ms, 17-24 November". */
export function sentence(query: string, list: Pick<PastList, 'rows' | 'complete'>, names: Names): string {
  const given = new URLSearchParams(query);
  const kind = kindAsked(query);
  const count = list.rows.length;
  const [one, many] = NOUNS[kind] ?? ['record', 'records'];
  const noun = count === 1 ? one : many;
  const number = count.toLocaleString('en');
  const start = list.complete ? `${count === 0 ? 'No' : number} ${noun}` : `The newest ${count === 1 ? '' : `${number} `}${noun}`;
  const when = span(momentOf(given.get('from')), momentOf(given.get('to')));
  return `${[start, ...conditions(given, names)].join(' ')}${when === '' ? '' : `, ${when}`}`;
}

function conditions(given: URLSearchParams, names: Names): string[] {
  const say = (name: string, words: (value: string) => string | undefined): string[] => {
    const value = given.get(name);
    const said = value === null ? undefined : words(value);
    return said === undefined ? [] : [said];
  };
  return [
    ...say('label', (label) => `of ${label}`),
    ...say('modelVersion', (version) => `by ${names.model(version)}`),
    ...say('backend', (backend) => `on ${names.backend(backend)}`),
    ...say('source', (source) => CAME[source]),
    ...say('drawn', () => 'picked by chance'),
    ...said(given.get('corrected') === 'true', MARKED[given.get('mark') ?? '']),
    ...sureness(given.get('minConfidence'), given.get('maxConfidence')),
    ...say('slowerThan', (ms) => `${STAGES[given.get('timedStage') ?? 'total'] ?? 'slower than'} ${Number(ms).toLocaleString('en')} ms`),
    ...say('stage', (stage) => `while ${stage.replaceAll('_', ' ')}`),
    ...say('code', (code) => `“${code.replaceAll('_', ' ')}”`),
    ...say('fileName', (part) => `with “${part}” in the name`),
    ...say('sessionId', () => 'of one session'),
    ...say('device', () => 'on one computer'),
    ...say('sha256', () => 'about one picture'),
  ];
}

/** What the user said of them: "that you corrected and called wrong". */
function said(corrected: boolean, marked: string | undefined): string[] {
  if (corrected && marked) return [`that you corrected and ${marked.replace('that you ', '')}`];
  return corrected ? ['that you corrected'] : marked ? [marked] : [];
}

function sureness(least: string | null, most: string | null): string[] {
  const share = (text: string): string => `${Math.round(Number(text) * 100)} %`;
  if (least !== null && most !== null) return [`${share(least)} to ${share(most)} sure`];
  if (least !== null) return [`at least ${share(least)} sure`];
  return most === null ? [] : [`at most ${share(most)} sure`];
}

/** "17-24 November", "24 November", "since 17 November", "until 24 November 2025": the last day is in it. */
export function span(from: number | null, to: number | null, today = new Date()): string {
  if (from === null && to === null) return '';
  if (from !== null && to === null) return `since ${day(from, today)}`;
  const last = (to ?? 1) - 1;
  if (from === null) return `until ${day(last, today)}`;
  if (dayOf(from) === dayOf(last)) return day(from, today);
  const [one, other] = [new Date(from), new Date(last)];
  const sameMonth = one.getMonth() === other.getMonth() && one.getFullYear() === other.getFullYear();
  return sameMonth ? `${one.getDate()}-${day(last, today)}` : `${day(from, today)} to ${day(last, today)}`;
}

function day(ms: number, today: Date): string {
  const date = new Date(ms);
  const year = date.getFullYear() === today.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', ...year });
}
