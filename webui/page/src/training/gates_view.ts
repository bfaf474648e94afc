import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Gate, TrainingApi } from '../api/training';
import type { ModelVersion } from '../api/types';
import * as icons from '../ui/icons';
import { LightElement } from '../ui/light_element';
import './judged';
import { gateName, gatesOf, gateState } from './words';

/** The checks of a version: which passed, by how much one failed, and the pictures that it got wrong. */
@customElement('whimbrel-gates')
export class GatesView extends LightElement {
  @property({ attribute: false }) api!: TrainingApi;
  @property({ attribute: false }) version!: ModelVersion;
  @state() private open: string | null = null;

  protected override render(): TemplateResult | typeof nothing {
    const gates = gatesOf(this.version);
    if (gates.length === 0) return nothing;
    return html`<ul class="gates" aria-label="Checks">${gates.map((gate) => this.#gate(gate))}</ul>`;
  }

  #gate(gate: Gate): TemplateResult {
    const { name, passed, sentence, pictures } = gate;
    const open = this.open === name;
    const toggle = (): void => void (this.open = open ? null : name);
    return html`<li data-gate=${name} data-passed=${String(passed)}>
      <span class="gate-mark gate-${look(passed)}">${sign(passed)}</span>
      <div>
        <p><b>${gateName(gate)}</b> <span class="soft">${gateState(gate)}</span></p>
        <p class="soft">${sentence}</p>
        ${pictures.length > 0
          ? html`<button class="link" aria-expanded=${open} @click=${toggle}>${open ? 'Hide' : 'Show'} what it got wrong</button>`
          : nothing}
        ${open ? html`<whimbrel-judged .api=${this.api} .version=${this.version.id} .choice=${{ gate: name }}></whimbrel-judged>` : nothing}
      </div>
    </li>`;
  }
}

function look(passed: Gate['passed']): string {
  if (passed === null) return 'unsure';
  return passed ? 'right' : 'wrong';
}

function sign(passed: Gate['passed']): TemplateResult {
  if (passed === null) return icons.unsure;
  return passed ? icons.right : icons.wrong;
}
