import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { RIGHT, UNSURE, type FeedbackLog } from '../app/feedback_log';
import type { Answer, PictureEntry } from '../app/picture_entry';
import type { PictureList } from '../app/picture_list';
import type { Whimbrel } from '../app/whimbrel';
import type { Prediction } from '../statistics/records';
import * as icons from './icons';
import { learnedLine } from './learned_line';
import { LightElement, Watch } from './light_element';
import { modelNotice } from './model_notice';
import type { ViewState } from './view_state';
import { backendName, duration, markWords, percent, takenWords } from './words';

/** Five answers, what the user says of them, and quietly how they came about. */
@customElement('whimbrel-answers')
export class AnswerPanel extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  /** Whose selected picture it is, and who takes the marks: the strip's, where nothing else is said. */
  @property({ attribute: false }) pictures: PictureList | null = null;
  @property({ attribute: false }) feedback: FeedbackLog | null = null;

  constructor() {
    super();
    const app = (): Whimbrel => this.whimbrel;
    new Watch(this, () => [this.view, app(), app().settings, this.#pictures, app().host, app().pipeline, this.#log]);
  }

  get #pictures(): PictureList {
    return this.pictures ?? this.whimbrel.pictures;
  }

  get #log(): FeedbackLog {
    return this.feedback ?? this.whimbrel.feedback;
  }

  protected override render(): TemplateResult | typeof nothing {
    const entry = this.#pictures.selected;
    if (!entry) return nothing;
    return html`${this.#main(entry)}${this.#facts(entry)}`;
  }

  #main(entry: PictureEntry): TemplateResult {
    if (entry.state === 'failed') return this.#failed(entry);
    if (entry.state !== 'done' || !entry.answer) return this.#waiting(entry);
    const unknown = this.whimbrel.unknown(entry);
    const kind = ['answers', unknown ? 'answers-guesses' : '', this.view.correcting ? 'answers-correcting' : ''].join(' ');
    return html`
      ${unknown ? html`<p class="unknown" data-unknown>I don't know. <span class="soft">It might be:</span></p>` : nothing}
      <ol class=${kind.trim()} aria-label=${unknown ? 'Guesses' : 'Answers'}>${entry.answer.predictions.slice(0, 5).map(answer)}</ol>
      ${learnedLine(entry)}
      ${this.view.correcting ? this.#correction(entry) : this.#feedback(entry)}
    `;
  }

  #correction(entry: PictureEntry): TemplateResult {
    return html`<whimbrel-correction .whimbrel=${this.whimbrel} .view=${this.view} .entry=${entry}
      .feedback=${this.#log}></whimbrel-correction>`;
  }

  #feedback(entry: PictureEntry): TemplateResult {
    const feedback = this.#log;
    const { mark } = entry;
    const correct = (): void => this.view.set({ correcting: true });
    return html`
      <div class="says" role="group" aria-label="What do you say?">
        ${say('right', 'Right', '⏎', 'Enter', mark?.isCorrect === true, () => feedback.mark(entry, RIGHT))}
        ${say('wrong', 'Wrong', 'W', 'w', mark?.isCorrect === false, correct)}
        ${say('unsure', "I don't know", 'U', 'u', mark !== null && mark.isCorrect === null, () => feedback.mark(entry, UNSURE))}
      </div>
      <p class="marked">
        ${mark
          ? html`<span>${markWords(mark)}.</span>
              <button class="link" @click=${() => feedback.undo()} aria-keyshortcuts="Control+z Meta+z">Undo</button>`
          : nothing}
      </p>
    `;
  }

  #waiting(entry: PictureEntry): TemplateResult {
    const { host } = this.whimbrel;
    const words = entry.state === 'working' ? 'Looking at the picture' : 'This picture waits for its turn';
    return html`<div class="answers-waiting">${host.ready ? html`<p class="soft">${words}</p>` : modelNotice(this.whimbrel)}</div>`;
  }

  #failed({ failure }: PictureEntry): TemplateResult {
    return html`<div class="notice notice-trouble">
      <h2>${icons.failed}<span>Not recognised</span></h2>
      <p>${failure?.sentence}</p>
      <p class="soft">${failure?.advice}</p>
    </div>`;
  }

  #facts(entry: PictureEntry): TemplateResult {
    const { width, height, capturedAt, answer: found } = entry;
    const size = width && height ? [`${width} × ${height}`] : [];
    const taken = capturedAt ? [`taken ${takenWords(capturedAt)}`] : [];
    return html`<footer class="facts">
      ${found ? html`<p>${this.#how(found)}</p>` : nothing}
      <p class="file-name">${[entry.path ?? entry.fileName, ...size, ...taken].join(' · ')}</p>
    </footer>`;
  }

  #how({ totalTime, backend, modelVersion }: Answer): string {
    const threads = backend === 'wasm' && backend === this.whimbrel.host.backend ? this.whimbrel.host.threads : 1;
    const engine = threads > 1 ? `${backendName(backend)}, ${threads} threads` : backendName(backend);
    return [duration(totalTime), engine, this.whimbrel.modelName(modelVersion)].join(' · ');
  }
}

/** One answer with its bar. The bar is drawn as an image: the page's policy allows no inline styles. */
function answer({ className, probability, rank }: Prediction): TemplateResult {
  const width = `${(probability * 100).toFixed(1)}%`;
  return html`<li class=${rank === 1 ? 'answer answer-first' : 'answer'}>
    <span class="answer-label">${className}</span>
    <span class="answer-share">${percent(probability)}</span>
    <svg class="answer-bar" aria-hidden="true" width="100%" height="4">
      <rect class="bar-all" width="100%" height="100%" rx="2"></rect>
      <rect class="bar-part" width=${width} height="100%" rx="2"></rect>
    </svg>
  </li>`;
}

function say(
  kind: 'right' | 'wrong' | 'unsure',
  words: string,
  key: string,
  shortcut: string,
  chosen: boolean,
  act: () => void,
): TemplateResult {
  return html`<button class="say say-${kind}" aria-pressed=${chosen} aria-keyshortcuts=${shortcut} @click=${act}>
    ${icons[kind]}<span>${words}</span><kbd aria-hidden="true">${key}</kbd>
  </button>`;
}
