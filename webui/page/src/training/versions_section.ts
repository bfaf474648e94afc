import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Share, TrainingApi } from '../api/training';
import type { ModelList, ModelVersion } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from '../ui/light_element';
import { madeWords, variantWords } from '../ui/model_words';
import './beside_view';
import './export_version';
import './gates_view';
import './trial_view';
import { treeOf, type Branch } from './tree';
import './use_button';
import { doubt, gatesOf, shareWords } from './words';

const STATES: Readonly<Record<ModelVersion['state'], string>> = {
  candidate: 'not used yet',
  shadow: 'tried beside the one at work',
  active: 'at work',
  retired: 'was at work before',
};

/** Every version under the one that it was learned from, how good it is, and using it. */
@customElement('whimbrel-versions')
export class VersionsSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) api!: TrainingApi;
  @property({ attribute: false }) list!: ModelList;
  /** The version that the page is loading. */
  @property() coming: string | null = null;
  @state() private open: ReadonlySet<string> = new Set();

  protected override render(): TemplateResult {
    const { active, versions } = this.list;
    const [first, second] = [active ?? versions[0]?.id, versions.findLast(({ id }) => id !== active)?.id];
    return html`<h2 id="versions-title">All models</h2>
      ${this.#level(treeOf(versions), 'versions')}
      ${first && second
        ? html`<p><a href="#/model?${new URLSearchParams({ a: first, b: second }).toString()}">Compare two of them</a></p>`
        : nothing}
      <p class="soft">Add one with <code>whimbrel models import FILE</code> or <code>whimbrel models fetch NAME</code>.</p>`;
  }

  #level(branches: readonly Branch[], look: string): TemplateResult | typeof nothing {
    if (branches.length === 0) return nothing;
    return html`<ul class=${look}>${branches.map(({ version, children }) => html`<li>
      ${this.#version(version)}${this.#level(children, 'versions-below')}
    </li>`)}</ul>`;
  }

  #version(version: ModelVersion): TemplateResult {
    const { id, name, labelCount, made } = version;
    const words = [`${labelCount.toLocaleString('en')} labels`, variantWords(version.variant), madeWords(made)];
    return html`<div class="version" data-version=${id} data-state=${version.state}>
      <div class="version-words"><span class="version-name">${name}</span><span class="soft">${words.join(' · ')}</span>
        ${this.#accuracy(version)}
        <span class="soft version-id">${id}</span>
        ${this.#checks(version)}
        ${this.#trials(version)}
        <whimbrel-export-version .whimbrel=${this.whimbrel} .version=${version}></whimbrel-export-version></div>
      ${this.#way(version)}
    </div>`;
  }

  #accuracy({ metrics }: ModelVersion): TemplateResult | typeof nothing {
    const accuracy = metrics?.['accuracy'] as Share | undefined;
    if (!accuracy || accuracy.n === 0) return nothing;
    return html`<span class="soft">right for ${shareWords(accuracy)}, of ${accuracy.n.toLocaleString('en')} pictures held back</span>`;
  }

  #checks(version: ModelVersion): TemplateResult | typeof nothing {
    const gates = gatesOf(version);
    if (gates.length === 0) return nothing;
    const open = this.open.has(version.id);
    const words = doubt(gates) ?? `It passed ${gates.length === 1 ? 'its check' : `all ${gates.length} checks`}.`;
    const toggle = (): void => void (this.open = toggled(this.open, version.id));
    return html`<span>${words} <button class="link" aria-expanded=${open} @click=${toggle}>${open ? 'Hide' : 'Show'}<span class="unseen"> the checks of ${version.name}</span></button></span>
      ${open ? html`<whimbrel-gates .api=${this.api} .version=${version}></whimbrel-gates>` : nothing}`;
  }

  #trials(version: ModelVersion): TemplateResult | typeof nothing {
    const { active } = this.list;
    if (version.id === active) return nothing;
    return html`<whimbrel-beside .api=${this.api} .version=${version}></whimbrel-beside>
      <whimbrel-trial .whimbrel=${this.whimbrel} .version=${version} .active=${active}></whimbrel-trial>`;
  }

  #way(version: ModelVersion): TemplateResult {
    if (version.id === this.list.active)
      return html`<span class="version-active">${this.coming === version.id ? 'loading…' : STATES.active}</span>`;
    return html`<div class="version-way"><span class="soft">${STATES[version.state]}</span>
      <whimbrel-use .api=${this.api} .version=${version}></whimbrel-use></div>`;
  }
}

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const others = [...ids].filter((one) => one !== id);
  return new Set(ids.has(id) ? others : [...others, id]);
}
