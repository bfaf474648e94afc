import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { named, type FeedbackLog } from '../app/feedback_log';
import type { Completion } from '../app/label_book';
import type { PictureEntry } from '../app/picture_entry';
import { LabelChooser, MOST_OFFERED } from './label_chooser';
import type { ViewState } from './view_state';
import { percent } from './words';

/** Asks what the picture really shows. It takes the place of the buttons beside the picture, never a place over it. */
@customElement('whimbrel-correction')
export class CorrectionForm extends LabelChooser {
  @property({ attribute: false }) view!: ViewState;
  @property({ attribute: false }) entry!: PictureEntry;
  @property({ attribute: false }) feedback: FeedbackLog | null = null;

  protected override firstUpdated(): void {
    this.field.focus();
  }

  protected override render(): TemplateResult {
    return html`<form class="correction" @submit=${this.submitted} @keydown=${this.#pressed}>
      ${this.asking()}
      <div class="correction-ways">
        <button class="main" type="submit">${this.settled === '' ? 'Wrong, no label' : `It is ${this.settled}`}</button>
        <button type="button" @click=${() => this.#close()}>Back <kbd aria-hidden="true">Esc</kbd></button>
      </div>
    </form>`;
  }

  /** The other answers, and what was typed for earlier pictures. */
  protected override offered(): Completion[] {
    const others = (this.entry.answer?.predictions ?? []).slice(1, 5);
    const answers = others.map(({ className, probability }) => ({ label: className, hint: percent(probability) }));
    const known = new Set(answers.map(({ label }) => label));
    const typed = this.whimbrel.labels.complete('', MOST_OFFERED).filter(({ label }) => !known.has(label));
    return [...answers, ...typed].slice(0, MOST_OFFERED);
  }

  /** Who names the first answer says that it is right after all. */
  protected override accept(text: string): void {
    const { labels } = this.whimbrel;
    const label = labels.settle(text);
    if (label !== '') labels.used(label);
    (this.feedback ?? this.whimbrel.feedback).mark(this.entry, named(this.entry, label));
    this.#close();
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#close();
    else if (!this.moved(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Gives the keys back to the picture. */
  #close(): void {
    this.view.set({ correcting: false });
    document.querySelector<HTMLElement>('.frame[aria-current], .past-rows')?.focus();
  }
}
