import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement, Watch } from './light_element';

/** One quiet line below the bar while the memory takes nothing: what happened, and what to do. */
@customElement('whimbrel-memory-line')
export class MemoryLine extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel]);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { state, sentence, advice } = this.whimbrel.memory;
    if (state === 'well') return nothing;
    return html`<p class="memory-line" role="status" data-memory=${state}>
      <i class="state-dot" aria-hidden="true"></i><span>${sentence} <span class="memory-advice">${advice}</span></span>
    </p>`;
  }
}
