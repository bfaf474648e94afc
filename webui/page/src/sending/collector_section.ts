import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { SyncApi, SyncState } from '../api/sync';
import { momentWords } from '../base/moments';
import { wordsOf } from '../ui/problems';
import { LightElement } from '../ui/light_element';

/** Connects this device to a collector with a code, or disconnects it. */
@customElement('whimbrel-collector')
export class CollectorSection extends LightElement {
  @property({ attribute: false }) api!: SyncApi;
  @property({ attribute: false }) found!: SyncState;
  @state() private busy = false;
  @state() private problem: string | null = null;
  @state() private leaving = false;

  protected override render(): TemplateResult {
    const { enrolment } = this.found;
    return html`<h2>The collector</h2>
      ${enrolment ? this.#belongs(enrolment) : nothing}
      ${enrolment && !this.leaving ? nothing : this.leaving ? this.#sure() : this.#form()}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  #belongs({ url, enrolledAt }: NonNullable<SyncState['enrolment']>): TemplateResult {
    return html`<p>This device belongs to ${url} since ${momentWords(enrolledAt)}.</p>
      ${this.leaving ? nothing : html`<button @click=${() => (this.leaving = true)}>Disconnect</button>`}`;
  }

  #form(): TemplateResult {
    return html`<p class="soft">Your team gives you an address and a code that works once.</p>
      <form class="enrol" @submit=${this.#enrol}>
        <label class="field"><span>Address</span><input name="url" type="text" inputmode="url" autocomplete="off" spellcheck="false" placeholder="https://collector.example.org" required /></label>
        <label class="field"><span>Code</span><input name="code" type="text" autocomplete="off" spellcheck="false" autocapitalize="characters" placeholder="K7QF-2M9T-4XHB-W0CD" required /></label>
        <button class="main" ?disabled=${this.busy}>${this.busy ? 'Connecting…' : 'Connect'}</button>
      </form>`;
  }

  #sure(): TemplateResult {
    const waits = this.found.withdrawing.length > 0;
    return html`<div class="sure" role="group" aria-label="Disconnect?">
      <p>${waits
        ? 'The collector has not heard yet what you took back, and never will if you disconnect now.'
        : 'What waits stays on this computer. To connect again you need a new code.'}</p>
      <div class="ways"><button class="danger" @click=${() => void this.#say(() => this.api.leave(waits))}>Disconnect</button>
        <button autofocus @click=${() => (this.leaving = false)}>Stay connected</button></div>
    </div>`;
  }

  readonly #enrol = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const typed = (name: string): string => String(form.get(name) ?? '').trim();
    void this.#say(() => this.api.enrol(typed('url'), typed('code')));
  };

  async #say(word: () => Promise<SyncState>): Promise<void> {
    this.problem = null;
    this.busy = true;
    try {
      this.dispatchEvent(new CustomEvent('heard', { bubbles: true, detail: await word() }));
      this.leaving = false;
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
    this.busy = false;
  }
}
