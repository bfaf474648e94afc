import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { LightElement } from '../ui/light_element';
import { csvButton, type DataTable } from './table';

/** A table that is made only once it is asked for, and its CSV. */
@customElement('whimbrel-data')
export class DataDisclosure extends LightElement {
  @property({ attribute: false }) table!: DataTable;
  @property() name = 'Table';
  @state() private open = false;

  protected override render(): TemplateResult {
    return html`<details class="data" @toggle=${this.#toggled}>
      <summary>${this.name}<span class="unseen">: ${this.table.caption}</span></summary>
      ${this.open ? html`${this.table.body()}<p>${csvButton(this.table)}</p>` : nothing}
    </details>`;
  }

  readonly #toggled = ({ target }: Event): void => void (this.open = (target as HTMLDetailsElement).open);
}
