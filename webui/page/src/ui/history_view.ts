import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { PastRow } from '../app/past_list';
import { answersAsked, sentence } from '../app/past_question';
import type { Whimbrel } from '../app/whimbrel';
import '../look/export.css';
import '../look/history.css';
import '../look/past_panel.css';
import './export_dialog';
import { exportLines } from './export_lines';
import { LightElement, Watch } from './light_element';
import './past_filters';
import { pastPressed } from './past_keys';
import './past_panel';
import './past_rows';
import { rowWords } from './past_words';
import { addressOf, type ViewState } from './view_state';
import { backendName } from './words';

/** What was recorded before, newest first: the filters, the list, and beside it what is known of one record. */
@customElement('whimbrel-history')
export class HistoryView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @state() private active: string | null = null;
  @state() private opened = false;
  @state() private exporting = false;
  #asked: string | null = null;
  /** How far down the list the keys are, for when the record that they are at goes. */
  #place = 0;
  #stop: AbortController | null = null;

  constructor() {
    super();
    new Watch(this, () => [this.view, this.whimbrel, this.whimbrel.past, this.whimbrel.exports]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = new AbortController();
    window.addEventListener('keydown', (event) => this.#pressed(event), { signal: this.#stop.signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.abort();
  }

  protected override willUpdate(): void {
    if (this.view.place !== 'history') return;
    if (this.#asked === this.view.query) this.#staysInPlace();
    else this.#ask();
  }

  /** Asks anew. The focus stays in the control that changed the question. */
  #ask(): void {
    this.#asked = this.view.query;
    if (this.opened) this.#shut();
    this.active = null;
    void this.whimbrel.past.ask(this.view.query);
  }

  /** Where the record that the keys are at was erased, they are at the one that took its place. */
  #staysInPlace(): void {
    const { rows } = this.whimbrel.past;
    if (this.active === null || rows.length === 0) return;
    const now = rows.findIndex(({ card }) => card.id === this.active);
    if (now >= 0) this.#place = now;
    else {
      if (this.opened) this.#shut();
      this.active = rows[Math.min(this.#place, rows.length - 1)]?.card.id ?? null;
      void this.updateComplete.then(() => this.#focusRows());
    }
  }

  protected override render(): TemplateResult {
    const { whimbrel, view } = this;
    const row = this.opened ? this.#row : null;
    return html`
      <div class=${row ? 'past past-with-panel' : 'past'}>
        <section class="past-main" aria-label="History">
          <header class="past-top">
            <h1 class="past-sentence" aria-live="polite">${this.#sentence()}</h1>
            ${answersAsked(view.query) && !this.#empty
              ? html`<button class="past-export" @click=${() => (this.exporting = true)}>Export…</button>`
              : nothing}
          </header>
          ${this.#untouched ? nothing : html`<whimbrel-past-filters .whimbrel=${whimbrel} .view=${view}></whimbrel-past-filters>`}
          ${exportLines(whimbrel.exports)} ${this.#content()}
        </section>
        ${row
          ? html`<aside class="past-panel" aria-label="One record" tabindex="-1">
              <whimbrel-past-panel .whimbrel=${whimbrel} .view=${view} .row=${row} @close=${() => this.#close()}></whimbrel-past-panel>
            </aside>`
          : nothing}
      </div>
      ${this.exporting
        ? html`<whimbrel-export .whimbrel=${whimbrel} .query=${view.query} @close=${() => (this.exporting = false)}></whimbrel-export>`
        : nothing}
    `;
  }

  /** Asks what to export of what is listed, where there is anything. */
  export(): void {
    this.exporting = answersAsked(this.view.query) && !this.#empty;
  }

  get #row(): PastRow | null {
    return this.whimbrel.past.rows.find(({ card }) => card.id === this.active) ?? null;
  }

  /** Whether nothing is like what was asked. */
  get #empty(): boolean {
    const { rows, complete } = this.whimbrel.past;
    return rows.length === 0 && complete;
  }

  /** Whether there is nothing at all, so nothing to filter either. */
  get #untouched(): boolean {
    return this.#empty && this.view.query === '';
  }

  #sentence(): string {
    const { past } = this.whimbrel;
    if (this.#untouched || (past.rows.length === 0 && !past.complete)) return 'History';
    return sentence(this.view.query, past, {
      model: (version) => this.whimbrel.modelName(version),
      backend: (backend) => backendName(backend),
    });
  }

  #content(): TemplateResult {
    const { past } = this.whimbrel;
    if (this.#empty) return this.#nothing();
    if (past.rows.length === 0 && past.problem) return html`<div class="past-empty">${this.#foot()}</div>`;
    return html`
      ${past.rows.length > 0
        ? html`<whimbrel-past-rows .whimbrel=${this.whimbrel} .active=${this.active} .opened=${this.opened}
            @choose=${({ detail }: CustomEvent<string>) => this.#open(detail)}></whimbrel-past-rows>`
        : html`<div class="past-rows"></div>`}
      ${this.#foot()}
    `;
  }

  #nothing(): TemplateResult {
    if (!this.#untouched) {
      return html`<div class="past-empty"><p>Nothing that was recorded is like that.</p><a href=${addressOf('history')}>Show all</a></div>`;
    }
    return html`<div class="past-empty">
      <p>Nothing has been recognised yet.</p>
      <a href=${addressOf('recognise')}>Choose the first pictures</a>
    </div>`;
  }

  /** What the list is doing, and what it could not do. */
  #foot(): TemplateResult | typeof nothing {
    const { past } = this.whimbrel;
    if (past.problem) {
      return html`<p class="past-foot problem" role="alert">
        <span>${past.problem.sentence} ${past.problem.advice}</span>
        <button class="link" @click=${() => void past.more()}>Try again</button>
      </p>`;
    }
    if (!past.loading) return nothing;
    const back = past.reached === null ? '' : `, now at ${new Date(past.reached).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })}`;
    return html`<p class="past-foot soft" role="status">Looking further back${back}…</p>`;
  }

  #pressed(event: KeyboardEvent): void {
    const { whimbrel, view, opened } = this;
    const taken = pastPressed(event, {
      whimbrel,
      view,
      opened,
      move: (places) => this.#move(places),
      open: () => this.active && this.#open(this.active),
      close: () => this.#close(),
    });
    if (taken) event.preventDefault();
  }

  #move(places: number): void {
    const { rows } = this.whimbrel.past;
    const present = rows.findIndex(({ card }) => card.id === this.active);
    const wanted = present < 0 && places > 0 && places !== Infinity ? 0 : present + places;
    const row = rows[Math.min(rows.length - 1, Math.max(0, wanted))];
    if (!row) return;
    if (this.opened) this.#open(row.card.id);
    else this.active = row.card.id;
    this.#focusRows();
    this.view.set({ announcement: rowWords(row) });
  }

  #open(id: string): void {
    this.active = id;
    this.opened = true;
    this.view.set({ correcting: false });
    this.whimbrel.past.pictures.select(this.#row?.entry ?? null);
    void this.updateComplete.then(() => this.#focusRows());
  }

  #close(): void {
    this.#shut();
    void this.updateComplete.then(() => this.#focusRows());
  }

  #shut(): void {
    this.opened = false;
    this.view.set({ correcting: false });
    this.whimbrel.past.pictures.select(null);
  }

  /** To the list; where there is only room for the panel, to that. */
  #focusRows(): void {
    const rows = this.querySelector<HTMLElement>('.past-rows');
    const place = rows?.checkVisibility() ? rows : this.querySelector<HTMLElement>('.past-panel');
    place?.focus({ preventScroll: true });
  }
}
