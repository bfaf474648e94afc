import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { FolderJob } from '../api/folders';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement, Watch } from '../ui/light_element';
import { plural } from '../ui/words';
import './failed_dialog';
import { isLive, type FolderQueue } from './folder_queue';
import './folders.css';
import { amountOf, leftOutWords, nameOf, progressParts, wentOnWords } from './words';

/** A quiet line for each folder that is worked through, wherever one is in the page. */
@customElement('whimbrel-folders')
export class FolderLines extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @state() private failures: FolderJob | null = null;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.folders]);
  }

  protected override render(): TemplateResult | typeof nothing {
    const folders = this.whimbrel.folders.queue;
    if (!folders) return nothing;
    const first = folders.shown.find(({ state }) => state === 'running');
    return html`
      ${folders.wentOn ? this.#wentOn(folders, folders.wentOn) : nothing}
      ${repeat(
        folders.shown,
        ({ number }) => number,
        (job) => this.#line(folders, job, job.state === 'running' && job !== first),
      )}
      ${folders.problem ? html`<p class="folder-note" role="alert">${folders.problem}</p>` : nothing}
      ${this.failures
        ? html`<whimbrel-failed .api=${this.whimbrel.api} .job=${this.failures}
            @again=${(event: CustomEvent<FolderJob>) => void folders.ask(event.detail, 'again')}
            @close=${() => (this.failures = null)}></whimbrel-failed>`
        : nothing}
    `;
  }

  #wentOn(folders: FolderQueue, job: FolderJob): TemplateResult {
    return html`<p class="folder-note" role="status">
      <span>${wentOnWords(job)}</span><button class="quiet" @click=${() => folders.read()}>OK</button>
    </p>`;
  }

  #line(folders: FolderQueue, job: FolderJob, waits: boolean): TemplateResult {
    const { ended, total } = amountOf(job);
    const name = nameOf(job);
    const leftOut = isLive(job) ? null : leftOutWords(job.leftOut);
    const [main, ...rest] = [...progressParts(job, waits), ...(leftOut ? [leftOut] : [])];
    return html`<div class="folder-line" role="group" aria-label=${name} data-folder=${job.number} data-state=${job.state}
      data-done=${job.counts.done} data-failed=${job.counts.failed}>
      <p class="folder-words" role=${isLive(job) ? nothing : 'status'}>
        <b title=${job.paths.join('\n')}>${name}</b> · <span class="folder-main">${main}</span>${rest.map((part) => html` · ${part}`)}
        ${job.counts.failed > 0 ? html`· ${this.#failed(job)}` : nothing}
      </p>
      <div class="folder-ways">${this.#ways(folders, job)}</div>
      ${isLive(job) ? html`<progress aria-label=${`${name}: ${main ?? ''}`} max=${Math.max(1, total)} value=${ended}></progress>` : nothing}
    </div>`;
  }

  #failed(job: FolderJob): TemplateResult {
    const words = `${plural(job.counts.failed, 'file', 'files')} not readable`;
    return html`<button class="quiet" @click=${() => (this.failures = job)}>${words}</button>`;
  }

  #ways(folders: FolderQueue, job: FolderJob): TemplateResult {
    const way = (what: Parameters<FolderQueue['ask']>[1], words: string): TemplateResult =>
      html`<button @click=${() => void folders.ask(job, what)}>${words}</button>`;
    if (job.state === 'running') return html`${way('pause', 'Pause')}${way('cancel', 'Cancel')}`;
    if (job.state === 'paused') return html`${way('resume', 'Resume')}${way('cancel', 'Cancel')}`;
    return way('forget', 'Close');
  }
}
