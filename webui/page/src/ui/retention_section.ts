import { html, noChange, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Item, Retention, Rule } from '../api/retention';
import type { Settings } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement, Watch } from './light_element';
import { countWords, doneWords, ruleWords, sizeWords, spanWords } from './upkeep_words';

/** What is kept and for how long, what is over that, and erasing. */
@customElement('whimbrel-retention')
export class RetentionSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  /** The limit that is being typed: what the server says of it meanwhile does not overwrite it. */
  #typing: string | null = null;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.upkeep]);
  }

  protected override firstUpdated(): void {
    void this.whimbrel.upkeep.look();
  }

  protected override render(): TemplateResult {
    const { upkeep } = this.whimbrel;
    return html`
      <h2>For how long</h2>
      <p class="soft">What you marked, and what it speaks of, is kept for ever. The rest may go when it is old, or when there is too much of it; an empty field is no limit.</p>
      ${upkeep.found ? this.#found(upkeep.found) : nothing}
      ${upkeep.problem ? html`<p class="problem" role="alert">${upkeep.problem}</p>` : nothing}
      ${this.#happening()}
      <h2>Forget</h2>
      <p class="soft">Erases for good: from the memory, from its file, and from every backup. A single picture is forgotten beside its answer.</p>
      <div class="forget-ways">${this.#forget()}</div>
    `;
  }

  #found(found: Retention): TemplateResult {
    return html`
      ${this.#untold()}
      <div class="table-scroll"><table class="limits">
        <caption class="unseen">How long each kind is kept</caption>
        <thead><tr><th scope="col">Kind</th><th scope="col">Days</th><th scope="col">MB at most</th></tr></thead>
        <tbody>${found.rules.map((rule) => this.#rule(rule))}</tbody>
      </table></div>
      ${found.clockProblem ? this.#clock(found.clockProblem) : nothing}
      ${this.#over(found)}
    `;
  }

  #rule(rule: Rule): TemplateResult {
    const { name, what } = ruleWords(rule);
    return html`<tr>
      <th scope="row">${name}<span class="soft">${what}</span></th>
      <td>${this.#limit(rule.daysSetting, rule.days, `${name}: days`)}</td>
      <td>${this.#limit(rule.megabytesSetting, rule.megabytes, `${name}: MB at most`)}</td>
    </tr>`;
  }

  #limit(setting: string | null, value: number | null, words: string): TemplateResult | typeof nothing {
    if (setting === null) return nothing;
    const change = ({ target }: Event): void => void this.#change(setting, target as HTMLInputElement);
    const shown = this.#typing === setting ? noChange : value === null ? '' : String(value);
    return html`<input class="limit" type="text" inputmode="numeric" pattern="[0-9]*" placeholder="no limit"
      aria-label=${words} .value=${shown} @input=${() => (this.#typing = setting)} @change=${change} />`;
  }

  async #change(setting: string, field: HTMLInputElement): Promise<void> {
    this.#typing = null;
    const text = field.value.trim();
    const value = text === '' ? null : Number(text);
    const { settings, upkeep } = this.whimbrel;
    await settings.change({ [setting]: value } as Partial<Settings>);
    if (settings.problem) field.value = String(upkeep.found?.rules.flatMap(valuesOf).find(([name]) => name === setting)?.[1] ?? '');
    await upkeep.look();
  }

  #clock(problem: string): TemplateResult {
    return html`<div class="notice"><p>${problem}</p>
      <button @click=${() => void this.whimbrel.upkeep.dateIsRight()}>The date is right</button></div>`;
  }

  #over({ preview }: Retention): TemplateResult {
    if (preview.items.length === 0) return html`<p>Nothing is over these limits now.</p>`;
    return html`<div class="over">
      <p>Over these limits now, and removed by itself once a day:</p>
      <ul class="going">${preview.items.map(line)}</ul>
      <button ?disabled=${this.whimbrel.upkeep.begun !== null} @click=${() => void this.whimbrel.upkeep.run()}>Remove this now (${sizeWords(preview.bytes)})</button>
    </div>`;
  }

  #untold(): TemplateResult | typeof nothing {
    const { upkeep } = this.whimbrel;
    if (upkeep.untold.length === 0) return nothing;
    return html`<div class="notice" role="status">
      ${upkeep.untold.map((run) => html`<p>What was over its limits went by itself. ${doneWords(run)}</p>`)}
      <button @click=${() => void upkeep.read()}>I have read it</button>
    </div>`;
  }

  #happening(): TemplateResult | typeof nothing {
    const { begun, done } = this.whimbrel.upkeep;
    if (begun) return html`<p role="status">Removing… ${begun.what === 'erasure' ? 'Backups are replaced too; that can take a while.' : ''}</p>`;
    return done ? html`<p role="status">${doneWords(done)}</p>` : nothing;
  }

  #forget(): TemplateResult {
    const { whimbrel } = this;
    return html`
      <whimbrel-forget .whimbrel=${whimbrel} .scope=${{ sessionId: whimbrel.queue.sessionId }}
        words="Forget what this page did since it was opened…" heading="Forget what this page did?"></whimbrel-forget>
      <whimbrel-forget .whimbrel=${whimbrel} .scope=${{ everything: true }}
        words="Erase everything…" heading="Erase everything that Whimbrel remembers?"></whimbrel-forget>
    `;
  }
}

function valuesOf({ daysSetting, days, megabytesSetting, megabytes }: Rule): [string | null, number | null][] {
  return [
    [daysSetting, days],
    [megabytesSetting, megabytes],
  ];
}

function line(item: Item): TemplateResult {
  return html`<li><a href="#/history?${item.records}">${countWords(item.kind, item.count)}</a>
    <span class="soft">${spanWords(item)}</span>
    <span class="number soft">${item.bytes > 0 ? sizeWords(item.bytes) : ''}</span></li>`;
}
