import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { SyncApi, type SyncState } from '../api/sync';
import type { Whimbrel } from '../app/whimbrel';
import { wordsOf } from '../ui/problems';
import { LightElement, Watch } from '../ui/light_element';
import type { ViewState } from '../ui/view_state';
import { plural } from '../ui/words';
import { codeWords, contactRows, equationWords, partWords, reasonWords, total } from './words';

/** Whether everything is at the team's collector, what is not and why, what goes there, and where that is. */
@customElement('whimbrel-sending')
export class SendingView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @state() private problem: string | null = null;
  readonly #api = new SyncApi(
    (path, body) => this.whimbrel.api.send(path, body),
    (path) => this.whimbrel.api.remove(path),
  );
  #stops: (() => void)[] = [];

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.sync, this.whimbrel.settings]);
  }

  /** The counts move with every record; the news of sending come only when something was sent. */
  override connectedCallback(): void {
    super.connectedCallback();
    const { news, sync } = this.whimbrel;
    this.#stops = (['records', 'erased', 'back'] as const).map((kind) => news.on(kind, () => void sync.look()));
    void sync.look();
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { sync } = this.whimbrel;
    return html`<h1>Sending</h1>
      ${sync.state ? this.#content(sync.state) : html`<p class="soft" role="status">Looking…</p>`}`;
  }

  #content(found: SyncState): TemplateResult {
    const rejected = total(found.accounts.rejected);
    const heard = ({ detail }: CustomEvent<SyncState>): void => this.whimbrel.sync.heard(detail);
    return html`<div class="contents" @heard=${heard}>
      ${this.#now(found)} ${this.#accounts(found)}
      ${rejected > 0 ? html`<whimbrel-rejected class="section" .api=${this.#api} .count=${rejected} @decided=${() => void this.whimbrel.sync.look()}></whimbrel-rejected>` : nothing}
      <whimbrel-consent class="section" .api=${this.#api} .found=${found}></whimbrel-consent>
      <whimbrel-collector class="section" .api=${this.#api} .found=${found}></whimbrel-collector>
      ${this.#costly()}
    </div>`;
  }

  #now(found: SyncState): TemplateResult {
    const { sentence, advice, phase, withdrawing, erasing, release } = found;
    const rows = contactRows(found);
    return html`<section class="section" aria-label="Now">
      <div role="status"><p class="sending-now">${sentence}</p>${advice ? html`<p class="soft">${advice}</p>` : nothing}</div>
      ${withdrawing.length > 0 ? html`<p>The collector has yet to hear that you took back ${withdrawing.map(partWords).join(', ')}.</p>` : nothing}
      ${erasing > 0 && found.enrolment ? html`<p>The collector has yet to let go of ${plural(erasing, 'record', 'records')} that you erased here.</p>` : nothing}
      ${release ? html`<p>${release}</p>` : nothing}
      ${rows.length > 0 ? html`<dl class="facts-list">${rows.map(([what, is]) => html`<div><dt>${what}</dt><dd>${is}</dd></div>`)}</dl>` : nothing}
      ${found.enrolment && found.consent.given ? this.#ways(phase) : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </section>`;
  }

  #ways(phase: SyncState['phase']): TemplateResult {
    const act = (what: 'now' | 'pause' | 'resume') => () => void this.#act(what);
    if (phase === 'paused') return html`<div class="ways"><button class="main" @click=${act('resume')}>Go on sending</button></div>`;
    return html`<div class="ways"><button @click=${act('now')}>Send now</button><button @click=${act('pause')}>Pause</button></div>`;
  }

  #accounts({ accounts }: SyncState): TemplateResult {
    const rows = [
      ['At the collector', accounts.accepted, ''],
      ['Waiting to be sent', accounts.waiting, accounts.inFlight > 0 ? `${accounts.inFlight.toLocaleString('en')} on their way` : ''],
      ['Rejected', total(accounts.rejected), listed(accounts.rejected, codeWords)],
      ['Dropped', total(accounts.dropped), listed(accounts.dropped, reasonWords)],
    ] as const;
    return html`<section class="section" aria-labelledby="accounts-title">
      <h2 id="accounts-title">Where everything is</h2>
      <p class="equation">${equationWords(accounts)}</p>
      <div class="table-scroll"><table class="accounts">
        <caption class="unseen">Where the records are</caption>
        <tbody>${rows.map(([name, count, why]) => html`<tr><th scope="row">${name}</th><td class="number">${count.toLocaleString('en')}</td><td class="soft">${why}</td></tr>`)}
          <tr class="sum"><th scope="row">Recorded</th><td class="number">${accounts.recorded.toLocaleString('en')}</td><td class="soft">answers, marks and failures since the beginning</td></tr></tbody>
      </table></div>
    </section>`;
  }

  #costly(): TemplateResult {
    const { settings } = this.whimbrel;
    const change = ({ target }: Event): void => void settings.change({ costlyConnection: (target as HTMLInputElement).checked });
    return html`<section class="section" aria-labelledby="link-title">
      <h2 id="link-title">The connection</h2>
      <label class="switch">
        <input type="checkbox" role="switch" name="costly" .checked=${settings.values.costlyConnection} @change=${change} />
        <span class="switch-words"><span>This connection costs money</span><span class="soft">Nothing is sent by itself then, only with “Send now”.</span></span>
      </label>
      ${settings.problem ? html`<p class="problem" role="alert">${settings.problem}</p>` : nothing}
    </section>`;
  }

  async #act(what: 'now' | 'pause' | 'resume'): Promise<void> {
    this.problem = null;
    try {
      this.whimbrel.sync.heard(await this.#api.act(what));
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}

function listed(counts: Readonly<Record<string, number>>, words: (name: string) => string): string {
  return Object.entries(counts)
    .map(([name, count]) => `${words(name)} (${count.toLocaleString('en')})`)
    .join('; ');
}
