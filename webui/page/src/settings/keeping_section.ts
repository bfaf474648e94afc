import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement, Watch } from '../ui/light_element';

type Switch = 'keepThumbnails' | 'keepCrops' | 'keepEmbeddings';

/** What Whimbrel keeps of pictures. */
@customElement('whimbrel-keeping')
export class KeepingSection extends LightElement {
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
      ${this.#switch('keepEmbeddings', 'Keep the numbers that the model found', '2.5 KB a picture. Without them nothing is learned from it: a correction is only remembered.')}
      ${this.#switch('keepCrops', 'Keep the square that the model looked at', '224 pixels, so that the model can later learn from corrections more deeply.')}
      ${settings.problem ? html`<p class="problem" role="alert">${settings.problem}</p>` : nothing}
    `;
  }

  #switch(name: Switch, words: string, what: string): TemplateResult {
    const { settings } = this.whimbrel;
    const change = ({ target }: Event): void =>
      void settings.change({ [name]: (target as HTMLInputElement).checked });
    return html`<label class="switch">
      <input type="checkbox" role="switch" .checked=${settings.values[name]} @change=${change} />
      <span class="switch-words"><span>${words}</span><span class="soft">${what}</span></span>
    </label>`;
  }
}
