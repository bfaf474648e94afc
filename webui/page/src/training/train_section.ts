import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { LabelsApi, type Examples } from '../api/labels';
import type { Epoch, LabelMode, Mode, TrainingApi, TrainingRun } from '../api/training';
import type { ModelList, ModelVersion } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from '../ui/light_element';
import { timeLeft } from '../ui/words';
import './gates_view';
import { isLive, Trainings } from './trainings';
import './use_button';
import { epochWords, missingWords, readyWords, squaresWords, STAGES } from './words';

const MODES: readonly (readonly [Mode, string, string])[] = [
  ['head', 'Only the last layer', 'seconds; enough in most cases'],
  ['fine-tune', 'The last blocks, too', 'minutes; needs the training component and the pictures that you let it keep'],
  ['full', 'All of it', 'long; needs the same, and very many pictures'],
];

/** What would be learned from, beginning a training, how it is doing, and what came of it. */
@customElement('whimbrel-train')
export class TrainSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) api!: TrainingApi;
  @property({ attribute: false }) list: ModelList | null = null;
  @state() private examples: Examples | null = null;
  @state() private mode: Mode = 'head';
  @state() private labels: LabelMode = 'mine';
  #trainings: Trainings | null = null;
  #stops: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    const { news } = this.whimbrel;
    const trainings = new Trainings(this.api);
    this.#trainings = trainings;
    const count = (): void => void this.#count();
    this.#stops = [
      trainings.watch(() => this.requestUpdate()),
      news.on('training', (run) => this.#heard(run as TrainingRun)),
      news.on('back', () => void trainings.look()),
      news.on('records', count),
      news.on('model', count),
    ];
    void trainings.look();
    count();
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { last = null, problem = null } = this.#trainings ?? {};
    return html`<h2>Train</h2>
      ${last && isLive(last) ? this.#running(last) : html`${last ? this.#ended(last) : nothing}${this.#form()}`}
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}`;
  }

  #form(): TemplateResult {
    const { examples } = this;
    if (!examples) return html`<p class="unseen" role="status">Loading…</p>`;
    const missing = missingWords(examples);
    const nothingYet = examples.labels.length === 0 && examples.noneOfThese.pictures === 0;
    return html`<p>${readyWords(examples)}</p>
      ${missing ? html`<p class="soft">${missing}</p>` : nothing}
      <form class="train-form" @submit=${this.#submitted}>
        <fieldset><legend>Labels that it shall know</legend>${this.#labelChoices()}</fieldset>
        <fieldset><legend>What shall learn</legend>${MODES.map(([mode, name, what]) => this.#radio('mode', mode, name, what, this.mode === mode, () => (this.mode = mode)))}
          ${this.mode === 'head' ? nothing : html`<p class="soft">${squaresWords(examples)}</p>`}</fieldset>
        <button class="main" type="submit" ?disabled=${nothingYet}>Train</button>
      </form>`;
  }

  #labelChoices(): TemplateResult {
    const known = this.whimbrel.host.model?.labelCount;
    const beside = known === undefined ? 'those that it knows' : `the ${known.toLocaleString('en')} that it knows`;
    return html`${this.#radio('labels', 'mine', 'Only mine', 'and “other” for what is none of them', this.labels === 'mine', () => (this.labels = 'mine'))}
      ${this.#radio('labels', 'extend', 'Mine beside the present ones', `${beside} stay`, this.labels === 'extend', () => (this.labels = 'extend'))}`;
  }

  #radio(group: string, value: string, name: string, what: string, chosen: boolean, choose: () => void): TemplateResult {
    return html`<label class="choice"><input type="radio" name="train-${group}" value=${value} .checked=${chosen} @change=${choose} />
      <span>${name} <span class="soft">${what}</span></span></label>`;
  }

  #running(run: TrainingRun): TemplateResult {
    const { progress, secondsLeft, sentence, epochs } = run;
    const share = progress === null ? '' : `${Math.floor(progress * 100)}\u202f%`;
    const left = secondsLeft === null ? [] : [timeLeft(secondsLeft * 1000)];
    const done = STAGES.findIndex(([stage]) => stage === run.stage);
    return html`<div class="training" data-training=${run.state}>
      <p role="status">${sentence}</p>
      <progress aria-label="Training" max="1" .value=${progress ?? 0}></progress>
      <p class="soft number">${[share, ...left].filter((text) => text !== '').join(', ')}</p>
      <ol class="stages">${STAGES.map(([stage, name], index) => html`<li class=${index < done ? 'stage-done' : ''} aria-current=${stage === run.stage ? 'step' : nothing}>${name}</li>`)}</ol>
      ${this.#epochs(epochs)}
      <button @click=${() => void this.#trainings?.cancel(run.id)}>Cancel</button>
    </div>`;
  }

  #epochs(epochs: readonly Epoch[]): TemplateResult | typeof nothing {
    const last = epochs.at(-1);
    if (!last) return nothing;
    return html`<p class="soft">${epochWords(last)}</p>
      ${epochs.length > 1
        ? html`<details><summary>All passes</summary><ol class="epochs">${epochs.map((epoch) => html`<li>${epochWords(epoch)}</li>`)}</ol></details>`
        : nothing}`;
  }

  #ended(run: TrainingRun): TemplateResult {
    const version = this.list?.versions.find(({ id }) => id === run.version);
    const close = html`<button class="quiet" @click=${() => this.#trainings?.putAway()}>Put away</button>`;
    if (run.state === 'cancelled') return html`<div class="training" data-training="cancelled"><p role="status">The training was cancelled; nothing has changed.</p>${close}</div>`;
    return html`<div class="training" data-training=${run.state}>
      <p role="status">${run.state === 'done' ? nothing : html`<b>Nothing was learned. </b>`}${run.sentence}</p>
      ${run.advice ? html`<p class="soft">${run.advice}</p>` : nothing}
      ${version ? this.#outcome(version) : nothing}
      ${close}
    </div>`;
  }

  #outcome(version: ModelVersion): TemplateResult {
    const { active } = this.list ?? {};
    if (version.id === active) return html`<p>It is at work now.</p>`;
    const compare = active ? html`<a href="#/model?${new URLSearchParams({ a: active, b: version.id }).toString()}">Compare with the one at work</a>` : nothing;
    return html`<whimbrel-gates .api=${this.api} .version=${version}></whimbrel-gates>
      <div class="ways"><whimbrel-use main .api=${this.api} .version=${version}></whimbrel-use>${compare}</div>`;
  }

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#trainings?.start(this.mode, this.labels);
  };

  #heard(run: TrainingRun): void {
    this.#trainings?.heard(run);
    if (run.state === 'done') this.dispatchEvent(new CustomEvent('learned', { bubbles: true }));
  }

  async #count(): Promise<void> {
    const labels = new LabelsApi((path, body) => this.whimbrel.api.send(path, body));
    this.examples = await labels.examples().catch(() => this.examples);
  }
}
