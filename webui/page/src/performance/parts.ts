/** The pieces that the sections of the Performance place are made of. */

import { html, nothing, type TemplateResult } from 'lit';
import type { Figure, PerformanceFigures } from '../api/performance';
import type { Chart } from './chart';
import { recordsAddress, type Question } from './question';
import { csvButton, type DataTable } from './table';

export interface Shown {
  readonly figures: PerformanceFigures;
  readonly question: Question;
  /** The name of a model version, for people. */
  readonly modelName: (version: string) => string;
}

type Piece = TemplateResult | typeof nothing;

export function section(name: string, title: string, ...content: readonly Piece[]): TemplateResult {
  return html`<section class="section" data-section=${name} aria-labelledby="${name}-title">
    <h2 id="${name}-title">${title}</h2>
    ${content}
  </section>`;
}

/** A figure in a sentence, leading to what is behind it; `name` is for who drives the page. */
export function figure(name: string, { value, n, records }: Figure, shown: string): TemplateResult {
  const address = n === 0 ? null : recordsAddress(records);
  return address === null
    ? html`<b class="figure" data-figure=${name} data-value=${value ?? ''}>${shown}</b>`
    : html`<a class="figure" href=${address} data-figure=${name} data-value=${value ?? ''}>${shown}</a>`;
}

/** A change or a remark after a figure, where there is one. */
export function remark(words: string | null): Piece {
  return words === null ? nothing : html`<p class="soft">${words}.</p>`;
}

export function chartFigure(chart: Chart | null): Piece {
  return chart === null ? nothing : html`<whimbrel-chart .chart=${chart}></whimbrel-chart>`;
}

export function shownTable(table: DataTable): TemplateResult {
  return html`${table.body()}<p>${csvButton(table)}</p>`;
}

/** A length from zero, 0 to 1, for the eye; the number stands beside it. */
export function length(part: number): TemplateResult {
  const wide = Math.max(0, Math.min(1, part)) * 100;
  return html`<svg class="length" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width=${wide} height="8"></rect></svg>`;
}

/** A share between its bounds on a line from 0 to 100 %, for the eye. */
export function between({ value, low, high }: Figure): Piece {
  if (value === null || low === null || high === null) return nothing;
  return html`<svg class="between" viewBox="-2 0 104 12" aria-hidden="true">
    <path class="between-whole" d="M0 6H100"></path>
    <path class="between-likely" d="M${low * 100} 6H${high * 100}"></path>
    <circle cx=${value * 100} cy="6" r="4"></circle>
  </svg>`;
}
