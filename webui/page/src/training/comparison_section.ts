import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Comparison, LabelCompared, Share, TrainingApi, VersionSide } from '../api/training';
import type { ModelList } from '../api/types';
import { recordsOf } from '../labels/words';
import { dataTable, type DataTable } from '../performance/table';
import { LightElement } from '../ui/light_element';
import './comparison.css';
import './confusion_view';
import { reliability } from './reliability';
import { wordsOf } from '../ui/problems';
import { differenceWords, labelWords, shareWords, verdict } from './words';

/** Two versions side by side. Fires `chosen` with the ids [a, b] when others are asked for. */
@customElement('whimbrel-comparison')
export class ComparisonSection extends LightElement {
  @property({ attribute: false }) api!: TrainingApi;
  @property({ attribute: false }) list!: ModelList;
  @property() a = '';
  @property() b = '';
  @state() private found: Comparison | null = null;
  @state() private problem: string | null = null;
  @state() private shown: 'a' | 'b' = 'b';

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('a') || changed.has('b')) void this.#ask();
  }

  protected override render(): TemplateResult {
    const { found, problem } = this;
    return html`<h2>Two models side by side</h2>
      <div class="compare-choices">${this.#choice('a')}${this.#choice('b')}</div>
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
      ${found ? this.#found(found) : nothing}
      <p><a href="#/model">Close</a></p>`;
  }

  #choice(which: 'a' | 'b'): TemplateResult {
    const choose = ({ target }: Event): void => this.#choose(which, (target as HTMLSelectElement).value);
    return html`<label><span>${which.toUpperCase()}</span>
      <select name="compare-${which}" @change=${choose}>
        ${this.list.versions.map(({ id, name }) => html`<option value=${id} ?selected=${id === this[which]}>${name}${id === this.list.active ? ', at work' : ''} (${id.slice(-8)})</option>`)}
      </select></label>`;
  }

  #choose(which: 'a' | 'b', id: string): void {
    const detail = which === 'a' ? [id, this.b] : [this.a, id];
    this.dispatchEvent(new CustomEvent('chosen', { detail }));
  }

  #found(found: Comparison): TemplateResult {
    return html`<p role="status" class="verdict">${verdict(found)}</p>
      ${found.difference ? html`${this.#sides(found)}${this.#labels(found)}${this.#confusion(found)}` : nothing}
      ${this.#reliability(found)}`;
  }

  #sides({ a, b }: Comparison): TemplateResult {
    const row = (what: string, of: (side: VersionSide) => TemplateResult | string): TemplateResult =>
      html`<tr><th scope="row">${what}</th><td>${of(a)}</td><td>${of(b)}</td></tr>`;
    return html`<div class="table-scroll"><table class="sides">
        <caption class="unseen">Both models on the same pictures</caption>
        <thead><tr><td></td><th scope="col">A</th><th scope="col">B</th></tr></thead>
        <tbody>
          ${row('Right, of pictures held back', ({ accuracy }) => shareWords(accuracy))}
          ${row('Marked right, of its own answers', (side) => feedback(side))}
        </tbody>
      </table></div>
      <p class="soft">Mistakes are marked more often than hits: marks make a model look worse than it is.
        ${a.recomputed && b.recomputed ? '' : 'Of a model with another network its own training’s answers are compared.'}</p>`;
  }

  #labels({ perLabel }: Comparison): TemplateResult {
    return html`<h3>By label</h3>${labelTable(perLabel).body()}`;
  }

  #confusion(found: Comparison): TemplateResult {
    const side = found[this.shown];
    const choice = (which: 'a' | 'b'): TemplateResult => html`<label class="choice"><input type="radio" name="confusion" .checked=${this.shown === which}
      @change=${() => (this.shown = which)} />${which.toUpperCase()}</label>`;
    return html`<h3>What is taken for what</h3>
      <div class="choices" role="group" aria-label="Whose answers">${choice('a')}${choice('b')}</div>
      <whimbrel-confusion .api=${this.api} .side=${side} .beside=${found[this.shown === 'a' ? 'b' : 'a'].id}></whimbrel-confusion>`;
  }

  #reliability({ a, b }: Comparison): TemplateResult | typeof nothing {
    if (a.reliability.length + b.reliability.length === 0) return nothing;
    return html`<h3>Can its percentages be believed?</h3>
      <p class="soft">On the line it is right as often as it is sure; below, it is too sure. Each dot is a fifteenth of the pictures.</p>
      <div class="reliabilities">${reliability(a, 'A')}${reliability(b, 'B')}</div>`;
  }

  async #ask(): Promise<void> {
    const { a, b } = this;
    this.problem = null;
    try {
      const found = await this.api.compare(a, b);
      if (a === this.a && b === this.b) this.found = found;
    } catch (problem) {
      this.found = null;
      this.problem = wordsOf(problem);
    }
  }
}

function feedback({ feedback: share, id }: VersionSide): TemplateResult | string {
  if (share.n === 0) return 'none marked yet';
  return html`<a href=${recordsOf({ modelVersion: id, mark: 'judged' })}>${shareWords(share)}, of ${share.n.toLocaleString('en')}</a>`;
}

function labelTable(rows: readonly LabelCompared[]): DataTable {
  const right = (of: (row: LabelCompared) => Share) => ({
    number: true as const,
    raw: (row: LabelCompared) => of(row).value,
    show: (row: LabelCompared) => shareWords(of(row)),
  });
  return dataTable<LabelCompared>({
    caption: 'Both models by label',
    name: 'labels-compared',
    rows,
    columns: [
      { name: 'Label', key: 'label', raw: ({ label }) => labelWords(label) },
      { name: 'Pictures', key: 'pictures', number: true, raw: ({ difference }) => difference.n },
      { name: 'A right', key: 'a_right', ...right(({ a }) => a) },
      { name: 'B right', key: 'b_right', ...right(({ b }) => b) },
      { name: 'Change', key: 'change', number: true, raw: ({ difference }) => difference.value, show: ({ difference }) => differenceWords(difference) },
    ],
  });
}
