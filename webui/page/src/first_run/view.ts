import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { TrainingApi } from '../api/training';
import type { Job } from '../api/record_types';
import type { Whimbrel } from '../app/whimbrel';
import { wordsOf } from '../ui/problems';
import { LightElement, Watch } from '../ui/light_element';
import { modelNotice } from '../ui/model_notice';
import { offersOf, type Offer } from './base_models';
import './first_run.css';

type Step = 1 | 2 | 3;

/** Three quiet steps for somebody who is here for the first time. A picture that is let go ends them. */
@customElement('whimbrel-first-run')
export class FirstRunView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @state() private step: Step = 1;
  @state() private offers: readonly Offer[] = [];
  @state() private chosen: string | null = null;
  @state() private fetching: Job | null = null;
  @state() private problem: string | null = null;
  #stops: (() => void)[] = [];

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel, this.whimbrel.host]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { news } = this.whimbrel;
    this.#stops = [
      news.on('model', () => void this.#look()),
      news.on('back', () => void this.#look()),
      news.on('job', (job) => this.#heard(job as Job)),
    ];
    void this.#look();
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    super.disconnectedCallback();
  }

  /** Enter goes on, unless somebody is busy elsewhere on the page. */
  protected override updated(changed: PropertyValues): void {
    if (!changed.has('step')) return;
    const busy = document.activeElement;
    if (busy === null || busy === document.body || busy.matches('main') || this.contains(busy)) {
      this.querySelector<HTMLElement>('button.main')?.focus({ preventScroll: true });
    }
  }

  protected override render(): TemplateResult {
    return html`<section class="first-run" aria-labelledby="first-run-title" @keydown=${this.#pressed}>
      <p class="soft first-run-step">${this.step} of 3</p>
      ${this.step === 1 ? this.#what() : this.step === 2 ? this.#model() : this.#done()}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </section>`;
  }

  #what(): TemplateResult {
    return html`<h1 id="first-run-title">Whimbrel names what is in your pictures</h1>
      <p>It looks at photographs and the camera's pictures on this computer, needs no network for that, and learns from what you correct.</p>
      <p>Pictures stay here. Nothing is sent anywhere, unless you connect it to your team's collector and agree to what goes there.</p>
      ${this.#ways(html`<button class="main" @click=${() => this.#go(2)}>Go on <kbd>⏎</kbd></button>`)}`;
  }

  #model(): TemplateResult {
    const notice = modelNotice(this.whimbrel);
    return html`<h1 id="first-run-title">Which model answers</h1>
      <p>A larger one is right more often, a smaller one is quicker. It can be changed at any time.</p>
      ${this.offers.length > 0 ? this.#choices() : nothing}
      ${notice === nothing ? nothing : html`<div class="first-run-model">${notice}</div>`}
      ${this.#ways(html`<button class="main" @click=${() => void this.#choose()}>Go on <kbd>⏎</kbd></button>
        <button @click=${() => this.#go(1)}>Back</button>`)}`;
  }

  #choices(): TemplateResult {
    return html`<fieldset class="first-run-models">
      <legend class="unseen">Model</legend>
      ${this.offers.map(
        ({ key, title, facts }) => html`<label class="choice">
          <input type="radio" name="first-model" value=${key} .checked=${key === this.chosen} @change=${() => (this.chosen = key)} />
          <span class="switch-words"><span>${title}</span><span class="soft">${facts}</span></span>
        </label>`,
      )}
    </fieldset>`;
  }

  #done(): TemplateResult {
    return html`<h1 id="first-run-title">That is all</h1>
      <p>Drop pictures here whenever you like, or press <kbd>C</kbd> for the camera. Say <i>Right</i> or <i>Wrong</i> to an answer, and Whimbrel learns from it.</p>
      <p class="soft">Everything that can be chosen is behind the gear at the end of the bar.</p>
      ${this.#fetchWords()}
      ${this.#ways(html`<button class="main" @click=${this.#end}>Start <kbd>⏎</kbd></button>
        <button @click=${() => this.#go(2)}>Back</button>`)}`;
  }

  #fetchWords(): TemplateResult | typeof nothing {
    const { fetching } = this;
    if (!fetching) return nothing;
    const { state, sentence, advice, progress } = fetching;
    if (state === 'failed') return html`<p class="problem" role="alert">${sentence} ${advice}</p>`;
    if (state !== 'working') return nothing;
    return html`<div class="notice" role="status"><p>${sentence} ${this.whimbrel.host.model ? `${this.whimbrel.host.model.name} answers meanwhile.` : ''}</p>
      <progress aria-label=${sentence} max="1" value=${progress ?? nothing}></progress></div>`;
  }

  #ways(buttons: TemplateResult): TemplateResult {
    const leave = html`<button class="quiet" @click=${this.#end}>Leave this out</button>`;
    return html`<div class="first-run-ways">${buttons}${this.step === 3 ? nothing : leave}</div>`;
  }

  #go(step: Step): void {
    this.problem = null;
    this.step = step;
  }

  readonly #end = (): void => void this.whimbrel.firstRun.end();

  readonly #pressed = ({ key }: KeyboardEvent): void => {
    if (key === 'Escape') this.#end();
  };

  async #look(): Promise<void> {
    const list = await this.whimbrel.api.models().catch(() => null);
    if (!list) return;
    const before = this.chosen;
    this.offers = list.active === null ? [] : offersOf(list);
    if (!this.offers.some(({ key }) => key === before)) this.chosen = list.active;
  }

  /** One that is here is put to work, another one fetched while the steps go on. */
  async #choose(): Promise<void> {
    const offer = this.offers.find(({ key }) => key === this.chosen);
    this.problem = null;
    try {
      if (offer?.version && offer.version.state !== 'active') {
        await new TrainingApi((path, body) => this.whimbrel.api.send(path, body)).use(offer.version.id, false);
      } else if (offer && !offer.version && offer.base) {
        const { name, alpha } = offer.base;
        this.fetching = await this.whimbrel.api.send<Job>('/api/models/fetch', { name, alpha, activate: true });
      }
      this.#go(3);
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }

  #heard(job: Job): void {
    if (job.id === this.fetching?.id) this.fetching = job;
  }
}
