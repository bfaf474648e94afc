import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Scope } from '../api/retention';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from './light_element';

/** A quiet button that asks before it erases. */
@customElement('whimbrel-forget')
export class ForgetButton extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) scope!: Scope;
  /** What the button says, e.g. "Forget this picture…". */
  @property() words = '';
  /** What the dialog asks. */
  @property() heading = '';
  @state() private asking = false;
  @state() private away = false;

  protected override render(): TemplateResult {
    return html`<button class="quiet" @click=${this.#ask}>${this.words}</button>
      ${this.away ? html`<p class="soft" role="alert">Whimbrel's server is not answering.</p>` : nothing}
      ${this.asking
        ? html`<whimbrel-erase .whimbrel=${this.whimbrel} .scope=${this.scope} heading=${this.heading}
            @close=${() => (this.asking = false)}></whimbrel-erase>`
        : nothing}`;
  }

  /** What is asked is fetched when it is: most visits erase nothing. */
  readonly #ask = async (): Promise<void> => {
    this.asking = await import('./erase_dialog').then(
      () => true,
      () => false,
    );
    this.away = !this.asking;
  };
}
