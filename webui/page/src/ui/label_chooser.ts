import { html, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { Completion } from '../app/label_book';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from './light_element';

export const MOST_OFFERED = 8;
const NONE = -1;

/** A field that asks for a label: a combobox (ARIA's editable one with a list) over all of them. */
export abstract class LabelChooser extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @state() protected text = '';
  @state() protected active = NONE;
  @query('#correction-field') protected field!: HTMLInputElement;

  /** What is offered before anything is typed. */
  protected abstract offered(): readonly Completion[];

  /** A label was picked, or the text was sent; "" where there is none. */
  protected abstract accept(text: string): void;

  protected asking(): TemplateResult {
    const options = this.#options();
    return html`<label for="correction-field">What is it?</label>
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
        aria-activedescendant=${options[this.active] ? `correction-${this.active}` : nothing}
        .value=${this.text}
        @input=${this.#typed}
      />
      <ul id="correction-options" role="listbox" aria-label="Labels">
        ${options.map((option, place) => this.#option(option, place))}
      </ul>`;
  }

  /** The label that Enter would give, as it is written elsewhere; "" for none. */
  protected get settled(): string {
    const label = this.#chosen.trim();
    return label === '' ? '' : this.whimbrel.labels.settle(label);
  }

  /** Moves in the list; true where the key was for it. */
  protected moved({ key }: KeyboardEvent): boolean {
    if (key !== 'ArrowDown' && key !== 'ArrowUp') return false;
    this.#move(key === 'ArrowDown' ? 1 : -1);
    return true;
  }

  protected readonly submitted = (event: Event): void => {
    event.preventDefault();
    this.accept(this.#chosen);
  };

  protected clear(): void {
    this.text = '';
    this.active = NONE;
  }

  get #chosen(): string {
    return this.#options()[this.active]?.label ?? this.text;
  }

  #options(): readonly Completion[] {
    const { labels } = this.whimbrel;
    return this.text.trim() === '' ? this.offered() : labels.complete(this.text, MOST_OFFERED);
  }

  #option({ label, hint }: Completion, place: number): TemplateResult {
    return html`<li
      id="correction-${place}"
      role="option"
      aria-selected=${place === this.active}
      aria-label=${label}
      @mousedown=${(event: Event) => event.preventDefault()}
      @click=${() => this.accept(label)}
    >
      <span>${label}</span>${hint ? html`<span class="soft">${hint}</span>` : nothing}
    </li>`;
  }

  #typed({ target }: Event): void {
    this.text = (target as HTMLInputElement).value;
    this.active = NONE;
  }

  #move(places: number): void {
    const { length } = this.#options();
    if (length === 0) return;
    const next = this.active + places;
    this.active = next < NONE ? length - 1 : next >= length ? NONE : next;
  }
}
