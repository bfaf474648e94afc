import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { TrainingApi } from '../api/training';
import type { ModelList } from '../api/types';
import { distinctNames } from '../app/version_names';
import type { Whimbrel } from '../app/whimbrel';
import type { ModelDescriptor } from '../engine/types';
import { wordsOf } from './problems';
import { LightElement, Watch } from './light_element';
import { modelNotice } from './model_notice';
import { architectureWords, madeWords, variantWords, weightsRows, type WeightsRow } from './model_words';
import type { ViewState } from './view_state';

/** Which model answers, which others there are, and what they learned. */
@customElement('whimbrel-model')
export class ModelView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @state() private list: ModelList | null = null;
  @state() private problem: string | null = null;
  #shown: string | null | undefined;
  #stops: (() => void)[] = [];
  readonly #api = new TrainingApi((path, body) => this.whimbrel.api.send(path, body));

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel, this.whimbrel.host, this.view]);
  }

  /** A page that tries a version tells of it after the training has ended. */
  override connectedCallback(): void {
    super.connectedCallback();
    const { news } = this.whimbrel;
    const again = (): void => void this.#ask();
    this.#stops = [news.on('versions', again), news.on('back', again)];
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    super.disconnectedCallback();
  }

  protected override willUpdate(): void {
    const active = this.whimbrel.host.model?.id ?? null;
    if (active === this.#shown) return;
    this.#shown = active;
    void this.#ask();
  }

  protected override render(): TemplateResult {
    const { whimbrel } = this;
    return html`
      <h1>Model</h1>
      ${this.#active()}
      <div class="contents" @used=${this.#changed} @learned=${this.#changed}>${this.list ? this.#versions(this.list) : nothing}</div>
      <whimbrel-by-itself class="section" .whimbrel=${whimbrel}></whimbrel-by-itself>
      <whimbrel-labels class="section" .whimbrel=${whimbrel}></whimbrel-labels>
      <whimbrel-reject class="section" .whimbrel=${whimbrel}></whimbrel-reject>
    `;
  }

  #active(): TemplateResult {
    const { model } = this.whimbrel.host;
    const notice = modelNotice(this.whimbrel);
    return html`<section class="section" aria-labelledby="active-title">
      <h2 id="active-title">At work</h2>
      ${notice === nothing ? nothing : html`<div class="section-notice">${notice}</div>`}
      ${model ? this.#facts(model) : nothing}
      ${this.#back()}
    </section>`;
  }

  #facts(model: ModelDescriptor): TemplateResult {
    const version = this.list?.versions.find(({ id }) => id === model.id);
    const facts: [string, string][] = [
      ['Network', architectureWords(model.architecture, model.alpha)],
      ['Knows', `${model.labelCount.toLocaleString('en')} labels`],
      ['Weights', variantWords(model.variant)],
      ['Came about', madeWords(model.made)],
      ['From', model.source],
      ['Licence', model.licence],
    ];
    return html`<p class="model-name">${version?.name ?? model.name}</p>
      <dl class="facts-list">${facts.map(([what, is]) => html`<div><dt>${what}</dt><dd>${is}</dd></div>`)}</dl>
      ${version ? this.#weights(weightsRows(version), model.variant) : nothing}`;
  }

  #weights(rows: readonly WeightsRow[], atWork: string): TemplateResult | typeof nothing {
    if (rows.length === 0) return nothing;
    const row = ({ variant, size, agreement }: WeightsRow): TemplateResult => html`<tr>
      <th scope="row">${variantWords(variant)}${variant === atWork ? html` <span class="soft">at work</span>` : nothing}</th>
      <td class="number">${size}</td>
      <td>${agreement}</td>
    </tr>`;
    return html`<div class="table-scroll"><table>
        <caption class="unseen">The forms of its weights</caption>
        <thead><tr><th scope="col">Form</th><th scope="col">Size</th><th scope="col">Same first answer as with 32 bits</th></tr></thead>
        <tbody>${rows.map(row)}</tbody>
      </table></div>
      <p class="soft">The smaller forms save disk and download, not time: the page computes with 32 bits in any case.</p>`;
  }

  #versions(list: ModelList): TemplateResult {
    const { a, b } = Object.fromEntries(new URLSearchParams(this.view.query));
    return html`
      <whimbrel-train class="section" .whimbrel=${this.whimbrel} .api=${this.#api} .list=${list}></whimbrel-train>
      <whimbrel-versions class="section" .whimbrel=${this.whimbrel} .api=${this.#api} .list=${list} .coming=${this.whimbrel.host.changingTo?.id ?? null}></whimbrel-versions>
      ${a && b
        ? html`<whimbrel-comparison class="section" .api=${this.#api} .list=${list} .a=${a} .b=${b} @chosen=${this.#chosen}></whimbrel-comparison>`
        : nothing}`;
  }

  readonly #chosen = ({ detail: [a, b] }: CustomEvent<readonly [string, string]>): void => {
    this.view.goTo('model', new URLSearchParams({ a, b }).toString());
  };

  #back(): TemplateResult | typeof nothing {
    const before = this.list?.versions.find(({ id }) => id === this.list?.before);
    if (!before) return nothing;
    return html`<div class="ways"><button @click=${() => void this.#goBack()}>Back to ${before.name}</button></div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  async #ask(): Promise<void> {
    const found = await this.whimbrel.api.models().catch(() => null);
    if (!found) return;
    const names = distinctNames(found.versions);
    this.list = { ...found, versions: found.versions.map((version) => ({ ...version, name: names.get(version.id) ?? version.name })) };
  }

  readonly #changed = async (): Promise<void> => {
    await this.whimbrel.refresh();
    await this.#ask();
  };

  async #goBack(): Promise<void> {
    this.problem = null;
    try {
      await this.#api.goBack();
      await this.#changed();
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}
