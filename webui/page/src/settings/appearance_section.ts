import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Theme } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement, Watch } from '../ui/light_element';

const THEMES: readonly { theme: Theme; name: string }[] = [
  { theme: 'system', name: 'As the system' },
  { theme: 'light', name: 'Light' },
  { theme: 'dark', name: 'Dark' },
  { theme: 'sun', name: 'Bright sun' },
];

/** How the page looks. */
@customElement('whimbrel-appearance')
export class AppearanceSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.settings]);
  }

  protected override render(): TemplateResult {
    return html`
      <h2>How it looks</h2>
      <fieldset class="choices">
        <legend class="unseen">Theme</legend>
        ${THEMES.map((entry) => this.#theme(entry))}
      </fieldset>
    `;
  }

  #theme({ theme, name }: (typeof THEMES)[number]): TemplateResult {
    const { settings } = this.whimbrel;
    return html`<label class="choice">
      <input type="radio" name="theme" value=${theme} .checked=${settings.values.theme === theme}
        @change=${() => void settings.change({ theme })} />
      <span>${name}</span>
    </label>`;
  }
}
