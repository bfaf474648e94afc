import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { RIGHT, wrong, type FeedbackLog } from '../app/feedback_log';
import type { Completion } from '../app/label_book';
import { bestAnswer, type PictureEntry } from '../app/picture_entry';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from './light_element';
import type { ViewState } from './view_state';
import { percent } from './words';

const MOST = 8;
const NONE = -1;

/**
 * Asks what the picture really shows: a combobox (ARIA's editable one with a list) over all labels. It takes the
 * place of the buttons beside the picture, never a place over it.
 */
@customElement('whimbrel-correction')
export class CorrectionForm extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @property({ attribute: false }) entry!: PictureEntry;
  @property({ attribute: false }) feedback: FeedbackLog | null = null;
  @state() private text = '';
  @state() private active = NONE;
  @query('input') private field!: HTMLInputElement;

  protected override firstUpdated(): void {
    this.field.focus();
  }

  protected override render(): TemplateResult {
    const options = this.#options();
    const active = options[this.active];
    return html`<form class="correction" @submit=${this.#submitted} @keydown=${this.#pressed}>
      <label for="correction-field">What is it?</label>
      <input
        id="correction-field"
        type="text"
        role="combobox"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="256"
        placeholder="Type or pick a label"
        aria-expanded=${options.length > 0}
        aria-controls="correction-options"
        aria-autocomplete="list"
        aria-activedescendant=${active ? `correction-${this.active}` : nothing}
        .value=${this.text}
        @input=${this.#typed}
      />
      <ul id="correction-options" role="listbox" aria-label="Labels">
        ${options.map((option, place) => this.#option(option, place))}
      </ul>
      <div class="correction-ways">
        <button class="main" type="submit">${this.#consequence(active)}</button>
        <button type="button" @click=${() => this.#close()}>Back <kbd aria-hidden="true">Esc</kbd></button>
      </div>
    </form>`;
  }

  #option({ label, hint }: Completion, place: number): TemplateResult {
    return html`<li
      id="correction-${place}"
      role="option"
      aria-selected=${place === this.active}
      aria-label=${label}
      @mousedown=${(event: Event) => event.preventDefault()}
      @click=${() => this.#accept(label)}
    >
      <span>${label}</span>${hint ? html`<span class="soft">${hint}</span>` : nothing}
    </li>`;
  }

  /** Before anything is typed: the other answers, and what was typed for earlier pictures. */
  #options(): Completion[] {
    const { labels } = this.whimbrel;
    if (this.text.trim() !== '') return labels.complete(this.text, MOST);
    const others = (this.entry.answer?.predictions ?? []).slice(1, 5);
    const answers = others.map(({ className, probability }) => ({ label: className, hint: percent(probability) }));
    const known = new Set(answers.map(({ label }) => label));
    return [...answers, ...labels.complete('', MOST).filter(({ label }) => !known.has(label))].slice(0, MOST);
  }

  #consequence(active: Completion | undefined): string {
    const label = active?.label ?? this.text.trim();
    return label === '' ? 'Wrong, no label' : `It is ${this.whimbrel.labels.settle(label)}`;
  }

  #typed({ target }: Event): void {
    this.text = (target as HTMLInputElement).value;
    this.active = NONE;
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#close();
    else if (event.key === 'ArrowDown') this.#move(1);
    else if (event.key === 'ArrowUp') this.#move(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #move(places: number): void {
    const { length } = this.#options();
    if (length === 0) return;
    const next = this.active + places;
    this.active = next < NONE ? length - 1 : next >= length ? NONE : next;
  }

  #submitted(event: Event): void {
    event.preventDefault();
    this.#accept(this.#options()[this.active]?.label ?? this.text);
  }

  #accept(text: string): void {
    const { labels } = this.whimbrel;
    const feedback = this.feedback ?? this.whimbrel.feedback;
    const label = labels.settle(text);
    if (label !== '') labels.used(label);
    // Who names the first answer says that it is right after all.
    const isFirst = label === bestAnswer(this.entry)?.className;
    feedback.mark(this.entry, isFirst ? RIGHT : wrong(label === '' ? null : label));
    this.#close();
  }

  /** Gives the keys back to the picture. */
  #close(): void {
    this.view.set({ correcting: false });
    document.querySelector<HTMLElement>('.frame[aria-current], .past-rows')?.focus();
  }
}
