import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ModelList, ModelVersion } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import type { ModelDescriptor } from '../engine/types';
import { LightElement, Watch } from './light_element';
import { modelNotice } from './model_notice';
import { architectureWords, madeWords, variantWords, weightsRows, type WeightsRow } from './model_words';

/** Which model answers, which others there are, what computes it, and what is kept. */
@customElement('whimbrel-model')
export class ModelView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @state() private list: ModelList | null = null;
  @state() private problem: string | null = null;
  #shown: string | null | undefined;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel, this.whimbrel.host]);
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
      ${this.#versions()}
      <whimbrel-labels class="section" .whimbrel=${whimbrel}></whimbrel-labels>
      <whimbrel-backends class="section" .whimbrel=${whimbrel}></whimbrel-backends>
      <whimbrel-reject class="section" .whimbrel=${whimbrel}></whimbrel-reject>
      <whimbrel-settings class="section" .whimbrel=${whimbrel}></whimbrel-settings>
      <whimbrel-retention class="section" .whimbrel=${whimbrel}></whimbrel-retention>
    `;
  }

  #active(): TemplateResult {
    const { model } = this.whimbrel.host;
    const notice = modelNotice(this.whimbrel);
    return html`<section class="section" aria-labelledby="active-title">
      <h2 id="active-title">At work</h2>
      ${notice === nothing ? nothing : html`<div class="section-notice">${notice}</div>`}
      ${model ? this.#facts(model) : nothing}
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
    return html`<p class="model-name">${model.name}</p>
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

  #versions(): TemplateResult | typeof nothing {
    if (!this.list || this.list.versions.length === 0) return nothing;
    return html`<section class="section" aria-labelledby="versions-title">
      <h2 id="versions-title">All models</h2>
      <ul class="versions">${this.list.versions.map((version) => this.#version(version))}</ul>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <p class="soft">Add one with <code>whimbrel models import FILE</code> or <code>whimbrel models fetch NAME</code>.</p>
    </section>`;
  }

  #version(version: ModelVersion): TemplateResult {
    const { id, name, labelCount, made } = version;
    const active = id === this.list?.active;
    const coming = this.whimbrel.host.changingTo?.id === id;
    const words = [`${labelCount.toLocaleString('en')} labels`, variantWords(version.variant), madeWords(made)];
    return html`<li>
      <div><span class="version-name">${name}</span><span class="soft">${words.join(' · ')}</span>
        <span class="soft version-id">${id}</span></div>
      ${active
        ? html`<span class="version-active">${coming ? 'loading…' : 'at work'}</span>`
        : html`<button @click=${() => void this.#activate(id)} aria-label="Use ${name}">Use this one</button>`}
    </li>`;
  }

  async #ask(): Promise<void> {
    this.list = await this.whimbrel.api.models().catch(() => this.list);
  }

  async #activate(id: string): Promise<void> {
    this.problem = null;
    try {
      await this.whimbrel.api.activateModel(id);
      await this.whimbrel.refresh();
      await this.#ask();
    } catch (problem) {
      this.problem = problem instanceof Error ? problem.message : 'The model was not changed.';
    }
  }
}
