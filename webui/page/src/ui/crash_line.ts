import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { ProgramApi, type TextFile } from '../api/program';
import type { Whimbrel } from '../app/whimbrel';
import { shownFile } from '../settings/diagnostics_section';
import '../settings/settings.css';
import { problemOf } from './problems';
import { LightElement } from './light_element';

const SENTENCES = {
  ended: 'Whimbrel ended unexpectedly last time.',
  part: 'A part of Whimbrel stopped with an error.',
} as const;

/** One quiet line below the bar after an end that nobody wanted; the report is shown and sent nowhere. */
@customElement('whimbrel-crash-line')
export class CrashLine extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @state() private report: TextFile | null = null;
  @state() private gone = false;
  @state() private problem: string | null = null;
  @query('dialog') private dialog!: HTMLDialogElement | null;

  protected override updated(): void {
    if (this.dialog && !this.dialog.open) this.dialog.showModal();
  }

  protected override render(): TemplateResult | typeof nothing {
    const crash = this.whimbrel.session?.crash;
    if (!crash || this.gone) return nothing;
    return html`<p class="memory-line" role="status">
        <i class="state-dot" aria-hidden="true"></i><span>${SENTENCES[crash.kind]} ${this.problem ?? ''}</span>
        <button class="link" @click=${() => void this.#show()}>Show report</button>
        <button class="link" @click=${() => void this.#dismiss()}>Dismiss</button>
      </p>
      ${this.report ? this.#shown(this.report) : nothing}`;
  }

  #shown(report: TextFile): TemplateResult {
    return html`<dialog class="wide" aria-labelledby="crash-title" @close=${() => (this.report = null)}>
      <h2 id="crash-title">How it ended</h2>
      <p class="soft">This is on this computer and is sent nowhere. Save it if somebody is to look at it.</p>
      ${shownFile(report)}
      <div class="dialog-ways"><button @click=${() => this.dialog?.close()}>Close</button></div>
    </dialog>`;
  }

  get #api(): ProgramApi {
    return new ProgramApi(this.whimbrel.api);
  }

  async #show(): Promise<void> {
    await this.#try(async () => void (this.report = await this.#api.crashReport()));
  }

  async #dismiss(): Promise<void> {
    await this.#try(async () => {
      await this.#api.dismissCrash();
      this.gone = true;
    });
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.problem = null;
    this.problem = await problemOf(work);
  }
}
