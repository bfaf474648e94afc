import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import * as icons from './icons';
import { LightElement, Watch } from './light_element';
import type { Place, ViewState } from './view_state';

/** All are always there: none moves from under somebody's finger when pictures to review come. */
const PLACES: readonly { place: Place; name: string; icon: TemplateResult }[] = [
  { place: 'recognise', name: 'Recognise', icon: icons.picture },
  { place: 'review', name: 'Review', icon: icons.review },
  { place: 'history', name: 'History', icon: icons.history },
  { place: 'model', name: 'Model', icon: icons.model },
  { place: 'performance', name: 'Performance', icon: icons.performance },
];

/** The one bar: where one can go, and at its end, in words, whether everything is kept. */
@customElement('whimbrel-bar')
export class TopBar extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;

  constructor() {
    super();
    new Watch(this, () => [this.view, this.whimbrel, this.whimbrel.queue.sender, this.whimbrel.review, this.whimbrel.sync]);
  }

  protected override render(): TemplateResult {
    return html`
      <a class="bar-name" href="#/recognise" aria-label="Whimbrel, to the pictures">${icons.mark}<span>Whimbrel</span></a>
      <nav class="bar-places" aria-label="Places">${PLACES.map((entry) => this.#link(entry))}</nav>
      <div class="bar-state" role="status">${this.#state()}</div>
      <a class="bar-settings" href="#/settings" title="Settings" aria-label="Settings" aria-current=${this.view.place === 'settings' ? 'page' : nothing}>${icons.settings}</a>
    `;
  }

  #link({ place, name, icon }: (typeof PLACES)[number]): TemplateResult {
    const here = this.view.place === place;
    const { waiting } = this.whimbrel.review;
    const count = place === 'review' && waiting > 0 ? html` <span class="number">${waiting.toLocaleString('en')}</span>` : nothing;
    return html`<a href="#/${place}" aria-current=${here ? 'page' : nothing}>${icon}<span>${name}${count}</span></a>`;
  }

  #state(): TemplateResult {
    const { trouble, waiting, parked } = this.whimbrel.queue.sender;
    if (parked > 0) {
      const open = (): void => void this.dispatchEvent(new CustomEvent('show-parked', { bubbles: true }));
      return html`<button class="link state-trouble" @click=${open}>${parked} not taken: see why</button>`;
    }
    if (trouble !== null) return sign('trouble', `${waiting} not saved yet${this.#why(trouble)}`);
    if (waiting > 0) return sign('saving', 'saving…');
    if (!this.whimbrel.serverAnswers) return sign('trouble', "Whimbrel's server is not answering: answers wait here");
    return this.whimbrel.queue.lasting
      ? html`<a href="#/sending" aria-current=${this.view.place === 'sending' ? 'page' : nothing}>${sign('well', this.whimbrel.sync.words ?? 'on this computer')}</a>`
      : sign('trouble', 'saved at once: this browser lets Whimbrel keep nothing');
  }

  /** Nothing where the memory's own line below the bar says why. */
  #why(trouble: string): string {
    return this.whimbrel.memory.state === 'well' ? `: ${trouble}` : '';
  }
}

function sign(kind: string, words: string): TemplateResult {
  return html`<span class="state-${kind}"><i class="state-dot" aria-hidden="true"></i><span>${words}</span></span>`;
}
