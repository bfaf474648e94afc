import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Theme } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement, Watch } from './light_element';

const THEMES: readonly { theme: Theme; name: string }[] = [
  { theme: 'system', name: 'As the system' },
  { theme: 'light', name: 'Light' },
  { theme: 'dark', name: 'Dark' },
  { theme: 'sun', name: 'Bright sun' },
];

/** What Whimbrel keeps of pictures, and how the page looks. */
@customElement('whimbrel-settings')
export class SettingsSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.settings]);
  }

  protected override render(): TemplateResult {
    const { settings } = this.whimbrel;
    return html`
      <h2>What is kept</h2>
      <p class="soft">Answers, your marks and the numbers that they are made of stay on this computer, unless you agree to <a href="#/sending">send them to your team's collector</a>. Pictures themselves are not copied.</p>
      ${this.#switch('keepThumbnails', 'Keep a small copy of each picture', 'At most 320 pixels, so that the strip can show what was seen before.')}
      ${this.#switch('keepCrops', 'Keep the square that the model looked at', '224 pixels, so that the model can later learn from corrections more deeply.')}
      ${settings.problem ? html`<p class="problem" role="alert">${settings.problem}</p>` : nothing}
      <h2>How it looks</h2>
      <fieldset class="choices">
        <legend class="unseen">Theme</legend>
        ${THEMES.map((entry) => this.#theme(entry))}
      </fieldset>
    `;
  }

  #switch(name: 'keepThumbnails' | 'keepCrops', words: string, what: string): TemplateResult {
    const { settings } = this.whimbrel;
    const change = ({ target }: Event): void =>
      void settings.change({ [name]: (target as HTMLInputElement).checked });
    return html`<label class="switch">
      <input type="checkbox" role="switch" .checked=${settings.values[name]} @change=${change} />
      <span class="switch-words"><span>${words}</span><span class="soft">${what}</span></span>
    </label>`;
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
