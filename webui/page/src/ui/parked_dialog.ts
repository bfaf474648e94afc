import { html, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import type { ParkedRow } from '../statistics/outbox';
import { LightElement } from './light_element';
import './save_button';
import { plural } from './words';

/** What the server did not take, and why. Nothing of it is thrown away. */
@customElement('whimbrel-parked')
export class ParkedDialog extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @state() private rows: readonly ParkedRow[] = [];
  @query('dialog') private dialog!: HTMLDialogElement;

  protected override async firstUpdated(): Promise<void> {
    this.dialog.showModal();
    this.rows = await this.whimbrel.queue.parked();
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="parked-title" @close=${() => this.dispatchEvent(new CustomEvent('close'))}>
      <h2 id="parked-title">Not taken by the server</h2>
      <p class="soft">
        These are still in this browser. Try them again after an update of Whimbrel, or save them as a file.
      </p>
      <ul class="parked">
        ${[...this.#byReason()].map(
          ([reason, count]) => html`<li><b>${plural(count, 'record', 'records')}</b><span>${reason}</span></li>`,
        )}
      </ul>
      <div class="dialog-ways">
        <button class="main" @click=${this.#retry}>Try again</button>
        <whimbrel-save name="whimbrel-not-taken.json" .content=${this.#file}></whimbrel-save>
        <button @click=${() => this.dialog.close()}>Close</button>
      </div>
    </dialog>`;
  }

  #byReason(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { reason } of this.rows) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return counts;
  }

  readonly #retry = async (): Promise<void> => {
    await this.whimbrel.queue.sender.retryParked();
    this.dialog.close();
  };

  readonly #file = (): Blob => new Blob([JSON.stringify(this.rows, null, 2)], { type: 'application/json' });
}
