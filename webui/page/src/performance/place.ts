import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Facets } from '../api/record_types';
import type { Whimbrel } from '../app/whimbrel';
import '../look/performance.css';
import { LightElement, Watch } from '../ui/light_element';
import { addressOf, type ViewState } from '../ui/view_state';
import { backendName } from '../ui/words';
import './chart_figure';
import { PerformanceFeed } from './feed';
import { HandingOver } from './handing_over';
import { server, stored } from './house_sections';
import { clockWords } from './moments';
import type { Shown } from './parts';
import { queryOf, questionOf, WINDOWS, type Question } from './question';
import { answers, failures, inWindow, machines, memory, quickness, rightness } from './sections';

/** How well Whimbrel does, from what it remembers: figures that keep themselves new and lead to what is behind them. */
@customElement('whimbrel-performance')
export class PerformancePlace extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  #feed!: PerformanceFeed;
  #choices: Pick<Facets, 'modelVersions' | 'backends'> = { modelVersions: [], backends: [] };
  #stops: (() => void)[] = [];

  constructor() {
    super();
    new Watch(this, () => [this.view, this.whimbrel, this.#feed]);
  }

  override connectedCallback(): void {
    const { api, clock, news, queue } = this.whimbrel;
    this.#feed ??= new PerformanceFeed({ ask: (query) => api.performance(query), clock });
    super.connectedCallback();
    const handing = new HandingOver(queue.sender, clock);
    const heard = (): void => this.#feed.heard();
    this.#stops = (['records', 'away', 'back'] as const).map((kind) => news.on(kind, heard));
    this.#stops.push(this.#whileSeen(handing), () => this.#feed.sleep(), () => handing.stop());
    void this.#askChoices();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stops.splice(0)) stop();
  }

  protected override willUpdate(): void {
    if (this.view.place === 'performance') this.#feed.question(queryOf(this.#question));
  }

  protected override render(): TemplateResult {
    return html`
      <h1>Performance</h1>
      ${this.#pickers()}
      <div class=${this.#feed.behind ? 'figures figures-behind' : 'figures'} aria-busy=${this.#feed.behind}>${this.#content()}</div>
    `;
  }

  get #question(): Question {
    return questionOf(this.view.query);
  }

  #pickers(): TemplateResult {
    const question = this.#question;
    const window = ({ name, words }: (typeof WINDOWS)[number]): TemplateResult => html`<a
      href=${addressOf('performance', queryOf({ ...question, window: name }))}
      aria-current=${name === question.window ? 'true' : nothing}>${words}</a>`;
    const models = this.#choices.modelVersions.map((id): [string, string] => [id, this.whimbrel.modelName(id)]);
    const backends = this.#choices.backends.map((backend): [string, string] => [backend, backendName(backend)]);
    return html`<div class="pickers">
      <nav class="windows" aria-label="How far back">${WINDOWS.map(window)}</nav>
      ${this.#select('modelVersion', 'Model', 'All models', models)}
      ${this.#select('backend', 'Computed with', 'All backends', backends)}
    </div>`;
  }

  #select(field: 'modelVersion' | 'backend', name: string, all: string, choices: readonly [string, string][]): TemplateResult {
    const now = this.#question[field];
    const unknown = now !== null && !choices.some(([value]) => value === now) ? [[now, now] as const] : [];
    const change = ({ target }: Event): void => {
      const value = (target as HTMLSelectElement).value || null;
      this.view.goTo('performance', queryOf({ ...this.#question, [field]: value }));
    };
    const option = ([value, words]: readonly [string, string]): TemplateResult =>
      html`<option value=${value} ?selected=${value === (now ?? '')}>${words}</option>`;
    return html`<select aria-label=${name} .value=${now ?? ''} @change=${change}>${[['', all] as const, ...choices, ...unknown].map(option)}</select>`;
  }

  #content(): TemplateResult {
    const { answered, problem } = this.#feed;
    if (!answered) return problem === null ? html`<p class="soft figures-coming" role="status">Adding up…</p>` : this.#away(problem);
    const { figures } = answered;
    const modelName = (version: string): string => this.whimbrel.modelName(version);
    const shown: Shown = { figures, question: this.#question, modelName };
    return html`
      ${problem === null ? nothing : this.#away(`${problem} These figures are from ${clockWords(answered.at)}.`)}
      ${figures.counts.answers.value ? [answers, quickness, rightness, memory].map((part) => part(shown)) : this.#nothing(shown)}
      ${[failures, machines, stored, server].map((part) => part(shown))}
    `;
  }

  #nothing(shown: Shown): TemplateResult {
    const { backend, modelVersion, window } = this.#question;
    const narrow = backend !== null || modelVersion !== null;
    return html`<section class="section figures-none">
      <p>Nothing has been recognised ${inWindow(shown)}${narrow ? ' with these choices' : ''}.</p>
      <p>${window === 'all' && !narrow
        ? html`<a href="#/recognise">Choose the first pictures</a>, and their figures are here at once.`
        : html`<a href="#/recognise">Choose pictures</a>, or look <a href=${addressOf('performance', 'window=all')}>at all that is remembered</a>.`}</p>
    </section>`;
  }

  #away(problem: string): TemplateResult {
    return html`<p class="problem" role="alert">${problem}</p>`;
  }

  /** Wakes the feed while the page can be seen. */
  #whileSeen(handing: HandingOver): () => void {
    const stop = new AbortController();
    const follow = (): void => {
      const seen = document.visibilityState === 'visible';
      if (seen) this.#feed.wake();
      else this.#feed.sleep();
      handing.wanted(seen);
    };
    document.addEventListener('visibilitychange', follow, { signal: stop.signal });
    follow();
    return () => stop.abort();
  }

  async #askChoices(): Promise<void> {
    this.#choices = await this.whimbrel.api.facets().catch(() => this.#choices);
    this.requestUpdate();
  }
}
