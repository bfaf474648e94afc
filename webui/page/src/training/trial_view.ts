import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Figure, PerformanceFigures } from '../api/performance';
import type { ModelVersion } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { count, estimate } from '../performance/words';
import { LightElement, Watch } from '../ui/light_element';
import { addressOf } from '../ui/view_state';
import './differing_view';
import { wordsOf } from '../ui/problems';
import { visitsWords } from './trial_words';
import './trial.css';

const SHARES = [0.05, 0.1, 0.25, 0.5, 1];

/** Letting a share of the visits work with a version that is not at work, how both do, and where they differ. */
@customElement('whimbrel-trial')
export class TrialView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) version!: ModelVersion;
  /** The id of the one at work. */
  @property() active: string | null = null;
  @state() private open = false;
  @state() private differing = false;
  @state() private sides: readonly PerformanceFigures[] | null = null;
  @state() private problem: string | null = null;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.settings]);
  }

  protected override render(): TemplateResult {
    const { version, open } = this;
    const share = this.#share;
    const words = share > 0 ? `${visitsWords(share)} try it.` : 'No visits try it.';
    return html`<span>${words} <button class="link" aria-expanded=${open} @click=${this.#toggle}>${open ? 'Hide' : share > 0 ? 'Compare' : 'Let some try it'}<span class="unseen"> ${version.name}</span></button></span>
      ${open ? this.#opened(share) : nothing}
      ${this.#beside()}`;
  }

  /** The share of the visits that try this version. */
  get #share(): number {
    const { trialVersion, trialShare } = this.whimbrel.settings.values;
    return trialVersion === this.version.id ? trialShare : 0;
  }

  #opened(share: number): TemplateResult {
    const { settings } = this.whimbrel;
    const choices = [...new Set([0, ...SHARES, share])].sort((one, other) => one - other);
    const instead = settings.values.trialVersion !== null && share === 0 && settings.values.trialShare > 0;
    return html`<div class="trial">
      <label class="field"><span>Work with it in</span>
        <select name="trial-share" @change=${this.#chosen}>${choices.map((one) => html`<option value=${one} .selected=${one === share}>${visitsWords(one)}</option>`)}</select></label>
      <p class="soft">A visit is a page from its opening to its end; it stays with its model.${instead ? ' Only one model is tried at a time: this one takes the place of the other.' : ''}</p>
      ${settings.problem ? html`<p class="problem" role="alert">${settings.problem}</p>` : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${this.sides ? this.#table(this.sides) : nothing}
    </div>`;
  }

  #table(sides: readonly PerformanceFigures[]): TemplateResult {
    const row = (what: string, of: (side: PerformanceFigures) => Figure, words: (figure: Figure) => string): TemplateResult =>
      html`<tr><th scope="row">${what}</th>${sides.map((side) => html`<td>${led(of(side), words)}</td>`)}</tr>`;
    return html`<div class="table-scroll"><table class="sides">
      <caption class="unseen">How both do</caption>
      <thead><tr><td></td><th scope="col">This one</th><th scope="col">At work</th></tr></thead>
      <tbody>
        ${row('Answers', ({ counts }) => counts.answers, ({ value }) => count(value))}
        ${row('Right, of pictures that chance picked', ({ accuracy }) => accuracy.audited, estimate)}
        ${row('Right, of those that you marked', ({ accuracy }) => accuracy.overall, estimate)}
      </tbody>
    </table></div>`;
  }

  /** Where it was in the shadow there are answers to compare. */
  #beside(): TemplateResult | typeof nothing {
    if (this.version.metrics?.['shadowSince'] === undefined) return nothing;
    const toggle = (): void => void (this.differing = !this.differing);
    return html`<span><button class="link" aria-expanded=${this.differing} @click=${toggle}>${this.differing ? 'Hide' : 'Show'} where it answers otherwise than the one at work</button></span>
      ${this.differing ? html`<whimbrel-differing .whimbrel=${this.whimbrel} .version=${this.version.id}></whimbrel-differing>` : nothing}`;
  }

  readonly #toggle = (): void => {
    this.open = !this.open;
    if (this.open) void this.#ask();
  };

  readonly #chosen = async ({ target }: Event): Promise<void> => {
    const share = Number((target as HTMLSelectElement).value);
    const { settings } = this.whimbrel;
    await settings.change(share === 0 ? { trialVersion: null } : { trialVersion: this.version.id, trialShare: share });
  };

  async #ask(): Promise<void> {
    this.problem = null;
    const ids = [this.version.id, ...(this.active === null ? [] : [this.active])];
    try {
      this.sides = await Promise.all(ids.map((id) => this.whimbrel.api.performance(`window=all&modelVersion=${encodeURIComponent(id)}`)));
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}

function led(figure: Figure, words: (figure: Figure) => string): TemplateResult | string {
  if (figure.records === null || figure.n === 0) return words(figure);
  return html`<a href=${addressOf('history', figure.records)}>${words(figure)}</a>`;
}
