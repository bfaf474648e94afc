import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { ExportFormat, ExportPreview } from '../api/record_types';
import { askPlace, hasWindow } from '../app/desktop';
import { exportFilters } from '../app/past_question';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from './light_element';
import { plural } from './words';

const FORMATS: readonly { format: ExportFormat; name: string; what: string }[] = [
  { format: 'csv', name: 'Table (CSV)', what: 'for a spreadsheet' },
  { format: 'json', name: 'JSON', what: 'all fields, one document' },
  { format: 'jsonl', name: 'JSON lines', what: 'all fields, one answer a line' },
  { format: 'tfrecord', name: 'TFRecord', what: 'a folder to train from, with pictures that were kept' },
];
const UNUSED: Readonly<Record<string, string>> = {
  slowerThan: 'the time taken',
  maxConfidence: 'the greatest probability',
  device: 'the computer',
  stage: 'the stage',
  code: 'the code',
  fileName: 'the file name',
  sha256: 'the picture',
};
const SHORT_S = 1;

/** Asks what to export and as what, and says beforehand how much that is. */
@customElement('whimbrel-export')
export class ExportDialog extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property() query = '';
  @state() private format: ExportFormat = 'csv';
  @state() private corrected = false;
  @state() private gzip = false;
  @state() private preview: ExportPreview | null = null;
  @state() private problem: string | null = null;
  @state() private inWindow = false;
  @query('dialog') private dialog!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this.corrected = new URLSearchParams(this.query).get('corrected') === 'true';
    this.dialog.showModal();
    void this.#look();
    void hasWindow(this.whimbrel.api).then((found) => (this.inWindow = found));
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="export-title" @close=${() => this.dispatchEvent(new CustomEvent('close'))}>
      <form method="dialog" class="export-form" @submit=${this.#submitted}>
        <h2 id="export-title">Export</h2>
        <p class="export-amount" role="status">${this.#amount()}</p>
        ${this.#unused()}
        <fieldset class="export-formats">
          <legend class="unseen">Format</legend>
          ${FORMATS.map((each) => this.#choice(each))}
        </fieldset>
        ${this.#check('corrected', 'Only what I corrected', this.corrected, (on) => this.#only(on))}
        ${this.#check('gzip', 'Compressed (gzip)', this.gzip, (on) => void (this.gzip = on))}
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        <div class="dialog-ways">
          <button class="main" type="submit" ?disabled=${this.preview?.records === 0 && this.preview.exact}>${this.inWindow ? 'Save as…' : 'Save in Downloads'}</button>
          <button type="button" @click=${() => this.dialog.close()}>Back <kbd aria-hidden="true">Esc</kbd></button>
        </div>
      </form>
    </dialog>`;
  }

  #choice({ format, name, what }: (typeof FORMATS)[number]): TemplateResult {
    return html`<label class="choice">
      <input type="radio" name="format" value=${format} .checked=${this.format === format} @change=${() => (this.format = format)} />
      <span>${name} <span class="soft">${what}</span></span>
    </label>`;
  }

  #check(name: string, words: string, on: boolean, set: (on: boolean) => void): TemplateResult {
    const change = ({ target }: Event): void => set((target as HTMLInputElement).checked);
    return html`<label class="choice"><input type="checkbox" name=${name} .checked=${on} @change=${change} /><span>${words}</span></label>`;
  }

  #only(on: boolean): void {
    this.corrected = on;
    void this.#look();
  }

  #amount(): string {
    const { preview } = this;
    if (!preview) return this.problem ? '' : 'Counting…';
    const { records, exact, seconds } = preview;
    if (records === 0) return exact ? 'No answer is like that.' : 'Few answers are like that.';
    const count = plural(records, 'answer', 'answers');
    const time = seconds < SHORT_S ? 'done in a moment' : `done in about ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`}`;
    return `${exact ? count : `About ${count}`}, ${time}.`;
  }

  #unused(): TemplateResult | typeof nothing {
    const words = exportFilters(this.query).left.map((name) => UNUSED[name] ?? name);
    if (words.length === 0) return nothing;
    return html`<p class="soft">An export can't be limited by ${words.join(', ')}, so it holds more than the list.</p>`;
  }

  get #filters(): Record<string, string | number | boolean> {
    return { ...exportFilters(this.query).filters, onlyCorrected: this.corrected };
  }

  async #look(): Promise<void> {
    this.preview = this.problem = null;
    const { corrected } = this;
    try {
      const preview = await this.whimbrel.api.previewExport(this.#filters);
      if (corrected === this.corrected) this.preview = preview;
    } catch (problem) {
      this.problem = problem instanceof Error ? problem.message : 'This could not be counted.';
    }
  }

  readonly #submitted = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { format, gzip } = this;
    try {
      const place = this.inWindow ? await askPlace(this.whimbrel.api, { format, gzip }, new Date()) : {};
      if (place === null) return;
      await this.whimbrel.exports.start({ format, gzip, filters: this.#filters, ...place });
      this.dialog.close();
    } catch (problem) {
      this.problem = problem instanceof Error ? problem.message : 'The system could not be asked for a place.';
    }
  };
}
