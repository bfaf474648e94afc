import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { JudgedChoice, TrainingApi, VersionSide } from '../api/training';
import { LightElement } from '../ui/light_element';
import { plural } from '../ui/words';
import { matrixOf, type MatrixRow } from './confusion';
import './judged';
import { labelWords, whole } from './words';

const ROWS = 20;
const COLUMNS = 12;

/** What pictures are against what a version answered; a number opens its pictures. */
@customElement('whimbrel-confusion')
export class ConfusionView extends LightElement {
  @property({ attribute: false }) api!: TrainingApi;
  @property({ attribute: false }) side!: VersionSide;
  /** The version that has answered the same pictures. */
  @property() beside = '';
  @state() private chosen: readonly [label: string, answered: string] | null = null;
  @state() private all = false;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('side')) this.chosen = null;
  }

  protected override render(): TemplateResult {
    const { columns, rows, rowsLeft } = matrixOf(this.side.confusion, this.all ? Infinity : ROWS, COLUMNS);
    const rest = rows.some((row) => row.rest > 0);
    return html`<div class="table-scroll" tabindex="0" role="region" aria-label="What pictures are, and what was answered"><table class="confusion">
        <caption class="unseen">How often pictures of a label got which answer from ${this.side.name}</caption>
        <thead><tr><th scope="col">It is</th>${columns.map((column) => html`<th scope="col" class="number"><span title=${column}>${column}</span></th>`)}${rest ? html`<th scope="col" class="number"><span>others</span></th>` : nothing}</tr></thead>
        <tbody>${rows.map((row) => this.#row(row, columns, rest))}</tbody>
      </table></div>
      ${rowsLeft > 0 ? html`<button @click=${() => (this.all = true)}>Show ${plural(rowsLeft, 'more label', 'more labels')}</button>` : nothing}
      ${this.#pictures()}`;
  }

  #row(row: MatrixRow, columns: readonly string[], rest: boolean): TemplateResult {
    return html`<tr><th scope="row" title=${labelWords(row.label)}>${labelWords(row.label)}</th>
      ${columns.map((column, index) => this.#cell(row, column, row.counts[index] ?? 0))}
      ${rest ? html`<td class="number soft">${row.rest > 0 ? row.rest.toLocaleString('en') : ''}</td>` : nothing}
    </tr>`;
  }

  #cell({ label, total }: MatrixRow, answered: string, count: number): TemplateResult {
    const right = label === answered;
    const look = `number${right ? ' cell-right' : ''}`;
    if (count === 0) return html`<td class=${look}></td>`;
    const chosen = this.chosen?.[0] === label && this.chosen[1] === answered;
    const words = `${plural(count, 'picture', 'pictures')} of ${labelWords(label)} answered ${answered}, ${whole(count / total)}`;
    return html`<td class="${look} ${right ? 'cell-hit' : 'cell-miss'} cell-${Math.ceil((4 * count) / total)}">
      <button class="quiet" aria-label=${words} title=${words} aria-pressed=${chosen} @click=${() => (this.chosen = chosen ? null : [label, answered])}>${count.toLocaleString('en')}</button>
    </td>`;
  }

  #pictures(): TemplateResult | typeof nothing {
    if (!this.chosen) return nothing;
    const [label, answered] = this.chosen;
    const choice: JudgedChoice = { label, answered, beside: this.beside };
    return html`<div class="confusion-pictures"><h4>${labelWords(label)}, answered ${answered}</h4>
      <whimbrel-judged .api=${this.api} .version=${this.side.id} .choice=${choice}></whimbrel-judged></div>`;
  }
}
