/** A chart drawn by uPlot: the only file that knows it. */

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Chart, Tone, Trace } from './chart';
import { colours, type Colours } from './colours';
import { alone, BRIDGED, linesTo, timeWords, topFor } from './scales';

const HEIGHT = 168;
const LABEL_SPACE = 76;
/** What stands under the last line of the time axis reaches this far over it. */
const HALF_A_DATE = 24;
const LETTER = 7.4;

export interface Drawn {
  readonly plot: uPlot;
  /** What cannot change without drawing everything anew. */
  readonly shape: string;
}

/** Draws a chart into an element; `moved` hears which bucket the pointer is at. */
export function draw(host: HTMLElement, chart: () => Chart, moved: (index: number | null) => void): Drawn {
  const dress = colours(host);
  const options = { ...optionsFor(chart, dress, host.clientWidth), hooks: hooks(chart, dress, moved) };
  return { plot: new uPlot(options, dataOf(chart()), host), shape: shapeOf(chart()) };
}

/** Shows new values without drawing the rest anew. */
export function redraw({ plot }: Drawn, chart: Chart): void {
  plot.setData(dataOf(chart));
}

export function fit({ plot }: Drawn, width: number): void {
  if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
}

/** Puts the cursor on a bucket, as the keys do; null takes it away. */
export function pointAt({ plot }: Drawn, chart: Chart, index: number | null): void {
  const at = index === null ? undefined : chart.at[index];
  const left = at === undefined ? -10 : plot.valToPos(at + chart.bucketMs / 2, 'x');
  plot.setCursor({ left, top: at === undefined ? -10 : 0 }, false);
}

export function shapeOf({ traces, band, bucketMs }: Chart): string {
  return JSON.stringify([traces.map(({ name, tone, shape }) => [name, tone, shape]), band !== null, bucketMs]);
}

/** The middle of each bucket, then the traces, then the ends of the band. */
function dataOf({ at, bucketMs, traces, band }: Chart): uPlot.AlignedData {
  const rows = [...traces.map(({ values }) => values), ...(band ? [band.high, band.low] : [])];
  return [at.map((start) => start + bucketMs / 2), ...rows.map((values) => [...values])];
}

function optionsFor(chart: () => Chart, dress: Colours, width: number): uPlot.Options {
  const { traces, band } = chart();
  const labelled = traces.some(({ shape }) => shape !== 'bars');
  return {
    width,
    height: HEIGHT,
    ms: 1,
    padding: [8, labelled ? LABEL_SPACE : HALF_A_DATE, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, move: unzoomed },
    scales: { x: { range: () => [chart().from, chart().to] }, y: { range: (_, __, most) => [0, top(chart(), most)] } },
    axes: axesFor(chart, dress),
    series: [{}, ...traces.map((trace) => series(trace, dress)), ...(band ? [edge(), edge()] : [])],
    bands: band ? [{ series: [traces.length + 1, traces.length + 2], fill: dress.soft }] : [],
  };
}

/** Where the pointer is in the chart's own pixels: on very large screens the whole page is drawn larger (base.css). */
function unzoomed({ rect, over }: uPlot, left: number, down: number): [number, number] {
  const zoom = rect.width / (over.offsetWidth || rect.width || 1);
  return [left / zoom, down / zoom];
}

function top(chart: Chart, most: number | null): number {
  return chart.top ?? topFor(Math.max(most ?? 0, chart.least), chart.whole);
}

function axesFor(chart: () => Chart, { axis, line, grid, font, hair }: Colours): uPlot.Axis[] {
  const words = (values: number[]): string[] => values.map((value) => chart().unit(value));
  const room = (_: uPlot, shown: string[] | null): number =>
    12 + LETTER * Math.max(2, ...(shown ?? []).map(({ length }) => length));
  return [
    {
      font,
      stroke: axis,
      space: 76,
      size: 26,
      grid: { show: false },
      ticks: { stroke: line, width: hair, size: 4 },
      values: (_, splits, __, ___, distance) => splits.map((at) => timeWords(at, distance)),
    },
    {
      font,
      stroke: axis,
      size: room,
      gap: 6,
      grid: { stroke: grid, width: 1 },
      ticks: { show: false },
      splits: (_, __, ___, most) => linesTo(most, chart().whole),
      values: (_, splits) => words(splits),
    },
  ];
}

function series({ shape, tone, values }: Trace, dress: Colours): uPlot.Series {
  const stroke = dress.tones[tone];
  if (shape === 'bars') {
    const bars = uPlot.paths.bars?.({ size: [0.86, 48, 1] });
    return { fill: stroke, width: 0, points: { show: false }, ...(bars && { paths: bars }) };
  }
  return {
    stroke,
    width: (shape === 'line' ? 2 : 1.25) * dress.weight,
    ...(shape === 'dashed' && { dash: [5, 4] }),
    gaps: (plot, _, __, ___, gaps) => gaps.filter(wide(plot)),
    points: { show: true, size: 5, fill: stroke, width: 0, filter: (plot, at) => alone(plot.data[at] as Trace['values'] ?? values) },
  };
}

/** An end of the band, which is not a line of its own. */
function edge(): uPlot.Series {
  return { width: 0, points: { show: false }, gaps: (plot, _, __, ___, gaps) => gaps.filter(wide(plot)) };
}

function wide(plot: uPlot): (gap: uPlot.Series.Gap) => boolean {
  return ([from, to]) => to - from > plot.bbox.width * BRIDGED;
}

function hooks(chart: () => Chart, dress: Colours, moved: (index: number | null) => void): uPlot.Hooks.Arrays {
  return {
    draw: [(plot) => whiskers(plot, chart(), dress), (plot) => nameLines(plot, chart())],
    setCursor: [({ cursor }) => moved(cursor.left !== undefined && cursor.left >= 0 ? (cursor.idx ?? null) : null)],
  };
}

/** A band has no width at a bucket that stands alone: there a line says between what the value likely is. */
function whiskers(plot: uPlot, { at, bucketMs, band, traces }: Chart, { tones, weight }: Colours): void {
  if (!band || !traces[0]) return;
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = tones[traces[0].tone];
  ctx.lineWidth = weight * uPlot.pxRatio;
  for (const index of alone(traces[0].values)) {
    const x = plot.valToPos((at[index] ?? 0) + bucketMs / 2, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, plot.valToPos(band.low[index] ?? 0, 'y', true));
    ctx.lineTo(x, plot.valToPos(band.high[index] ?? 0, 'y', true));
    ctx.stroke();
  }
  ctx.restore();
}

const LINE_HEIGHT = 17;

/** Writes each line's name beside its end, pushed apart where they would cover each other. */
function nameLines(plot: uPlot, { traces }: Chart): void {
  const ends = traces
    .toReversed()
    .flatMap(({ name, tone, shape, values }) => {
      const last = shape === 'bars' ? undefined : values.findLast((value) => value !== null);
      return last === undefined || last === null ? [] : [{ name, tone, top: plot.valToPos(last, 'y') }];
    })
    .sort((one, other) => one.top - other.top);
  let free = -Infinity;
  const placed = ends.map((end) => ({ ...end, top: (free = Math.max(end.top, free + LINE_HEIGHT)) }));
  plot.over.querySelectorAll('.line-name').forEach((label) => label.remove());
  const over = Math.max(0, free - plot.over.clientHeight);
  plot.over.append(...placed.map(({ name, tone, top: down }) => label(name, tone, down - over)));
}

function label(name: string, tone: Tone, down: number): HTMLElement {
  const element = Object.assign(document.createElement('span'), { className: `line-name tone-${tone}`, textContent: name });
  element.style.transform = `translateY(${Math.round(down)}px) translateY(-50%)`;
  return element;
}
