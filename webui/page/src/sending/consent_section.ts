import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Places, Preview, Sharing, SyncApi, SyncState, WithdrawScope } from '../api/sync';
import { momentWords } from '../base/moments';
import { wordsOf } from '../ui/problems';
import { LightElement } from '../ui/light_element';
import { partWords, previewWords, sameSharing, takenBack } from './words';

const SHOWN = 2;
const MOST = 500;
const SWITCHES: readonly { name: 'embeddings' | 'crops' | 'fileNames'; words: string; what: string }[] = [
  { name: 'embeddings', words: 'The numbers of each picture', what: 'What the model made of it (1280 numbers), so that the team can learn from it. A rough idea of the picture can be guessed from them.' },
  { name: 'crops', words: 'The square that the model looked at', what: '224 pixels, as far as they are kept. This is a picture.' },
  { name: 'fileNames', words: 'File names', what: 'The name alone, never the folder.' },
];
const PLACES: readonly { value: Places; words: string }[] = [
  { value: 'off', words: 'not sent' },
  { value: 'coarse', words: 'to about 11 km' },
  { value: 'exact', words: 'exactly' },
];

/** What goes to the collector if the user agrees, shown exactly, and taking that back. */
@customElement('whimbrel-consent')
export class ConsentSection extends LightElement {
  @property({ attribute: false }) api!: SyncApi;
  @property({ attribute: false }) found!: SyncState;
  /** What the switches say, until it is agreed to. */
  @state() private chosen: Sharing | null = null;
  @state() private preview: Preview | null | 'not asked' = 'not asked';
  @state() private problem: string | null = null;
  @state() private asking: WithdrawScope | null = null;
  #most = SHOWN;

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('found');
    if (before && before.accounts.waiting !== this.found.accounts.waiting) this.#askAgain();
  }

  protected override render(): TemplateResult {
    const { given, givenAt } = this.found.consent;
    return html`<h2>What is sent</h2>
      <p>${consentWords(given, givenAt)}</p>
      ${SWITCHES.map((one) => this.#switch(one))} ${this.#places()} ${this.#exactly()} ${this.#agree(given)}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${given ? this.#takeBack() : nothing}`;
  }

  get #sharing(): Sharing {
    return this.chosen ?? this.found.consent.sharing;
  }

  #switch({ name, words, what }: (typeof SWITCHES)[number]): TemplateResult {
    const change = ({ target }: Event): void => this.#choose({ [name]: (target as HTMLInputElement).checked });
    return html`<label class="switch">
      <input type="checkbox" role="switch" name=${name} .checked=${this.#sharing[name]} @change=${change} />
      <span class="switch-words"><span>${words}</span><span class="soft">${what}</span></span>
    </label>`;
  }

  #places(): TemplateResult {
    const change = ({ target }: Event): void => this.#choose({ places: (target as HTMLSelectElement).value as Places });
    return html`<label class="field"><span>Where a picture was taken</span>
        <select name="places" @change=${change}>
          ${PLACES.map(({ value, words }) => html`<option value=${value} ?selected=${value === this.#sharing.places}>${words}</option>`)}
        </select></label>
      <p class="soft">Whimbrel does not note places yet; this holds for when it does.</p>`;
  }

  #exactly(): TemplateResult {
    const opened = ({ target }: Event): void => void ((target as HTMLDetailsElement).open && this.preview === 'not asked' && this.#look());
    const { preview } = this;
    return html`<details class="exactly" @toggle=${opened}><summary>See exactly what would go next</summary>
      ${preview === 'not asked' ? nothing : preview === null ? html`<p class="soft">Nothing waits to be sent.</p>` : this.#body(preview)}
    </details>`;
  }

  #body({ records, waiting, address, body }: Preview): TemplateResult {
    const all = (): void => {
      this.#most = MOST;
      this.#look();
    };
    return html`<p class="soft">${previewWords(records, waiting)} to ${address}:</p>
      <pre tabindex="0" aria-label="The next records exactly">${JSON.stringify(body, null, 2)}</pre>
      ${records < Math.min(waiting, MOST) ? html`<button @click=${all}>Show the whole batch</button>` : nothing}`;
  }

  #agree(given: boolean): TemplateResult | typeof nothing {
    if (!given) return html`<button class="main" @click=${() => void this.#say(() => this.api.agree(this.#sharing))}>Agree, and send this from now on</button>`;
    if (this.chosen === null || sameSharing(this.chosen, this.found.consent.sharing)) return nothing;
    const parts = takenBack(this.found.consent.sharing, this.chosen);
    return html`<div class="ways"><button class="main" @click=${() => void this.#say(() => this.api.agree(this.#sharing))}>Send it so from now on</button>
        <button @click=${() => (this.chosen = null)}>As before</button></div>
      ${parts.length > 0 ? html`<p class="soft">What was sent before stays at the collector. To erase it there, take back ${parts.map(partWords).join(', ')} below.</p>` : nothing}`;
  }

  #takeBack(): TemplateResult {
    const { sharing } = this.found.consent;
    const scopes: WithdrawScope[] = [...takenBack(sharing, { embeddings: false, crops: false, fileNames: false, places: 'off' }), 'all'];
    return html`<h3>Take it back</h3>
      <p class="soft">It is not sent any more, and the collector erases what came of it, as soon as it is reached. On this computer it stays.</p>
      ${this.asking ? this.#sure(this.asking) : html`<div class="ways">${scopes.map((scope) => html`<button @click=${() => (this.asking = scope)}>Take back ${partWords(scope)}</button>`)}</div>`}`;
  }

  #sure(scope: WithdrawScope): TemplateResult {
    return html`<div class="sure" role="group" aria-label="Take it back?">
      <p>The collector will erase ${partWords(scope)} of this device. <b>This can't be undone.</b></p>
      <div class="ways"><button class="danger" @click=${() => void this.#say(() => this.api.withdraw(scope))}>Take back ${partWords(scope)}</button>
        <button autofocus @click=${() => (this.asking = null)}>Leave it</button></div>
    </div>`;
  }

  #choose(change: Partial<Sharing>): void {
    this.chosen = { ...this.#sharing, ...change };
    this.#askAgain();
  }

  #askAgain(): void {
    if (this.preview !== 'not asked') this.#look();
  }

  #look(): void {
    const asked = this.#sharing;
    const came = (found: Preview | null): void => {
      if (sameSharing(asked, this.#sharing)) this.preview = found;
    };
    void this.api.preview(asked, this.#most).then(came, (problem: unknown) => (this.problem = wordsOf(problem)));
  }

  async #say(word: () => Promise<SyncState>): Promise<void> {
    this.problem = null;
    try {
      const found = await word();
      this.chosen = null;
      this.asking = null;
      this.dispatchEvent(new CustomEvent('heard', { bubbles: true, detail: found }));
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}

/** What goes in any case, and whether it does. */
function consentWords(given: boolean, saidAt: number): string {
  const what = 'answers with their labels and times, your marks, failures, and of each picture its fingerprint (SHA-256) and size';
  if (given) return `You agreed to this on ${momentWords(saidAt)}: ${what}.`;
  const before = saidAt > 0 ? 'You took it back; nothing leaves this computer any more. If you agree again' : 'Nothing has left this computer. If you agree';
  return `${before}, ${what} go to your team’s collector. Pictures do not, nor the folders in which they lie. And with them, if you like:`;
}
