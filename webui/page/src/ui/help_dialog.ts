import { html, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import '../look/help.css';
import { LightElement } from './light_element';
import { addressOf, type Place } from './view_state';

const KEYS: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ['Enter'], does: 'the answer is right' },
  { keys: ['W'], does: 'it is wrong; then type what it is' },
  { keys: ['U'], does: "I don't know" },
  { keys: ['←', '→'], does: 'the picture before, the next' },
  { keys: ['C'], does: 'the camera; the space bar takes a picture' },
  { keys: ['Ctrl', 'V'], does: 'recognise a picture from the clipboard' },
  { keys: ['Ctrl', 'Z'], does: 'take the last word back' },
  { keys: ['F1'], does: 'this help' },
];
const PLACES: readonly { place: Place; name: string; does: string }[] = [
  { place: 'recognise', name: 'Recognise', does: 'drop pictures, see the answers, say right or wrong' },
  { place: 'review', name: 'Review', does: 'name pictures that chance picked: that tells how often Whimbrel is right' },
  { place: 'history', name: 'History', does: 'everything that was recognised; filters, and exports' },
  { place: 'model', name: 'Model', does: 'learn from what you corrected, use a version, go back' },
  { place: 'performance', name: 'Performance', does: 'how quick and how often right, with the pictures behind it' },
  { place: 'sending', name: 'Sending', does: "to your team's collector, once you agreed" },
];

/** The keys and the places, or what this program is; leaves the page when it is closed. */
@customElement('whimbrel-help')
export class HelpDialog extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ type: Boolean }) about = false;
  @query('dialog') private dialog!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected override render(): TemplateResult {
    const title = this.about ? 'About Whimbrel' : 'Help';
    return html`<dialog class="help" aria-labelledby="help-title" @close=${() => this.remove()}>
      <h2 id="help-title">${title}</h2>
      ${this.about ? this.#about() : this.#help()}
      <div class="dialog-ways"><button class="main" autofocus @click=${() => this.dialog.close()}>Close</button></div>
    </dialog>`;
  }

  #help(): TemplateResult {
    const close = (): void => this.dialog.close();
    return html`
      <h3>Keys</h3>
      <dl class="help-list">
        ${KEYS.map(({ keys, does }) => html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${does}</dd>`)}
      </dl>
      <h3>Places</h3>
      <dl class="help-list">
        ${PLACES.map(({ place, name, does }) => html`<dt><a href=${addressOf(place)} @click=${close}>${name}</a></dt><dd>${does}</dd>`)}
      </dl>
      <p class="soft">Where something does not work, <code>whimbrel doctor</code> in a terminal says what, and what to do.</p>
    `;
  }

  #about(): TemplateResult {
    const { session, host } = this.whimbrel;
    return html`
      <p>Recognises what is in photographs, on this computer, and remembers it. Pictures stay where they are.</p>
      <dl class="help-list">
        <dt>Version</dt><dd>${session?.app.version ?? 'not known'}</dd>
        <dt>Model</dt><dd>${host.model?.name ?? 'none yet'}</dd>
        <dt>Licence</dt><dd>MIT</dd>
      </dl>
    `;
  }
}
