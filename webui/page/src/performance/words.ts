/** Figures as people read them: an estimate with its interval, a change with what it is likely to be. */

import type { Figure, WindowName } from '../api/performance';
import { duration } from '../ui/words';
import { clockWords, dateWords, weekdayWords } from './moments';

const THIN_SPACE = '\u202f';
/** Fewer checked pictures than this say next to nothing. */
export const FEW = 10;
/** A change of so many percent doubles; from there on it is told in times. */
const TWICE = 100;

const BEFORE: Readonly<Record<WindowName, string>> = {
  '24h': 'the day before',
  '7d': 'the week before',
  '30d': 'the 30 days before',
  '90d': 'the 90 days before',
  all: 'before',
};

export function before(window: WindowName): string {
  return BEFORE[window];
}

export function count(value: number | null): string {
  return value === null ? '–' : Math.round(value).toLocaleString('en');
}

export function time(ms: number | null): string {
  return ms === null ? '–' : duration(ms).replace(' ', '\u00a0');
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** "640 B", "18.6 MB", "1.2 GB". */
export function bytes(value: number | null): string {
  if (value === null) return '–';
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < SIZES.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)} ${SIZES[unit]}`;
}

/** "81 %". */
export function share(value: number | null): string {
  return value === null ? '–' : `${Math.round(value * 100)}${THIN_SPACE}%`;
}

/** "81 %, likely 77–85, from 212 checked pictures"; too few say so. */
export function estimate({ value, low, high, n }: Figure): string {
  if (n === 0 || value === null) return 'no picture checked yet';
  const from = n === 1 ? 'from 1 checked picture' : `from ${count(n)} checked pictures`;
  if (n < FEW) return `too few to know (${from.slice(5)})`;
  const likely = low === null || high === null ? '' : `, likely ${range(low * 100, high * 100, rounded)}`;
  return `${share(value)}${likely}, ${from}`;
}

/** A value at a line of a scale: "0", "20 ms", "1.5 s". */
export function timeMark(ms: number): string {
  if (ms === 0) return '0';
  return ms < 1000 ? `${trimmed(ms)} ms` : `${trimmed(ms / 1000)} s`;
}

/** "0", "20 MB". */
export function bytesMark(value: number): string {
  if (value === 0) return '0';
  const [size = '', unit = ''] = bytes(value).split(' ');
  return `${trimmed(Number(size))} ${unit}`;
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** "34 ms, likely 33–35 ms" without the interval where there is none. */
export function likelyTime({ value, low, high }: Figure): string {
  if (value === null) return '–';
  return low === null || high === null ? time(value) : `${time(value)} (likely ${time(low)} to ${time(high)})`;
}

/** How two directions of a change are called, and one to twice as much and beyond: "more", "fewer", "as many". */
export interface Directions {
  readonly up: string;
  readonly down: string;
  readonly times?: string;
}

export const AMOUNT: Directions = { up: 'more', down: 'fewer', times: 'as many' };
export const PACE: Directions = { up: 'slower', down: 'quicker', times: 'as long' };
export const SIZE: Directions = { up: 'more', down: 'less', times: 'as much' };
export const RIGHTNESS: Directions = { up: 'better', down: 'worse' };

/**
 * "12 % slower than the week before, likely 5–19 %", and from twice on "4.3 times as many as the week before, likely
 * 3.9–4.7"; null where there was nothing to compare with.
 */
export function changeWords(figure: Figure, directions: Directions, window: WindowName): string | null {
  const { value, change } = figure;
  if (value === null || change === null) return null;
  const was = value - change.value;
  if (!(was > 0)) return null;
  const part = (difference: number | null): number | null => (difference === null ? null : (difference / was) * 100);
  const shown = { value: part(change.value) ?? 0, low: part(change.low), high: part(change.high) };
  return difference(shown, `${THIN_SPACE}%`, directions, window);
}

/** The same for a share, whose changes are told in points: "4 points better than the week before, likely 1–7". */
export function pointsWords({ change, n }: Figure, window: WindowName): string | null {
  if (change === null || n < FEW) return null;
  const points = (part: number | null): number | null => (part === null ? null : part * 100);
  const shown = { value: change.value * 100, low: points(change.low), high: points(change.high) };
  return difference(shown, ' points', RIGHTNESS, window);
}

interface Shown {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

function difference({ value, low, high }: Shown, unit: string, directions: Directions, window: WindowName): string {
  const { up, down, times } = directions;
  const side = (part: number): string => {
    if (times !== undefined && part >= TWICE) return `${factor(part)} times ${times}`;
    return `${amount(part)}${unit} ${part < 0 ? down : up}`;
  };
  if (low !== null && high !== null && low <= 0 && high >= 0) {
    if (amount(low) === '0' && amount(high) === '0') return `No change against ${before(window)}`;
    return `No clear change against ${before(window)} (between ${side(low)} and ${side(high)})`;
  }
  const [least, most] = [low, high].map((bound) => Math.abs(bound ?? 0)).sort((one, other) => one - other);
  const likely = (written: (part: number) => string, after: string): string =>
    low === null || high === null ? '' : `, likely ${range(least ?? 0, most ?? 0, written)}${after}`;
  if (times !== undefined && value >= TWICE) return `${side(value)} as ${before(window)}${likely(factor, '')}`;
  return `${side(value)} than ${before(window)}${likely(amount, unit)}`;
}

function range(low: number, high: number, written: (value: number) => string): string {
  const [from, to] = [written(low), written(high)];
  return from === to ? from : `${from}–${to}`;
}

/** A change in percent as what it multiplies by: 331 is "4.3". */
function factor(part: number): string {
  const by = 1 + part / 100;
  return by < 9.95 ? String(Number(by.toFixed(1))) : Math.round(by).toLocaleString('en');
}

function rounded(value: number): string {
  return String(Math.round(value));
}

/** Small parts with a decimal, so that half a percent is not nothing. */
function amount(value: number): string {
  const size = Math.abs(value);
  return size < 1.95 ? String(Number(size.toFixed(1))) : Math.round(size).toLocaleString('en');
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The time of one point: "Tue 24 Nov, 14:00–15:00", "24 Nov 2026", "the week from 24 Nov 2026". */
export function bucketWords(at: number, bucketMs: number): string {
  if (bucketMs > DAY) return `the ${bucketMs === 7 * DAY ? 'week' : 'time'} from ${dateWords(at)}`;
  if (bucketMs === DAY) return dateWords(at);
  return `${weekdayWords(at)}, ${clockWords(at)}–${clockWords(at + bucketMs)}`;
}

/** What the points of a chart stand for: "each hour". */
export function eachBucket(bucketMs: number): string {
  if (bucketMs === HOUR) return 'each hour';
  if (bucketMs === DAY) return 'each day (UTC)';
  return bucketMs === 7 * DAY ? 'each week (UTC)' : `every ${duration(bucketMs)}`;
}

const FAILURES: Readonly<Record<string, string>> = {
  'empty-file': 'Empty file',
  truncated: 'Picture cut short',
  'not-a-picture': 'Not a picture',
  'unreadable-picture': 'Damaged picture',
  'format-heic': 'HEIC picture, which this browser cannot read',
  'format-tiff': 'TIFF picture, which this browser cannot read',
  'format-raw': 'Raw camera picture',
  'format-other': 'Kind of picture that this browser cannot read',
  'out-of-memory': 'Not enough memory',
  'too-large': 'Picture larger than the browser can open',
  'file-gone': 'File moved or taken away',
  'model-missing': 'Model missing',
  'model-damaged': 'Model damaged',
  'model-unreachable': 'Model could not be loaded',
  'no-backend': 'No way to compute the model',
  'context-lost': 'Graphics processor lost',
  'worker-crashed': 'Part of the page that recognises stopped',
  internal: 'Fault in Whimbrel',
  changed: 'Went on with another way to compute',
};

/** A failure's code in words; one that is not known here, as it is. */
export function failureWords(stage: string, code: string): string {
  return FAILURES[code] ?? `${stage}: ${code}`;
}
