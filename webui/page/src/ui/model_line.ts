import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement, Watch } from './light_element';

/** One quiet line below the bar while a model was refused and the one before goes on: what happened, what to do. */
@customElement('whimbrel-model-line')
export class ModelLine extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.host]);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { refused, failure, model } = this.whimbrel.host;
    if (!refused || !failure || !model) return nothing;
    return html`<p class="memory-line" role="status" data-refused=${refused.id}>
      <i class="state-dot" aria-hidden="true"></i><span>${failure.sentence} ${model.name} goes on.
        <span class="memory-advice">${failure.advice}</span></span>
    </p>`;
  }
}
