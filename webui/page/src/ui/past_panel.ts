import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { thumbnailUrl } from '../api/client';
import type { WholeRecord } from '../api/record_types';
import type { PastRow } from '../app/past_list';
import { changed } from '../app/past_question';
import type { Whimbrel } from '../app/whimbrel';
import * as icons from './icons';
import { LightElement, Watch } from './light_element';
import { fileWords, folderWords, saidWords, whatWords, wholeMoment } from './past_words';
import { addressOf, type ViewState } from './view_state';
import { backendName, duration, megabytes, takenWords } from './words';

type Fact = readonly [name: string, value: string | TemplateResult];
const CAME: Readonly<Record<string, string>> = {
  file: 'a file',
  camera: 'the camera',
  paste: 'the clipboard',
  folder: 'a folder',
};

/** All that is known of one record, beside the list; what is said of it here counts as in Recognise. */
@customElement('whimbrel-past-panel')
export class PastPanel extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @property({ attribute: false }) row!: PastRow;
  @state() private whole: WholeRecord | null = null;
  @state() private problem: string | null = null;
  #asked: string | null = null;
  #waited = false;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel, this.whimbrel.past, this.whimbrel.queue.sender]);
  }

  /** Asks for another record at once, and for what was said of this one when the server has heard it. */
  protected override willUpdate(): void {
    const { id } = this.row.card;
    const { waiting } = this.whimbrel.queue.sender;
    const justSent = this.#waited && waiting === 0;
    this.#waited = waiting > 0;
    if (this.#asked !== id) this.whole = this.problem = null;
    else if (!justSent || this.#isTold) return;
    this.#asked = id;
    void this.#ask(id);
  }

  /** Whether the last word that is shown is the last that the server told of. */
  get #isTold(): boolean {
    if (!this.whole || !this.row.entry) return true;
    const last = this.whole.said.filter(({ retractedBy }) => retractedBy === null).at(-1);
    return (last?.id ?? null) === (this.row.entry.mark?.feedbackId ?? null);
  }

  async #ask(id: string): Promise<void> {
    try {
      const whole = await this.whimbrel.api.record(id);
      if (id === this.row.card.id) this.whole = whole;
    } catch (problem) {
      if (id === this.row.card.id) this.problem = problem instanceof Error ? `${problem.message}.`.replace(/\.+$/, '.') : 'It could not be read.';
    }
  }

  protected override render(): TemplateResult {
    const { card, entry } = this.row;
    const close = (): void => void this.dispatchEvent(new CustomEvent('close'));
    return html`
      <header class="past-head">
        <h2 class="file-name">${fileWords(card) || whatWords(this.row)}</h2>
        <button class="past-close" aria-label="Close" aria-keyshortcuts="Escape" @click=${close}>${icons.close}<kbd aria-hidden="true">Esc</kbd></button>
      </header>
      ${this.#picture()} ${entry ? this.#answers() : this.#event()}
      <dl class="past-facts">${this.#facts().map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing} ${this.#said()}
      <div class="past-ways">${this.#forget()}</div>
      ${this.#raw()}
    `;
  }

  #forget(): TemplateResult {
    const { whimbrel } = this;
    const { picture, sessionId } = this.row.card;
    return html`
      ${picture
        ? html`<whimbrel-forget .whimbrel=${whimbrel} .scope=${{ pictureSha256: picture.sha256 }}
            words="Forget this picture…" heading=${`Forget ${picture.fileName}?`}></whimbrel-forget>`
        : nothing}
      <whimbrel-forget .whimbrel=${whimbrel} .scope=${{ sessionId }}
        words="Forget this session…" heading="Forget all of this session?"></whimbrel-forget>
    `;
  }

  #picture(): TemplateResult | typeof nothing {
    const { card, entry } = this.row;
    const kept = card.hasThumbnail && card.picture ? thumbnailUrl(card.picture.sha256) : null;
    const address = entry ? this.whimbrel.thumbnails.urlOf(entry) : kept;
    if (!card.picture && !entry) return nothing;
    return html`<div class="past-large">
      ${address
        ? html`<img src=${address} alt=${fileWords(card)} draggable="false" />`
        : html`<div class="past-none">${card.event ? icons.unreadable : icons.picture}<span>No copy of this picture was kept.</span></div>`}
    </div>`;
  }

  #answers(): TemplateResult {
    const { whimbrel, view } = this;
    return html`<whimbrel-answers .whimbrel=${whimbrel} .view=${view} .pictures=${whimbrel.past.pictures}
      .feedback=${whimbrel.pastFeedback}></whimbrel-answers>`;
  }

  #event(): TemplateResult | typeof nothing {
    const { event } = this.row.card;
    if (!event) return nothing;
    const says = event.detail['says'];
    return html`<div class="past-event">
      <p class="past-label">${whatWords(this.row)}</p>
      ${typeof says === 'string' ? html`<p>${says}</p>` : nothing}
    </div>`;
  }

  #facts(): Fact[] {
    const { card } = this.row;
    const { picture } = card;
    const session = html`<a href=${addressOf('history', changed('', { sessionId: card.sessionId }))}>${card.sessionId}</a>`;
    return [
      ...some('Taken', picture?.capturedAt, takenWords),
      ['Recorded', wholeMoment(card.timestamp)],
      ['Stored', wholeMoment(card.receivedAt)],
      ...some('Came from', card.source, (source) => CAME[source] ?? source),
      ...some('Folder', folderWords(picture?.path), String),
      ...some('Size', picture?.width && picture.height ? `${picture.width} × ${picture.height} pixels` : null, String),
      ...some('File', picture?.bytes, megabytes),
      ...some('Model', card.modelVersion, (version) => this.#model(version)),
      ...some('Computed on', card.backend, backendName),
      ...this.#times(),
      ...this.#machine(),
      ['Session', session],
      ...some('SHA-256', picture?.sha256, (digest) => html`<code>${digest}</code>`),
    ];
  }

  #model(version: string): string {
    const name = this.whimbrel.modelName(version);
    return name === version ? version : `${name} (${version})`;
  }

  #times(): Fact[] {
    const { preprocessingTime, inferenceTime, totalTime } = this.row.card;
    if (preprocessingTime === null || inferenceTime === null || totalTime === null) return [];
    const words = `${duration(preprocessingTime)} to prepare, ${duration(inferenceTime)} to recognise, ${duration(totalTime)} in all`;
    return [['Time', words]];
  }

  #machine(): Fact[] {
    const { whole } = this;
    if (!whole) return [];
    const { device, embedding } = whole;
    const cores = device?.hardwareConcurrency ? [`${device.hardwareConcurrency} cores`] : [];
    const graphics = device?.gpu?.renderer ? [device.gpu.renderer] : [];
    const machine = [...cores, ...graphics].join(', ');
    const kept = [
      ...(this.row.card.hasThumbnail ? ['a small copy'] : []),
      ...(whole.hasCrop ? ['the square that the model saw'] : []),
      ...(embedding ? [`${embedding.numbers.toLocaleString('en')} numbers to learn from`] : []),
    ];
    return [...some('Computer', machine || null, String), ...some('Kept', kept.join(', ') || null, String)];
  }

  #said(): TemplateResult | typeof nothing {
    const words = this.whole?.said ?? [];
    if (words.length === 0) return nothing;
    return html`<section class="past-said"><h3>What you said</h3>
      <ol>${words.map(
        (word) => html`<li class=${word.retractedBy ? 'past-taken-back' : ''}>
          <span>${saidWords(word)}</span><span class="soft">${wholeMoment(word.timestamp)}${word.retractedBy ? ', taken back' : ''}</span>
        </li>`,
      )}</ol>
    </section>`;
  }

  #raw(): TemplateResult | typeof nothing {
    if (!this.whole) return this.problem ? nothing : html`<p class="soft" role="status">Reading the rest…</p>`;
    return html`<details class="past-raw"><summary>As it is stored</summary><pre>${JSON.stringify(this.whole.record, null, 2)}</pre></details>`;
  }
}

function some<T>(name: string, value: T | null | undefined, words: (value: T) => string | TemplateResult): Fact[] {
  return value === null || value === undefined ? [] : [[name, words(value)]];
}
