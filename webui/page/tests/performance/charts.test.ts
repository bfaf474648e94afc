// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import type { PerformanceFigures } from '../../src/api/performance';
import { known } from '../../src/performance/chart';
import { accuracyChart, answersChart, latencyCharts, memoryChart, requestsChart } from '../../src/performance/charts';
import { emptyFigures, figure, HOUR, NOON } from '../support/performance_figures';

const answers = figure(5, 5, { records: `kind=inference&from=0&to=${NOON}` });

function withSeries(series: Partial<PerformanceFigures['series']>): PerformanceFigures {
  const empty = emptyFigures();
  return { ...empty, counts: { ...empty.counts, answers }, series: { ...empty.series, ...series } };
}

const timed = (backend: string | null, p50: number): PerformanceFigures['series']['latency'][number] => ({
  at: NOON - HOUR,
  backend,
  n: 4,
  p50,
  p95: p50 * 2,
  p99: p50 * 3,
});

test('nothing in the window is no chart', () => {
  const empty = emptyFigures();
  expect([answersChart(empty), memoryChart(empty), accuracyChart(empty), requestsChart(empty)]).toEqual([null, null, null, null]);
  expect(latencyCharts(empty)).toEqual([]);
});

test('a bucket without anything is there as nothing, and the keys do not go there', () => {
  const chart = answersChart(withSeries({ answers: [{ at: NOON - 3 * HOUR, n: 2 }, { at: NOON - HOUR, n: 3 }] }));
  expect(chart?.at).toHaveLength(168);
  expect(chart?.traces[0]?.values.slice(-3)).toEqual([2, 0, 3]);
  expect(chart && [165, 166, 167].map((index) => Boolean(known(chart, index)))).toEqual([true, false, true]);
  expect(chart?.says(166)).toBe('nothing');
});

test('one record in the present bucket is within the chart, which begins and ends with whole buckets', () => {
  const chart = answersChart(withSeries({ answers: [{ at: NOON - HOUR / 2, n: 1 }] }));
  expect(chart?.to).toBe(NOON + HOUR / 2);
  expect(chart?.says(chart.at.length - 1)).toBe('1 answer');
});

test('a first day that the window cuts off is a whole bar, and leads to what is in the window', () => {
  const cut = withSeries({ answers: [{ at: NOON - 168 * HOUR, n: 1 }, { at: NOON - 156 * HOUR, n: 2 }] });
  const chart = answersChart({ ...cut, window: { ...cut.window, bucketMs: 24 * HOUR }, counts: { ...cut.counts, answers: figure(3, 3, { records: `from=${NOON - 168 * HOUR}&to=${NOON}` }) } });
  expect(chart?.at.slice(0, 2)).toEqual([NOON - 180 * HOUR, NOON - 156 * HOUR]);
  expect(chart?.traces[0]?.values.slice(0, 2)).toEqual([1, 2]);
  expect(chart?.address(0)).toBe(`#/history?from=${NOON - 168 * HOUR}&to=${NOON - 156 * HOUR}`);
});

test('every point leads to the records of its time, and an empty one nowhere', () => {
  const chart = answersChart(withSeries({ answers: [{ at: NOON - HOUR, n: 3 }] }));
  expect(chart?.address(167)).toBe(`#/history?kind=inference&from=${NOON - HOUR}&to=${NOON}`);
  expect(chart?.address(166)).toBeNull();
});

test('backends have charts of their own on one scale, leading to the answers of each', () => {
  const charts = latencyCharts(withSeries({ latency: [timed(null, 50), timed('wasm', 30), timed('webgl', 90)] }));
  expect(charts.map(({ title }) => title)).toEqual(['Computing an answer, each hour: WASM', 'Computing an answer, each hour: WebGL']);
  expect(charts.map(({ least }) => least)).toEqual([270, 270]);
  expect(charts[1]?.address(167)).toContain('backend=webgl');
});

test('records from before backends were told are one chart', () => {
  expect(latencyCharts(withSeries({ latency: [timed(null, 50)] })).map(({ title }) => title)).toEqual(['Computing an answer, each hour']);
});

test('a share has its band from 0 to 100 %, and few say that they are few', () => {
  const point = { at: NOON - HOUR, n: 4, correct: 3, value: 0.75, low: 0.3, high: 0.95 };
  const chart = accuracyChart(withSeries({ accuracy: [{ at: NOON - 2 * HOUR, n: 0, correct: 0, value: null, low: null, high: null }, point] }));
  expect(chart?.top).toBe(1);
  expect([chart?.band?.low.at(-1), chart?.band?.high.at(-1)]).toEqual([0.3, 0.95]);
  expect(chart?.says(167)).toBe('3 of 4 right, too few to know');
});

test('the CSV has a line for each point that was found, in plain units', () => {
  const chart = requestsChart(withSeries({ requests: [{ at: NOON - HOUR, n: 7, p50: 2.5, p95: 9, p99: 20 }] }));
  expect(chart?.table.csv()).toBe(
    '\ufeff"at","requests","p50Ms","p95Ms","p99Ms"\r\n"2026-11-24T11:00:00.000Z",7,2.5,9,20\r\n',
  );
});
