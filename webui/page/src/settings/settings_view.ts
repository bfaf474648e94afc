import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { ProgramApi, type ProgramInfo } from '../api/program';
import type { SyncState } from '../api/sync';
import type { Whimbrel } from '../app/whimbrel';
import { modelNotice } from '../ui/model_notice';
import { LightElement, Watch } from '../ui/light_element';
import type { ViewState } from '../ui/view_state';
import { sharedWords, trainingWords } from './words';

/** Everything that can be chosen, the model first; `#/settings?at=backups` leads to a section. */
@customElement('whimbrel-settings')
export class SettingsView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @state() private info: ProgramInfo | null = null;
  #api!: ProgramApi;
  #stops: (() => void)[] = [];
  #came: string | null = null;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel, this.whimbrel.host, this.whimbrel.sync, this.view]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#api = new ProgramApi(this.whimbrel.api);
    const look = (): void => void this.#look();
    this.#stops = (['back', 'erased'] as const).map((kind) => this.whimbrel.news.on(kind, look));
    look();
    void this.whimbrel.sync.look();
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    super.disconnectedCallback();
  }

  /** Goes to the section that the address names, once what is above it has its height. */
  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const at = new URLSearchParams(this.view.query).get('at');
    if (at === this.#came || this.info === null) return;
    this.#came = at;
    const section = at === null ? null : this.querySelector<HTMLElement>(`#settings-${CSS.escape(at)}`);
    section?.scrollIntoView();
    section?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult {
    const { whimbrel, info } = this;
    const api = this.#api;
    return html`
      <h1>Settings</h1>
      ${this.#model()}
      <whimbrel-backends class="section" .whimbrel=${whimbrel}></whimbrel-backends>
      <whimbrel-appearance class="section" .whimbrel=${whimbrel}></whimbrel-appearance>
      <whimbrel-keeping id="settings-keeping" tabindex="-1" class="section" .whimbrel=${whimbrel}></whimbrel-keeping>
      <whimbrel-retention class="section" .whimbrel=${whimbrel}></whimbrel-retention>
      ${this.#sending(whimbrel.sync.state)}
      <whimbrel-folder id="settings-folder" tabindex="-1" class="section" .api=${api} .info=${info}></whimbrel-folder>
      <whimbrel-backups id="settings-backups" tabindex="-1" class="section" .api=${api} .news=${whimbrel.news} @made=${() => void this.#look()}></whimbrel-backups>
      ${info ? this.#training(info) : nothing}
      <whimbrel-start id="settings-start" tabindex="-1" class="section" .api=${api}></whimbrel-start>
      <whimbrel-diagnostics id="settings-diagnostics" tabindex="-1" class="section" .api=${api}></whimbrel-diagnostics>
      <p class="section soft">Whimbrel ${whimbrel.session?.app.version ?? ''}</p>
    `;
  }

  #model(): TemplateResult {
    const { model } = this.whimbrel.host;
    const notice = modelNotice(this.whimbrel);
    return html`<section class="section" aria-labelledby="settings-model">
      <h2 id="settings-model">Model</h2>
      ${notice === nothing ? nothing : html`<div class="section-notice">${notice}</div>`}
      ${model ? html`<p>${model.name} answers. It knows ${model.labelCount.toLocaleString('en')} labels.</p>` : nothing}
      <p><a href="#/model">Choose, train and compare models</a></p>
    </section>`;
  }

  #sending(found: SyncState | null): TemplateResult {
    const enrolled = found?.enrolment ?? null;
    return html`<section id="settings-sending" tabindex="-1" class="section" aria-labelledby="sending-title">
      <h2 id="sending-title">Sending to a team</h2>
      <div class=${enrolled ? 'contents' : 'contents resting'}>
        <p>${found ? found.sentence : 'Looking…'}</p>
        ${found ? html`<p class="soft">${sharedWords(found)}</p>` : nothing}
      </div>
      <p><a href="#/sending">${enrolled ? 'What goes there, and taking it back' : 'Connect to a team’s collector'}</a></p>
    </section>`;
  }

  #training({ training }: ProgramInfo): TemplateResult {
    const { sentence, command } = trainingWords(training);
    return html`<section class="section" aria-labelledby="training-title">
      <h2 id="training-title">Training component</h2>
      <p>${sentence}</p>
      ${command ? html`<p class="soft">To install it (1.6 GB, once, with a network): <code>${command}</code></p>` : nothing}
    </section>`;
  }

  async #look(): Promise<void> {
    this.info = await this.#api.info().catch(() => this.info);
  }
}
