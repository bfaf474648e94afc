import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { CONFIRMATION, type ErasurePreview, type Item, type Scope } from '../api/retention';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from './light_element';
import { copiesWords, countWords, sizeWords } from './upkeep_words';
import { plural } from './words';

/** Shows what an erasure takes, and asks once more. It stands beside the picture that it is about, where it is about one. */
@customElement('whimbrel-erase')
export class EraseDialog extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) scope!: Scope;
  /** The question, e.g. "Forget IMG_1.jpg?". */
  @property() heading = '';
  @state() private preview: ErasurePreview | null = null;
  @state() private problem: string | null = null;
  @state() private damagedToo = false;
  @state() private typed = '';
  @query('dialog') private dialog!: HTMLDialogElement;

  protected override async firstUpdated(): Promise<void> {
    this.dialog.showModal();
    try {
      await this.whimbrel.queue.sender.sendNow();
      this.preview = await this.whimbrel.api.retention.erasePreview(this.scope);
    } catch (problem) {
      this.problem = problem instanceof Error ? problem.message : 'What would go could not be found out.';
    }
  }

  protected override render(): TemplateResult {
    return html`<dialog class=${this.scope.pictureSha256 ? 'erase erase-beside' : 'erase'} aria-labelledby="erase-title" @close=${() => this.dispatchEvent(new CustomEvent('close'))}>
      <h2 id="erase-title">${this.heading}</h2>
      ${this.preview ? this.#content(this.preview) : this.problem ? nothing : html`<p class="soft" role="status">Looking at what there is…</p>`}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <div class="dialog-ways">
        <button class="danger" ?disabled=${!this.#ready} @click=${this.#erase}>${this.scope.everything ? 'Erase everything' : 'Forget it'}</button>
        <button autofocus @click=${() => this.dialog.close()}>Keep it</button>
      </div>
    </dialog>`;
  }

  get #ready(): boolean {
    if (!this.preview) return false;
    return this.scope.everything ? this.typed.trim().toLowerCase() === CONFIRMATION : true;
  }

  #content(preview: ErasurePreview): TemplateResult {
    const { items } = preview;
    return html`
      ${items.length > 0
        ? html`<ul class="going">${items.map(line)}</ul>`
        : html`<p>Whimbrel has stored nothing of this${this.scope.everything ? '' : ' yet'}.</p>`}
      <p class="soft">${copiesWords(preview)} Exports that you made stay. <b>This can't be undone.</b></p>
      ${preview.damagedCopies > 0 ? this.#damaged(preview) : nothing}
      ${this.scope.everything ? this.#word() : nothing}
    `;
  }

  #damaged({ damagedCopies, damagedBytes }: ErasurePreview): TemplateResult {
    const words = `${plural(damagedCopies, 'damaged memory', 'damaged memories')}, set aside (${sizeWords(damagedBytes)})`;
    if (this.scope.everything) return html`<p class="soft">${words} will go too.</p>`;
    const choose = ({ target }: Event): void => void (this.damagedToo = (target as HTMLInputElement).checked);
    return html`<label class="choice"><input type="checkbox" .checked=${this.damagedToo} @change=${choose} />
      <span>Remove ${words}: it may hold this too</span></label>`;
  }

  #word(): TemplateResult {
    const type = ({ target }: Event): void => void (this.typed = (target as HTMLInputElement).value);
    return html`<label class="word"><span>Type <b>${CONFIRMATION}</b> to go on</span>
      <input type="text" autocomplete="off" spellcheck="false" .value=${this.typed} @input=${type} /></label>`;
  }

  readonly #erase = async (): Promise<void> => {
    this.problem = null;
    try {
      void this.whimbrel.upkeep.began(await this.whimbrel.api.retention.erase(this.scope, this.damagedToo));
      this.dialog.close();
    } catch (problem) {
      this.problem = problem instanceof Error ? problem.message : 'It was not erased.';
    }
  };
}

function line({ kind, count, bytes }: Item): TemplateResult {
  return html`<li><span>${countWords(kind, count)}</span><span class="number soft">${bytes > 0 ? sizeWords(bytes) : ''}</span></li>`;
}
