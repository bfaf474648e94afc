import { html, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { thumbnailUrl } from '../api/client';
import type { JudgedChoice, JudgedPicture, JudgedPictures, TrainingApi } from '../api/training';
import { recordsOf } from '../labels/words';
import { LightElement } from '../ui/light_element';
import { plural } from '../ui/words';
import { wordsOf } from '../ui/problems';
import { labelWords } from './words';

/** The same choice made anew is no other. */
function differs(now: JudgedChoice, before: JudgedChoice | undefined): boolean {
  return JSON.stringify(now) !== JSON.stringify(before);
}

/** The pictures behind a figure; each leads to what is known of it in History. */
@customElement('whimbrel-judged')
export class JudgedView extends LightElement {
  @property({ attribute: false }) api!: TrainingApi;
  @property() version = '';
  @property({ attribute: false, hasChanged: differs }) choice: JudgedChoice = {};
  @state() private found: JudgedPictures | null = null;
  @state() private problem: string | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('version') || changed.has('choice')) void this.#ask();
  }

  protected override render(): TemplateResult {
    const { found, problem } = this;
    if (problem) return html`<p class="problem" role="alert">${problem}</p>`;
    if (!found) return html`<p class="unseen" role="status">Loading…</p>`;
    const { pictures, count } = found;
    const shown = pictures.length < count ? `${pictures.length} of ${count.toLocaleString('en')}` : plural(count, 'picture', 'pictures');
    return html`<p class="soft" role="status">${count === 0 ? 'These pictures are not kept any more.' : shown}</p>
      <ul class="judged" tabindex="0" aria-label="Pictures">${pictures.map((picture) => this.#picture(picture))}</ul>`;
  }

  #picture({ sha256, fileName, hasThumbnail, label, answered, right }: JudgedPicture): TemplateResult {
    const words = right ? `${labelWords(label)}: right` : `is ${labelWords(label)}, answered ${answered}`;
    return html`<li><a href=${recordsOf({ sha256 })} title=${fileName}>
      ${hasThumbnail ? html`<img src=${thumbnailUrl(sha256)} alt="" loading="lazy" />` : html`<span class="judged-none" aria-hidden="true"></span>`}
      <span class="unseen">${fileName}: </span><span class="judged-words">${words}</span>
    </a></li>`;
  }

  async #ask(): Promise<void> {
    const { version, choice } = this;
    try {
      const found = await this.api.judged(version, choice);
      if (version === this.version && choice === this.choice) this.found = found;
      this.problem = null;
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}

