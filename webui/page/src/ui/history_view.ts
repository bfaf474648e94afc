import { html, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { PictureCard } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from './light_element';
import type { ViewState } from './view_state';
import { percent } from './words';

const MOST = 200;

/** What was recognised before, newest first. */
@customElement('whimbrel-history')
export class HistoryView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @state() private pictures: readonly PictureCard[] | null = null;
  @state() private problem: string | null = null;

  protected override firstUpdated(): void {
    void this.#ask();
  }

  protected override render(): TemplateResult {
    return html`<h1>History</h1>${this.#content()}`;
  }

  #content(): TemplateResult {
    if (this.problem) return html`<p class="problem" role="alert">${this.problem}</p>`;
    if (!this.pictures) return html`<p class="soft" role="status">Looking…</p>`;
    if (this.pictures.length === 0) {
      return html`<p>Nothing has been recognised yet. <a href="#/recognise">Choose the first pictures.</a></p>`;
    }
    return html`<ul class="past">${this.pictures.map(line)}</ul>`;
  }

  async #ask(): Promise<void> {
    try {
      this.pictures = (await this.whimbrel.api.pictures(null, MOST)).pictures;
    } catch (problem) {
      this.problem = problem instanceof Error ? `${problem.message}.` : 'What was recognised before could not be read.';
    }
  }
}

function line({ picture, predictions }: PictureCard): TemplateResult {
  const [best] = predictions;
  const answer = best ? `${best.className}, ${percent(best.probability)}` : 'no answer';
  return html`<li><span class="file-name">${picture?.fileName ?? 'a picture without a name'}</span><span>${answer}</span></li>`;
}
