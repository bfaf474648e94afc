import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { BackendChoice } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import type { BackendFigure } from '../engine/types';
import { LightElement, Watch } from './light_element';
import { backendName, duration } from './words';

const CHOICES: readonly BackendChoice[] = ['auto', 'wasm', 'webgl', 'webgpu', 'cpu'];

/** What computes in the page: chosen by what was measured here, or by the user. */
@customElement('whimbrel-backends')
export class BackendSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.host, this.whimbrel.settings]);
  }

  protected override render(): TemplateResult {
    return html`
      <h2>What computes it</h2>
      <fieldset class="choices">
        <legend class="unseen">Backend</legend>
        ${CHOICES.map((choice) => this.#choice(choice))}
      </fieldset>
      ${this.#figures()}
      <button @click=${() => void this.whimbrel.host.measure()} ?disabled=${this.whimbrel.host.measuring}>
        ${this.#measureWords()}
      </button>
    `;
  }

  #measureWords(): string {
    const { measuring, figures } = this.whimbrel.host;
    if (measuring) return 'Measuring…';
    return figures.length === 0 ? 'Measure now' : 'Measure again';
  }

  #choice(choice: BackendChoice): TemplateResult {
    const { host, settings } = this.whimbrel;
    const words = choice === 'auto' ? `The fastest that is right${this.#present()}` : backendName(choice);
    return html`<label class="choice">
      <input type="radio" name="backend" value=${choice} .checked=${settings.values.backend === choice}
        @change=${() => void this.whimbrel.chooseBackend(choice)} />
      <span>${words}</span>
      ${choice !== 'auto' && choice === host.backend ? html`<span class="soft">at work</span>` : nothing}
    </label>`;
  }

  #present(): string {
    const { backend } = this.whimbrel.host;
    return this.whimbrel.settings.values.backend === 'auto' && backend ? `: ${backendName(backend)}` : '';
  }

  #figures(): TemplateResult {
    const { figures } = this.whimbrel.host;
    if (figures.length === 0) return html`<p class="soft">Nothing has been measured on this computer yet.</p>`;
    return html`<div class="table-scroll"><table>
      <caption class="unseen">What was measured on this computer</caption>
      <thead><tr><th scope="col">Measured here</th><th scope="col">One picture</th><th scope="col">Numbers</th><th scope="col">Note</th></tr></thead>
      <tbody>${figures.map(row)}</tbody>
    </table></div>`;
  }
}

function row({ backend, threads, correct, relativeError, medianMs, note }: BackendFigure): TemplateResult {
  const name = threads > 1 ? `${backendName(backend)}, ${threads} threads` : backendName(backend);
  const off = relativeError === null ? '' : ` (off by ${relativeError.toExponential(0)})`;
  return html`<tr>
    <th scope="row">${name}</th>
    <td class="number">${medianMs === null ? '–' : duration(medianMs)}</td>
    <td>${correct ? `right${off}` : relativeError === null ? 'not tried' : `wrong${off}`}</td>
    <td class="soft">${note ?? ''}</td>
  </tr>`;
}
