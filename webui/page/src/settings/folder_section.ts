import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ProgramApi, ProgramInfo, StorageFigure } from '../api/program';
import { wordsOf } from '../ui/problems';
import { LightElement } from '../ui/light_element';
import { bytesWords, kindWords } from './words';

/** Where everything is kept, and what takes room there. */
@customElement('whimbrel-folder')
export class FolderSection extends LightElement {
  @property({ attribute: false }) api!: ProgramApi;
  @property({ attribute: false }) info: ProgramInfo | null = null;
  @state() private problem: string | null = null;

  protected override render(): TemplateResult {
    return html`<h2>The data folder</h2>
      ${this.info ? this.#content(this.info) : html`<p class="soft" role="status">Looking…</p>`}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  #content({ dataDir, storage, free, canShow }: ProgramInfo): TemplateResult {
    const kept = storage.filter(({ bytes }) => bytes > 0);
    const all = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    return html`<p class="file-name"><code>${dataDir}</code></p>
      ${canShow ? html`<button @click=${() => void this.#show()}>Open in the file manager</button>` : nothing}
      <div class="table-scroll"><table class="sizes">
        <caption class="unseen">What takes room</caption>
        <tbody>${kept.map(row)}
          <tr class="sum"><th scope="row">Together</th><td class="number">${bytesWords(all)}</td></tr></tbody>
      </table></div>
      <p class="soft">${bytesWords(free)} are free on its disk. Another folder is named when Whimbrel is started: <code>whimbrel run --data-dir FOLDER</code></p>`;
  }

  async #show(): Promise<void> {
    this.problem = null;
    try {
      await this.api.showFolder();
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}

function row({ kind, bytes }: StorageFigure): TemplateResult {
  return html`<tr><th scope="row">${kindWords(kind)}</th><td class="number">${bytesWords(bytes)}</td></tr>`;
}
