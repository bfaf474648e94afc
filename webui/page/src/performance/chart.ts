/** What a chart shows, apart from how it is drawn. */

import type { DataTable } from './table';

export type Tone = 'accent' | 'ink' | 'ink-soft' | 'right' | 'wrong' | 'unsure';
export type Values = readonly (number | null)[];

export interface Trace {
  /** Stands at the end of the line. */
  readonly name: string;
  readonly tone: Tone;
  /** Never by colour alone: a line is told by its weight and its dashes too. */
  readonly shape: 'bars' | 'line' | 'thin' | 'dashed';
  readonly values: Values;
}

export interface Chart {
  /** What is drawn, in a few words. */
  readonly title: string;
  /** The starts of the buckets, ascending; every trace has one value for each. */
  readonly at: readonly number[];
  readonly bucketMs: number;
  readonly from: number;
  readonly to: number;
  readonly traces: readonly Trace[];
  /** Between what each value of the first trace likely is. */
  readonly band: { readonly low: Values; readonly high: Values } | null;
  /** The end of the scale, where it is given by what is measured; else the largest value says it. */
  readonly top: number | null;
  /** What the scale reaches to at least, so that charts beside each other can be compared. */
  readonly least: number;
  /** Whether there is nothing between two whole numbers. */
  readonly whole: boolean;
  /** A value of the scale in words. */
  readonly unit: (value: number) => string;
  /** One bucket in words, without its time. */
  readonly says: (index: number) => string;
  /** The address of the records behind a bucket. */
  readonly address: (index: number) => string | null;
  readonly table: DataTable;
}

/** Whether anything is known of a bucket: these are the ones that the keys go to. */
export function known(chart: Chart, index: number): boolean {
  return chart.traces.some(({ values, shape }) => (shape === 'bars' ? values[index] : values[index] !== null));
}
