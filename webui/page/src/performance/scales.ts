/** Where a chart's lines begin and end, and what stands at its edges. */

import { clockWords, dayWords, monthWords } from './moments';

const STEPS = [1, 2, 2.5, 5, 10];
const LINES = 4;
const MOST_BUCKETS = 4_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The distance between the lines of a scale from zero to at least `most`, in about four steps of 1, 2, 2.5 or 5. */
export function stepFor(most: number, whole: boolean): number {
  if (!(most > 0)) return 1;
  const rough = most / LINES;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const steps = whole ? STEPS.filter((step) => Number.isInteger(step * magnitude)) : STEPS;
  const step = (steps.find((one) => one * magnitude >= rough) ?? 10) * magnitude;
  return whole ? Math.max(1, step) : step;
}

/** The end of a scale: the first line at or above `most`. */
export function topFor(most: number, whole: boolean): number {
  const step = stepFor(most, whole);
  return round(Math.max(1, Math.ceil(round(most / step))) * step);
}

/** The lines from zero to `top`. */
export function linesTo(top: number, whole: boolean): number[] {
  const step = stepFor(top, whole);
  return Array.from({ length: Math.floor(round(top / step)) + 1 }, (_, at) => round(at * step));
}

/** Without what binary fractions add: 0.30000000000000004 is 0.3. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}

/** Where each point's bucket begins: that of the first point is told from where the window cuts it. */
export function bucketStarts(found: readonly number[], bucketMs: number): number[] {
  const last = found.at(-1) ?? 0;
  return found.map((at) => last - Math.ceil((last - at) / bucketMs) * bucketMs);
}

/**
 * The starts of every bucket that touches the time from `from` to `to`, so that what is missing shows as a gap; those
 * found alone where so many are missing that none would be seen.
 */
export function everyBucket(found: readonly number[], from: number, to: number, bucketMs: number): number[] {
  const [first] = found;
  if (first === undefined || (to - from) / bucketMs > MOST_BUCKETS) return [...found];
  const start = first - Math.max(0, Math.ceil((first - from) / bucketMs)) * bucketMs;
  const count = Math.ceil((Math.max(to, (found.at(-1) ?? 0) + 1) - start) / bucketMs);
  return Array.from({ length: count }, (_, step) => start + step * bucketMs);
}

/** The part of a chart's width over which a line goes on where nothing is known between two points. */
export const BRIDGED = 0.05;

/** The places of a series with nothing known near them: no line goes there, so that they have to be drawn. */
export function alone(values: readonly (number | null)[]): number[] {
  const reach = Math.max(1, Math.floor(values.length * BRIDGED));
  const places = values.flatMap((value, at) => (value === null ? [] : [at]));
  const far = (one: number, other: number | undefined): boolean => other === undefined || Math.abs(one - other) > reach;
  return places.filter((place, at) => far(place, places[at - 1]) && far(place, places[at + 1]));
}

/** What stands under a line of the time axis: the day where one begins, the hour between, months from afar. */
export function timeWords(at: number, distance: number): string {
  if (distance >= 28 * DAY) return monthWords(at);
  const date = new Date(at);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0;
  return midnight || distance >= DAY ? dayWords(at) : clockWords(at);
}
