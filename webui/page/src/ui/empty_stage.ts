import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import * as icons from './icons';
import { LightElement, Watch } from './light_element';
import { modelNotice } from './model_notice';

const EXAMPLES = 3;

/** Before anything is looked at: one sentence, one button, and the place where pictures will be. */
@customElement('whimbrel-empty')
export class EmptyStage extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel, this.whimbrel.host, this.whimbrel.pictures]);
  }

  protected override render(): TemplateResult {
    const choose = (): void => void this.dispatchEvent(new CustomEvent('choose-pictures', { bubbles: true }));
    return html`
      <div class="empty-frames" aria-hidden="true">${this.#examples()}</div>
      <h1 class="empty-sentence">Drop pictures here, or press <kbd>C</kbd> for the camera</h1>
      <button class="main" @click=${choose}>Choose pictures</button>
      <div class="empty-model">${modelNotice(this.whimbrel)}</div>
    `;
  }

  /** The user's own latest pictures, or the outline of a place for them. */
  #examples(): TemplateResult[] {
    const { pictures, thumbnails } = this.whimbrel;
    const addresses = pictures.entries
      .slice(-12)
      .map((entry) => thumbnails.urlOf(entry))
      .filter((address) => address !== null)
      .slice(-EXAMPLES);
    return Array.from({ length: EXAMPLES }, (_, place) => {
      const address = addresses[place];
      const inside = address ? html`<img src=${address} alt="" draggable="false" />` : icons.picture;
      return html`<span class=${address ? 'empty-frame empty-filled' : 'empty-frame'}>${inside}</span>`;
    });
  }
}
