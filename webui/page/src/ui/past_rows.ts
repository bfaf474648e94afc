import { virtualize, virtualizerRef, type VirtualizerHostElement } from '@lit-labs/virtualizer/virtualize.js';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PastRow } from '../app/past_list';
import { bestAnswer, type Mark } from '../app/picture_entry';
import type { Whimbrel } from '../app/whimbrel';
import { thumbnailUrl } from '../api/client';
import * as icons from './icons';
import { momentWords } from '../base/moments';
import { LightElement, Watch } from './light_element';
import { fileWords, rowWords, saidWords, whatWords } from './past_words';
import { backendName, duration, percent, takenWords } from './words';

/** So near to its end the list asks for older records. */
const NEAR = 40;

/** The list itself: draws only what is in view, however long it is. */
@customElement('whimbrel-past-rows')
export class PastRows extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  /** The id of the record that the keys are at. */
  @property() active: string | null = null;
  @property({ type: Boolean }) opened = false;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel, this.whimbrel.past]);
  }

  protected override render(): TemplateResult {
    const { rows } = this.whimbrel.past;
    return html`<div
      class="past-rows"
      role="listbox"
      tabindex="0"
      aria-label="What was recorded, newest first"
      aria-activedescendant=${this.active ? `past-${this.active}` : nothing}
      @rangeChanged=${this.#ranged}
    >
      ${virtualize({
        items: rows as PastRow[],
        keyFunction: ({ card }) => card.id,
        renderItem: (row) => this.#row(row),
        scroller: true,
      })}
    </div>`;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('active') && this.active) this.show(this.active);
  }

  /** Brings a record into view. */
  show(id: string): void {
    const place = this.whimbrel.past.rows.findIndex(({ card }) => card.id === id);
    const virtualizer = this.querySelector<VirtualizerHostElement>('.past-rows')?.[virtualizerRef];
    if (place >= 0) virtualizer?.element(place)?.scrollIntoView({ block: 'nearest' });
  }

  readonly #ranged = (event: Event): void => {
    const { last } = event as Event & { last: number };
    if (last >= this.whimbrel.past.rows.length - NEAR) void this.whimbrel.past.more();
  };

  #row(row: PastRow): TemplateResult {
    const { card, entry } = row;
    const best = entry ? bestAnswer(entry) : null;
    const here = card.id === this.active;
    const choose = (): void => void this.dispatchEvent(new CustomEvent('choose', { detail: card.id }));
    return html`<div
      class=${here && this.opened ? 'past-row past-open' : 'past-row'}
      role="option"
      id="past-${card.id}"
      data-id=${card.id}
      data-kind=${card.kind}
      aria-selected=${here}
      aria-label=${rowWords(row)}
      @click=${choose}
    >
      ${this.#picture(row)}
      <span class="past-what">
        <span class="past-label">${whatWords(row)}</span>
        ${best ? html`<span class="past-share">${percent(best.probability)}</span>` : nothing}
      </span>
      <span class="past-file">${fileWords(card)}</span>
      ${mark(entry?.mark ?? null)}
      <span class="past-when"><time>${momentWords(card.timestamp)}</time>${taken(row)}</span>
      <span class="past-how">${this.#how(row)}</span>
    </div>`;
  }

  #picture({ card, entry }: PastRow): TemplateResult {
    const kept = card.hasThumbnail && card.picture ? thumbnailUrl(card.picture.sha256) : null;
    const address = entry ? this.whimbrel.thumbnails.urlOf(entry) : kept;
    return html`<span class="past-picture">
      ${address
        ? html`<img src=${address} alt="" decoding="async" draggable="false" />`
        : html`<span class="past-blank">${card.event ? icons.unreadable : icons.picture}</span>`}
    </span>`;
  }

  #how({ card }: PastRow): string {
    const time = card.totalTime === null ? [] : [duration(card.totalTime)];
    const engine = card.backend === null ? [] : [backendName(card.backend)];
    const model = card.modelVersion === null ? [] : [this.whimbrel.modelName(card.modelVersion)];
    return [...time, ...engine, ...model].join(' · ');
  }
}

function mark(said: Mark | null): TemplateResult {
  if (!said) return html`<span class="past-mark"></span>`;
  const kind = said.isCorrect === null ? 'unsure' : said.isCorrect ? 'right' : 'wrong';
  return html`<span class="past-mark past-mark-${kind}">${icons[kind]}<span>${saidWords(said)}</span></span>`;
}

function taken({ card }: PastRow): TemplateResult | typeof nothing {
  const { picture } = card;
  return picture?.capturedAt ? html`<span class="past-taken">taken ${takenWords(picture.capturedAt)}</span>` : nothing;
}
