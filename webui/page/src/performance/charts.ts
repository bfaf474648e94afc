/** The charts of the Performance place, from the series that the server sends. */

import type {
  AccuracyPoint,
  CountPoint,
  LatencyPoint,
  MemoryPoint,
  PerformanceFigures,
  TimedPoint,
} from '../api/performance';
import { backendName, plural } from '../ui/words';
import type { Chart, Tone, Trace, Values } from './chart';
import { recordsAddress, recordsBetween } from './question';
import { bucketStarts, everyBucket } from './scales';
import { dataTable, isoTime, type Column } from './table';
import { bucketWords, bytes, bytesMark, count, eachBucket, FEW, share, time, timeMark } from './words';

type Window = PerformanceFigures['window'];

interface Point {
  readonly at: number;
  readonly n: number;
}

interface ChartParts<P extends Point> {
  readonly title: string;
  readonly name: string;
  readonly window: Window;
  readonly points: readonly P[];
  /** Question for the records behind the whole line. */
  readonly records: string | null;
  readonly columns: readonly Column<P>[];
  readonly traces: (values: (of: (point: P) => number | null) => Values) => readonly Trace[];
  readonly band?: (values: (of: (point: P) => number | null) => Values) => Chart['band'];
  readonly top?: number;
  readonly whole?: boolean;
  readonly unit: (value: number) => string;
  readonly says: (point: P) => string;
}

/** Null where there is nothing to draw. */
function chart<P extends Point>(parts: ChartParts<P>): Chart | null {
  const { window, points, records, columns } = parts;
  if (points.length === 0) return null;
  const { bucketMs } = window;
  const starts = bucketStarts(points.map((point) => point.at), bucketMs);
  const at = everyBucket(starts, window.from, window.to, bucketMs);
  // The first bucket may have begun before the window, and the last goes on after it.
  const from = Math.min(window.from, at[0] ?? window.from);
  const to = Math.max(window.to, (at.at(-1) ?? 0) + bucketMs);
  const found = new Map(points.map((point, index) => [starts[index], point]));
  const values = (of: (point: P) => number | null): Values => at.map((start) => orNull(found.get(start), of));
  const address = (start: number): string | null => recordsAddress(recordsBetween(records, start, start + bucketMs));
  const when: Column<P> = { name: 'When', key: 'at', raw: ({ at: start }) => isoTime(start), show: (point) => bucketWords(point.at, bucketMs) };
  return {
    ...{ title: parts.title, at, bucketMs, from, to, unit: parts.unit, top: parts.top ?? null, least: 0, whole: parts.whole ?? false },
    traces: parts.traces(values),
    band: parts.band?.(values) ?? null,
    says: (index) => saysOf(found.get(at[index] ?? 0), parts.says),
    address: (index) => (found.has(at[index] ?? 0) ? address(at[index] ?? 0) : null),
    table: dataTable({ caption: parts.title, name: parts.name, columns: [when, ...columns], rows: points, address: (point) => address(point.at) }),
  };
}

function orNull<P>(point: P | undefined, of: (point: P) => number | null): number | null {
  return point === undefined ? null : of(point);
}

function saysOf<P>(point: P | undefined, says: (point: P) => string): string {
  return point === undefined ? 'nothing' : says(point);
}

/** How many there were in each bucket. */
function countChart(parts: {
  readonly title: string;
  readonly name: string;
  readonly window: Window;
  readonly points: readonly CountPoint[];
  readonly records: string | null;
  readonly tone: Tone;
  readonly one: string;
  readonly many: string;
}): Chart | null {
  const { many, one, tone } = parts;
  return chart({
    ...parts,
    columns: [{ name: capital(many), key: many, number: true, raw: ({ n }) => n, show: ({ n }) => count(n) }],
    traces: (values) => [{ name: many, tone, shape: 'bars', values: values(({ n }) => n).map((n) => n ?? 0) }],
    whole: true,
    unit: count,
    says: ({ n }) => plural(n, one, many),
  });
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export function answersChart({ window, series, counts }: PerformanceFigures): Chart | null {
  const title = `Answers ${eachBucket(window.bucketMs)}`;
  const parts = { title, name: 'answers', window, points: series.answers, records: counts.answers.records };
  return countChart({ ...parts, tone: 'accent', one: 'answer', many: 'answers' });
}

export function failuresChart({ window, series, counts }: PerformanceFigures): Chart | null {
  const title = `Failures ${eachBucket(window.bucketMs)}`;
  const parts = { title, name: 'failures', window, points: series.errors, records: counts.errors.records };
  return countChart({ ...parts, tone: 'wrong', one: 'failure', many: 'failures' });
}

const PERCENTILES: readonly { key: 'p50' | 'p95' | 'p99'; name: string; trace: Omit<Trace, 'values'> }[] = [
  { key: 'p50', name: 'Half within (P50)', trace: { name: 'half', tone: 'accent', shape: 'line' } },
  { key: 'p95', name: '19 of 20 within (P95)', trace: { name: '19 of 20', tone: 'ink', shape: 'thin' } },
  { key: 'p99', name: '99 of 100 within (P99)', trace: { name: '99 of 100', tone: 'ink-soft', shape: 'dashed' } },
];

/** How long it took, in each bucket, at most: half of them, 19 of 20, 99 of 100. */
function timesChart(parts: {
  readonly title: string;
  readonly name: string;
  readonly window: Window;
  readonly points: readonly TimedPoint[];
  readonly records: string | null;
  readonly one: string;
  readonly many: string;
}): Chart | null {
  const { one, many } = parts;
  return chart({
    ...parts,
    columns: [
      { name: capital(many), key: many, number: true, raw: ({ n }) => n, show: ({ n }) => count(n) },
      ...PERCENTILES.map(({ key, name }): Column<TimedPoint> => ({
        ...{ name, key: `${key}Ms`, number: true, raw: (point) => point[key], show: (point) => time(point[key]) },
      })),
    ],
    traces: (values) => PERCENTILES.map(({ key, trace }) => ({ ...trace, values: values((point) => point[key]) })),
    unit: timeMark,
    says: (point) => `${plural(point.n, one, many)}, half within ${time(point.p50)}, 19 of 20 within ${time(point.p95)}, 99 of 100 within ${time(point.p99)}`,
  });
}

/** One small chart a backend, all on one scale, so that they can be compared; those together, where there is but one. */
export function latencyCharts({ window, series, counts }: PerformanceFigures): Chart[] {
  const points = series.latency.filter(({ backend }) => backend !== null);
  const shown = points.length > 0 ? points : series.latency;
  const backends = [...new Set(shown.map(({ backend }) => backend))];
  const most = Math.max(0, ...shown.map(({ p99 }) => p99 ?? 0));
  return backends.flatMap((backend) => {
    const made = timesChart({
      title: `Computing an answer, ${eachBucket(window.bucketMs)}${backend === null ? '' : `: ${backendName(backend)}`}`,
      name: backend === null ? 'times' : `times-${backend}`,
      window,
      points: shown.filter((point: LatencyPoint) => point.backend === backend),
      records: ofBackend(counts.answers.records, backend),
      one: 'answer',
      many: 'answers',
    });
    return made ? [{ ...made, least: most }] : [];
  });
}

function ofBackend(records: string | null, backend: string | null): string | null {
  if (records === null || backend === null) return records;
  const query = new URLSearchParams(records);
  query.set('backend', backend);
  return query.toString();
}

export function requestsChart({ window, series }: PerformanceFigures): Chart | null {
  const title = `Time of a request, ${eachBucket(window.bucketMs)}`;
  const parts = { title, name: 'requests', window, points: series.requests, records: null };
  return timesChart({ ...parts, one: 'request', many: 'requests' });
}

export function accuracyChart({ window, series, accuracy }: PerformanceFigures): Chart | null {
  const part = (value: AccuracyPoint['value']): string => share(value);
  return chart<AccuracyPoint>({
    title: `Right among the checked pictures, ${eachBucket(window.bucketMs)}, with what it likely is`,
    name: 'right',
    window,
    points: series.accuracy.filter(({ n }) => n > 0),
    records: accuracy.overall.records,
    columns: [
      { name: 'Checked', key: 'checked', number: true, raw: ({ n }) => n, show: ({ n }) => count(n) },
      { name: 'Right', key: 'right', number: true, raw: ({ correct }) => correct, show: ({ correct }) => count(correct) },
      { name: 'Share', key: 'share', number: true, raw: ({ value }) => value, show: ({ value }) => part(value) },
      { name: 'At least, likely', key: 'low', number: true, raw: ({ low }) => low, show: ({ low }) => part(low) },
      { name: 'At most, likely', key: 'high', number: true, raw: ({ high }) => high, show: ({ high }) => part(high) },
    ],
    traces: (values) => [{ name: 'right', tone: 'right', shape: 'line', values: values(({ value }) => value) }],
    band: (values) => ({ low: values(({ low }) => low), high: values(({ high }) => high) }),
    top: 1,
    unit: share,
    says: ({ n, correct, low, high }) =>
      `${count(correct)} of ${count(n)} right${n < FEW ? ', too few to know' : `, likely ${part(low)} to ${part(high)}`}`,
  });
}

export function memoryChart({ window, series, counts }: PerformanceFigures): Chart | null {
  return chart<MemoryPoint>({
    title: `Memory after an answer, ${eachBucket(window.bucketMs)}`,
    name: 'memory',
    window,
    points: series.memory,
    records: counts.answers.records,
    columns: [
      { name: 'Answers', key: 'answers', number: true, raw: ({ n }) => n, show: ({ n }) => count(n) },
      { name: 'Mean', key: 'meanBytes', number: true, raw: ({ meanBytes }) => meanBytes, show: ({ meanBytes }) => bytes(meanBytes) },
      { name: 'Most', key: 'maxBytes', number: true, raw: ({ maxBytes }) => maxBytes, show: ({ maxBytes }) => bytes(maxBytes) },
      { name: 'Tensors, mean', key: 'meanTensors', number: true, raw: ({ meanTensors }) => meanTensors, show: ({ meanTensors }) => count(meanTensors) },
      { name: 'Tensors, most', key: 'maxTensors', number: true, raw: ({ maxTensors }) => maxTensors, show: ({ maxTensors }) => count(maxTensors) },
    ],
    traces: (values) => [
      { name: 'mean', tone: 'accent', shape: 'line', values: values(({ meanBytes }) => meanBytes) },
      { name: 'most', tone: 'ink-soft', shape: 'dashed', values: values(({ maxBytes }) => maxBytes) },
    ],
    unit: bytesMark,
    says: ({ meanBytes, maxBytes, meanTensors }) =>
      `${bytes(meanBytes)} on average, ${bytes(maxBytes)} at most, in ${count(meanTensors)} tensors`,
  });
}
