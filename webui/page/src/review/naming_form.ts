import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Completion } from '../app/label_book';
import * as icons from '../ui/icons';
import { LabelChooser, MOST_OFFERED } from '../ui/label_chooser';
import { Watch } from '../ui/light_element';
import { actOf, type Act } from './keys';
import type { ReviewQueue } from './review_queue';
import { lastWords } from './words';

/** Asks what a picture shows, without saying what was answered; the keys stay in the field from one to the next. */
@customElement('whimbrel-naming')
export class NamingForm extends LabelChooser {
  @property({ attribute: false }) queue!: ReviewQueue;
  #named: string | null = null;

  constructor() {
    super();
    new Watch(this, () => [this.queue]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('keydown', this.#anywhere);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.#anywhere);
  }

  protected override willUpdate(): void {
    const now = this.queue.current?.picture.id ?? null;
    if (now !== this.#named) this.clear();
    this.#named = now;
  }

  protected override firstUpdated(): void {
    this.#focus();
  }

  protected override render(): TemplateResult {
    const { settled } = this;
    return html`<form class="correction naming" @submit=${this.submitted} @keydown=${this.#pressed}>
      ${this.asking()}
      <button class=${settled === '' ? '' : 'main'} type="submit" ?disabled=${settled === ''}>${settled === '' ? 'Name it' : `It is ${settled}`} <kbd aria-hidden="true">⏎</kbd></button>
      <div class="says" role="group" aria-label="Or">
        ${this.#way('none', icons.wrong, 'None of these', '0', '0')}
        ${this.#way('unsure', icons.unsure, 'Not sure', '?', '?')}
        ${this.#way('skip', icons.next, 'Skip', '→', 'ArrowRight')}
      </div>
    </form>
    <p class="marked" role="status">${this.#last()}</p>`;
  }

  #way(act: Act, icon: TemplateResult, words: string, key: string, shortcut: string): TemplateResult {
    return html`<button type="button" class="say say-${act}" aria-keyshortcuts=${shortcut} @click=${() => this.#act(act)}>
      ${icon}<span>${words}</span><kbd aria-hidden="true">${key}</kbd>
    </button>`;
  }

  #last(): TemplateResult | typeof nothing {
    const { last } = this.queue;
    if (!last) return nothing;
    return html`<span>${lastWords(last)}.</span>
      <button class="link" aria-keyshortcuts="Control+z Meta+z" @click=${() => this.#act('undo')}>Undo</button>`;
  }

  /** What was typed for earlier pictures: the answers would tell what the model thinks. */
  protected override offered(): Completion[] {
    return this.whimbrel.labels.complete('', MOST_OFFERED);
  }

  protected override accept(text: string): void {
    const { labels } = this.whimbrel;
    const label = labels.settle(text);
    if (label === '') return;
    labels.used(label);
    this.queue.name(label);
    this.#focus();
  }

  #act(act: Act): void {
    const { queue } = this;
    if (act === 'none') queue.name('');
    else if (act === 'unsure') queue.unsure();
    else if (act === 'skip') queue.skip();
    else queue.undo();
    this.#focus();
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.text !== '') this.clear();
    else if (!this.moved(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Keys that name without a label, wherever the focus is; a letter goes to the field. */
  readonly #anywhere = (event: KeyboardEvent): void => {
    const act = actOf(event, this.field, this.text);
    if (act === 'type') return this.field.focus();
    if (act === null || (act !== 'undo' && this.queue.current === null)) return;
    event.preventDefault();
    this.#act(act);
  };

  /** Not where a finger would get the keyboard over the picture. */
  #focus(): void {
    if (!window.matchMedia('(pointer: coarse)').matches) this.field.focus();
  }
}
