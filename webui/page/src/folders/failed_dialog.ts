import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { ApiProblem, type ApiClient } from '../api/client';
import type { FailedPage, FailedPicture, FolderJob } from '../api/folders';
import { LightElement } from '../ui/light_element';
import { plural } from '../ui/words';
import { nameOf } from './words';

/** The files of a folder that could not be read as pictures, and why. */
@customElement('whimbrel-failed')
export class FailedDialog extends LightElement {
  @property({ attribute: false }) api!: Pick<ApiClient, 'send'>;
  @property({ attribute: false }) job!: FolderJob;
  @state() private found: readonly FailedPicture[] = [];
  @state() private next: number | null = null;
  @state() private problem: string | null = null;
  @query('dialog') private dialog!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this.dialog.showModal();
    void this.#more();
  }

  protected override render(): TemplateResult {
    const { job } = this;
    const over = job.state === 'cancelled';
    return html`<dialog aria-labelledby="failed-title" @close=${() => this.dispatchEvent(new CustomEvent('close'))}>
      <h2 id="failed-title">${plural(job.counts.failed, 'file', 'files')} of ${nameOf(job)} could not be read</h2>
      <p class="soft">The others are not touched by it. What was mended or put back can be tried again.</p>
      ${this.problem ? html`<p role="alert">${this.problem}</p>` : nothing}
      <ul class="failed">${this.found.map(row)}</ul>
      <div class="dialog-ways">
        ${over ? nothing : html`<button class="main" @click=${this.#again}>Try all again</button>`}
        ${this.next === null ? nothing : html`<button @click=${() => void this.#more()}>Show more</button>`}
        <button @click=${() => this.dialog.close()}>Close</button>
      </div>
    </dialog>`;
  }

  async #more(): Promise<void> {
    const after = this.next === null ? '' : `?after=${this.next}`;
    try {
      const { pictures, next } = await this.api.send<FailedPage>(`/api/queue/${this.job.number}/failed${after}`);
      this.found = [...this.found, ...pictures];
      this.next = next;
      this.problem = null;
    } catch (problem) {
      this.problem = problem instanceof ApiProblem ? problem.detail : "Whimbrel's server is not answering. Try again when it is back.";
    }
  }

  readonly #again = (): void => {
    this.dispatchEvent(new CustomEvent('again', { detail: this.job }));
    this.dialog.close();
  };
}

function row({ fileName, path, sentence, reason }: FailedPicture): TemplateResult {
  return html`<li data-failed=${reason}><b title=${path}>${fileName}</b><span>${sentence || reason}</span></li>`;
}
