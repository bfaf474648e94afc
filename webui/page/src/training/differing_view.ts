import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { thumbnailUrl } from '../api/client';
import { differencesOf, type Differences, type Differing } from '../api/trials';
import type { Whimbrel } from '../app/whimbrel';
import { recordsOf } from '../labels/words';
import { LightElement } from '../ui/light_element';
import { plural } from '../ui/words';
import { wordsOf } from '../ui/problems';
import { differingWords } from './trial_words';

/** The server tells of so many. */
const MOST = 100;

/** The pictures that a version in the shadow calls otherwise than the one at work; each leads to History. */
@customElement('whimbrel-differing')
export class DifferingView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property() version = '';
  @state() private found: Differences | null = null;
  @state() private problem: string | null = null;

  protected override firstUpdated(): void {
    void this.#ask();
  }

  protected override render(): TemplateResult {
    const { found, problem } = this;
    if (problem) return html`<p class="problem" role="alert">${problem}</p>`;
    if (!found) return html`<p class="unseen" role="status">Loading…</p>`;
    const { n, differing } = found;
    if (n === 0) return html`<p class="soft" role="status">There is no picture yet that both have answered.</p>`;
    const of = `of ${plural(n, 'picture', 'pictures')} that both have answered`;
    if (differing.length === 0) return html`<p class="soft" role="status">They differ on none ${of}.</p>`;
    return html`<p class="soft" role="status">They differ on ${differing.length === MOST ? 'these and perhaps more' : 'these'} ${of}, the newest first:</p>
      <ul class="judged" tabindex="0" aria-label="Pictures on which they differ">${differing.map(picture)}</ul>`;
  }

  async #ask(): Promise<void> {
    try {
      this.found = await differencesOf((path, body) => this.whimbrel.api.send(path, body), this.version);
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}

function picture(differing: Differing): TemplateResult {
  const { sha256, fileName, hasThumbnail } = differing;
  const content = html`${hasThumbnail && sha256 ? html`<img src=${thumbnailUrl(sha256)} alt="" loading="lazy" />` : html`<span class="judged-none" aria-hidden="true"></span>`}
    ${fileName ? html`<span class="unseen">${fileName}: </span>` : nothing}<span class="judged-words">${differingWords(differing)}</span>`;
  return html`<li>${sha256 ? html`<a href=${recordsOf({ sha256 })} title=${fileName ?? nothing}>${content}</a>` : content}</li>`;
}
