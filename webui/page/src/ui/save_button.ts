import { html, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { LightElement } from './light_element';

/** What the window (desktop/window_downloads.py) tells of a file. A browser shows itself what it saved. */
type Saved = CustomEvent<{ readonly name: string; readonly sentence: string }>;

/** A button that hands the browser a file to keep; in Whimbrel's own window it says afterwards where that is. */
@customElement('whimbrel-save')
export class SaveButton extends LightElement {
  @property() words = 'Save as a file';
  /** For screen readers, where the words alone do not say what is saved. */
  @property() label = '';
  @property() look = '';
  @property() name = '';
  /** Makes the content only when it is asked for. */
  @property({ attribute: false }) content!: () => Blob;
  @state() private said = '';

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('whimbrel-saved', this.#heard);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('whimbrel-saved', this.#heard);
  }

  protected override render(): TemplateResult {
    return html`<button class=${this.look} aria-label=${this.label || this.words} @click=${this.#save}>${this.words}</button>
      <span class="soft saved-where" role="status">${this.said}</span>`;
  }

  readonly #save = (): void => {
    this.said = '';
    const address = URL.createObjectURL(this.content());
    const link = Object.assign(document.createElement('a'), { href: address, download: this.name });
    link.click();
    URL.revokeObjectURL(address);
  };

  readonly #heard = (event: Event): void => {
    const { name, sentence } = (event as Saved).detail;
    if (name === this.name) this.said = sentence;
  };
}
