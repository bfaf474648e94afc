import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { bestAnswer, type PictureEntry } from '../app/picture_entry';
import type { Whimbrel } from '../app/whimbrel';
import * as icons from './icons';
import { LightElement, Watch } from './light_element';
import type { ViewState } from './view_state';
import { pictureWords, progressWords } from './words';

/** How near to its beginning the strip asks for older pictures, in px. */
const NEAR = 600;
const SLOWEST_DRAW_MS = 120;

/** What came before and what is coming: a button a picture. Stays quick with thousands. */
@customElement('whimbrel-strip')
export class FilmStrip extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  #shown: PictureEntry | null = null;
  #first: string | null = null;
  #widthBefore = 0;
  readonly #resized = new ResizeObserver(() => {
    this.#shown = null;
    this.#showSelected();
  });

  constructor() {
    super();
    new Watch(this, () => [
      this.view, this.whimbrel.pictures, this.whimbrel.pipeline, this.whimbrel.history, this.whimbrel.settings,
    ]);
  }

  /** Many changes at a time are drawn once a frame, also where the page is hidden and has no frames. */
  protected override async scheduleUpdate(): Promise<void> {
    await new Promise<void>((drawn) => {
      const late = setTimeout(drawn, SLOWEST_DRAW_MS);
      requestAnimationFrame(() => {
        clearTimeout(late);
        drawn();
      });
    });
    await super.scheduleUpdate();
  }

  protected override firstUpdated(): void {
    if (this.#frames) this.#resized.observe(this.#frames);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  protected override willUpdate(): void {
    this.#widthBefore = this.#frames?.scrollWidth ?? 0;
  }

  protected override updated(_: PropertyValues): void {
    this.#stayInPlace();
    this.#showSelected();
  }

  protected override render(): TemplateResult {
    const { pictures } = this.whimbrel;
    return html`
      <div class="strip-ways">${this.#ways()}</div>
      <div class="strip-frames" role="group" aria-label="Pictures" @scroll=${this.#scrolled}>
        ${repeat(
          pictures.entries,
          ({ id }) => id,
          (entry) => guard([entry.revision, entry === pictures.selected, this.whimbrel.unknown(entry)], () => this.#frame(entry)),
        )}
      </div>
      ${this.#progress()}
    `;
  }

  #ways(): TemplateResult {
    const open = (): void => this.view.set({ camera: true });
    const choose = (): void => void this.dispatchEvent(new CustomEvent('choose-pictures', { bubbles: true }));
    return html`
      <button aria-label="Add pictures" title="Add pictures" @click=${choose}>${icons.add}<span>Add pictures</span></button>
      <button aria-label="Camera" title="Camera" @click=${open} aria-keyshortcuts="c">${icons.camera}<span>Camera</span><kbd aria-hidden="true">C</kbd></button>
    `;
  }

  #frame(entry: PictureEntry): TemplateResult {
    const best = bestAnswer(entry);
    const selected = entry === this.whimbrel.pictures.selected;
    const address = this.whimbrel.thumbnails.urlOf(entry);
    const words = pictureWords(entry, this.whimbrel.unknown(entry));
    return html`<button
      class="frame"
      data-picture=${entry.fileName}
      data-id=${entry.id}
      data-state=${entry.state}
      data-label=${best?.className ?? nothing}
      data-confidence=${best?.probability ?? nothing}
      data-unknown=${this.whimbrel.unknown(entry) ? 'true' : nothing}
      data-learning=${entry.learned?.label ?? nothing}
      aria-label=${words}
      title=${words}
      aria-current=${selected ? 'true' : nothing}
      tabindex=${selected ? 0 : -1}
      @click=${() => this.#choose(entry)}
    >
      ${address === null
        ? html`<span class="frame-blank">${entry.state === 'failed' ? icons.unreadable : icons.picture}</span>`
        : html`<img src=${address} alt="" loading="lazy" decoding="async" draggable="false" />`}
      ${badge(entry)}
    </button>`;
  }

  #progress(): TemplateResult | typeof nothing {
    const { pipeline } = this.whimbrel;
    const words = [progressWords(pipeline.progress), this.view.notice].filter((some) => some !== null).join(' · ');
    if (words === '') return nothing;
    const cancel = html`<button class="quiet" @click=${() => pipeline.cancel()}>Cancel</button>`;
    return html`<div class="strip-progress"><span>${words}</span>${pipeline.waiting > 0 ? cancel : nothing}</div>`;
  }

  #choose(entry: PictureEntry): void {
    const { pictures, pipeline } = this.whimbrel;
    this.view.set({ camera: false, correcting: false });
    pictures.select(entry);
    pipeline.promote(entry);
  }

  get #frames(): HTMLElement | null {
    return this.querySelector('.strip-frames');
  }

  #scrolled({ currentTarget }: Event): void {
    if ((currentTarget as HTMLElement).scrollLeft < NEAR) void this.whimbrel.history.older();
  }

  /** Pictures that come in before those in view must not push them away. */
  #stayInPlace(): void {
    const frames = this.#frames;
    const [first] = this.whimbrel.pictures.entries;
    if (!frames || !first) return;
    const grew = frames.scrollWidth - this.#widthBefore;
    if (grew > 0 && this.#first && this.#first !== first.id) frames.scrollLeft += grew;
    this.#first = first.id;
  }

  #showSelected(): void {
    const { entries, selected } = this.whimbrel.pictures;
    const wanted = selected ?? entries.at(-1) ?? null;
    if (!wanted || wanted === this.#shown) return;
    this.#shown = wanted;
    const frame = this.querySelector<HTMLElement>(`[data-id="${CSS.escape(wanted.id)}"]`);
    frame?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const focus = document.activeElement;
    if (selected && (focus?.matches('.frame, main') || focus === document.body)) frame?.focus({ preventScroll: true });
  }
}

/** The mark by its form as well as its colour. */
function badge({ mark }: PictureEntry): TemplateResult | typeof nothing {
  if (!mark) return nothing;
  const kind = mark.isCorrect === null ? 'unsure' : mark.isCorrect ? 'right' : 'wrong';
  return html`<span class="badge badge-${kind}">${icons[kind]}</span>`;
}
