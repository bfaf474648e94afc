import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { LabelsApi, NO_LABELS, type Examples, type LabelChange, type LabelCount } from '../api/labels';
import type { Whimbrel } from '../app/whimbrel';
import './labels.css';
import { LightElement } from '../ui/light_element';
import { LabelCounts } from './label_counts';
import { changeWords, consequence, recordsOf, type Consequence } from './words';

const SHOWN_AT_FIRST = 12;

/** What could be learned from, by label; renaming and merging labels, and taking that back. */
@customElement('whimbrel-labels')
export class LabelSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @state() private changing: string | null = null;
  @state() private text = '';
  @state() private all = false;
  @query('.label-change input') private field!: HTMLInputElement | null;
  #counts: LabelCounts | null = null;
  #stop: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    const { api, news } = this.whimbrel;
    const counts = new LabelCounts(new LabelsApi((path, body) => api.send(path, body)));
    this.#counts = counts;
    const again = (): void => void counts.look();
    this.#stop = [counts.watch(() => this.requestUpdate()), news.on('records', again), news.on('model', again)];
    again();
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stop) stop();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { found = null, problem = null, done = null } = this.#counts ?? {};
    return html`
      <h2>Labels</h2>
      ${found ? this.#found(found) : nothing}
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
      <p class="unseen" role="status">${done ? changeWords(done) : ''}</p>
      ${found && found.history.length > 0 ? this.#history(found.history) : nothing}
    `;
  }

  #found(found: Examples): TemplateResult {
    const { labels, noneOfThese, needed } = found;
    if (labels.length === 0 && noneOfThese.pictures === 0)
      return html`<p class="soft">Nothing to learn from yet. Say of a picture whether its answer is right, or what it is instead.</p>`;
    const shown = this.all ? labels : labels.slice(0, SHOWN_AT_FIRST);
    return html`
      <p class="soft">What you said of pictures, to be learned from. A label needs ${needed} pictures to be learned by itself.</p>
      <div class="table-scroll"><table class="labels">
        <caption class="unseen">How many pictures have which label</caption>
        <thead><tr><th scope="col">Label</th><th scope="col">Right</th><th scope="col">Corrected</th><th scope="col">To learn from</th><th></th></tr></thead>
        <tbody>
          ${shown.map((count) => this.#row(count, found))}
          ${noneOfThese.pictures > 0 ? this.#none(noneOfThese) : nothing}
        </tbody>
      </table></div>
      ${labels.length > SHOWN_AT_FIRST && !this.all
        ? html`<button @click=${() => (this.all = true)}>Show all ${labels.length.toLocaleString('en')} labels</button>`
        : nothing}
    `;
  }

  #row(count: LabelCount, found: Examples): TemplateResult {
    const { label, confirmed, corrected } = count;
    if (this.changing === label) return html`<tr><td colspan="5">${this.#form(label, found)}</td></tr>`;
    return html`<tr>
      <th scope="row"><a href=${recordsOf({ label, mark: 'marked' })}>${label}</a></th>
      <td>${counted(confirmed, { label, mark: 'right' })}</td>
      <td>${counted(corrected, { label, corrected: 'true' })}</td>
      <td>${learnWords(count, found.needed)}</td>
      <td><button class="link" aria-label="Rename or merge ${label}" @click=${() => void this.#begin(label)}>Rename…</button></td>
    </tr>`;
  }

  #none({ pictures, embeddings }: Examples['noneOfThese']): TemplateResult {
    return html`<tr>
      <th scope="row">none of these</th>
      <td></td>
      <td title="Leads to all that you called wrong, also to what you corrected">${counted(pictures, { mark: 'wrong' })}</td>
      <td>${embeddings.toLocaleString('en')}</td>
      <td></td>
    </tr>`;
  }

  #form(label: string, found: Examples): TemplateResult {
    const what = consequence(label, this.text, found.labels);
    return html`<form class="label-change" @submit=${(event: Event) => void this.#submitted(event, label, what)} @keydown=${this.#pressed}>
      <label for="label-name">Call “${label}”</label>
      <input id="label-name" type="text" maxlength="256" autocomplete="off" list="label-names" .value=${this.text}
        @input=${({ target }: Event) => (this.text = (target as HTMLInputElement).value)} />
      <datalist id="label-names">${found.labels.filter((one) => one.label !== label).map((one) => html`<option value=${one.label}></option>`)}</datalist>
      <button class="main" type="submit" ?disabled=${what.kind === 'nothing'}>${what.kind === 'merge' ? `Merge into “${what.to}”` : 'Rename'}</button>
      <button type="button" @click=${() => void this.#end(label)}>Back</button>
    </form>`;
  }

  #history(history: readonly LabelChange[]): TemplateResult {
    return html`<h3>Changes of labels</h3>
      <ul class="label-changes">${history.map((change) => html`<li>
        <span>${changeWords(change)}</span>
        <time class="soft" datetime=${new Date(change.changedAt).toISOString()}>${new Date(change.changedAt).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}</time>
        ${change.canUndo
          ? html`<button class="link" aria-label="Undo: ${changeWords(change)}" @click=${() => void this.#undo(change.number)}>Undo</button>`
          : nothing}
      </li>`)}</ul>`;
  }

  async #begin(label: string): Promise<void> {
    this.changing = label;
    this.text = label;
    await this.updateComplete;
    this.field?.select();
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.changing !== null) void this.#end(this.changing);
  };

  async #submitted(event: Event, label: string, what: Consequence): Promise<void> {
    event.preventDefault();
    if (what.kind === 'nothing' || !(await this.#counts?.change(what.kind, label, what.to))) return;
    await this.#changed();
    await this.#end(what.to);
  }

  async #undo(number: number): Promise<void> {
    if (await this.#counts?.undo(number)) await this.#changed();
  }

  /** Names to pick from elsewhere follow. */
  async #changed(): Promise<void> {
    const { api, labels } = this.whimbrel;
    labels.retyped((await api.labels().catch(() => NO_LABELS)).labels);
  }

  /** Leaves the form; the focus goes to the label's own button. */
  async #end(label: string): Promise<void> {
    this.changing = null;
    await this.updateComplete;
    const buttons = [...this.querySelectorAll<HTMLElement>('tbody button')];
    buttons.find((button) => button.ariaLabel === `Rename or merge ${label}`)?.focus();
  }
}

function counted(count: number, filters: Readonly<Record<string, string>>): TemplateResult | string {
  if (count === 0) return '';
  return html`<a href=${recordsOf(filters)}>${count.toLocaleString('en')}</a>`;
}

/** How many of its pictures can be learned from, and how many are missing. */
function learnWords({ embeddings, ready }: LabelCount, needed: number): string {
  const many = embeddings.toLocaleString('en');
  return ready ? many : `${many}, ${needed - embeddings} more needed`;
}
