import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { ShownPicture } from '../app/thumbnails';
import type { PictureEntry } from '../app/picture_entry';
import type { Whimbrel } from '../app/whimbrel';
import * as icons from './icons';
import { LightElement, Watch } from './light_element';
import { pictureWords } from './words';

/** The picture that is looked at, as large as it goes. */
@customElement('whimbrel-stage')
export class PictureStage extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  readonly #shown = new ShownPicture();
  /** The picture whose original the browser could not draw. */
  #undrawable: string | null = null;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.pictures]);
  }

  protected override render(): TemplateResult | typeof nothing {
    const entry = this.whimbrel.pictures.selected;
    if (!entry) return nothing;
    const original = this.#shown.urlOf(this.#original(entry)) ?? this.#atServer(entry);
    const address = original ?? this.whimbrel.thumbnails.urlOf(entry);
    if (address === null) return this.#nothingToShow(entry);
    const small = original === null;
    return html`
      <img
        class=${small ? 'stage-picture stage-small' : 'stage-picture'}
        src=${address}
        alt=${pictureWords(entry)}
        draggable="false"
        @error=${() => this.#cannotDraw(entry)}
      />
      ${small && entry.blob === null ? html`<p class="stage-note">The small copy that Whimbrel keeps</p>` : nothing}
    `;
  }

  /** What the browser can show of the picture itself: a reduced copy of a huge one, else the file. */
  #original(entry: PictureEntry): Blob | null {
    if (entry.state === 'failed' || this.#undrawable === entry.id) return entry.preview;
    return entry.preview ?? entry.blob;
  }

  #atServer({ id, address, state }: PictureEntry): string | null {
    return state === 'failed' || this.#undrawable === id ? null : address;
  }

  #cannotDraw(entry: PictureEntry): void {
    if (this.#undrawable === entry.id) return;
    this.#undrawable = entry.id;
    this.requestUpdate();
  }

  #nothingToShow(entry: PictureEntry): TemplateResult {
    const why = entry.state === 'failed' ? nothing : html`<p>No copy of this picture was kept.</p>`;
    return html`<div class="stage-blank">
      ${entry.state === 'failed' ? icons.unreadable : icons.picture}
      <p class="file-name">${entry.fileName}</p>
      ${why}
    </div>`;
  }
}
