import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { mayPass } from '../api/client';
import { decisionsOf, type Cause, type Decision, type Decisions, type Evidence, type RetrainSettings } from '../api/retraining';
import type { Settings } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { Again } from '../base/again';
import { momentWords } from '../base/moments';
import { LightElement, Watch } from '../ui/light_element';
import './by_itself.css';
import { decisionWords, knownOf } from './by_itself_words';
import { wordsOf } from '../ui/problems';

const SHOWN_AT_FIRST = 5;

/** One thing that calls for a training, around the field of its limit. */
interface Trigger {
  readonly cause: Cause;
  readonly setting: 'retrainAccuracyDrop' | 'retrainDistribution' | 'retrainDataPoints' | 'retrainDays';
  readonly usual: number;
  readonly before: string;
  readonly after: string;
}

/** What each number may be; the server holds to the same. */
const BOUNDS = {
  retrainAccuracyDrop: [1, 100],
  retrainDistribution: [0.001, 1],
  retrainDataPoints: [1, 10_000_000],
  retrainDays: [0.1, 36_500],
  retrainIdleMinutes: [1, 1440],
  retrainBatteryPercent: [0, 100],
  auditShare: [0, 100],
} as const satisfies Record<string, readonly [number, number]>;
type Numbered = keyof typeof BOUNDS;
const COUNTED: ReadonlySet<Numbered> = new Set(['retrainDataPoints', 'retrainIdleMinutes', 'retrainBatteryPercent']);

const TRIGGERS: readonly Trigger[] = [
  { cause: 'accuracy', setting: 'retrainAccuracyDrop', usual: 10, before: 'Answers are right', after: 'points less often than at first' },
  { cause: 'distribution', setting: 'retrainDistribution', usual: 0.2, before: 'The labels answered differ by', after: 'bits from those at first' },
  { cause: 'data', setting: 'retrainDataPoints', usual: 1000, before: 'There are', after: 'pictures that you named since' },
  { cause: 'age', setting: 'retrainDays', usual: 7, before: 'The last training is', after: 'days ago, and something is new' },
];

/** What calls for a training and how far each is, what happens then, and what was decided. */
@customElement('whimbrel-by-itself')
export class ByItselfSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @state() private found: Decisions | null = null;
  @state() private problem: string | null = null;
  @state() private refused: string | null = null;
  @state() private all = false;
  #again: Again | null = null;
  #stops: (() => void)[] = [];

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.settings]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { news, clock } = this.whimbrel;
    const look = (): void => void this.#look();
    const again = (this.#again = new Again(clock, look));
    this.#stops = [news.on('training', look), news.on('versions', look), news.on('back', look), () => again.done()];
    look();
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { settings } = this.whimbrel;
    const values = settings.values as Settings & Partial<RetrainSettings>;
    return html`<h2>Learning by itself</h2>
      ${values.retrainByItself === undefined ? nothing : this.#choices(values as Settings & RetrainSettings)}
      ${[settings.problem, this.refused].map((words) => (words ? html`<p class="problem" role="alert">${words}</p>` : nothing))}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${this.found ? this.#decisions(this.found.decisions) : nothing}`;
  }

  #choices(values: Settings & RetrainSettings): TemplateResult {
    const battery = this.#number('retrainBatteryPercent', values.retrainBatteryPercent, 'Least charge of the battery, in per cent');
    const idle = this.#number('retrainIdleMinutes', values.retrainIdleMinutes, 'Minutes without a new picture');
    return html`
      ${this.#switch('retrainByItself', values.retrainByItself, html`Learn when it is time`, html`Once nothing was recognised for ${idle} minutes; on its battery not under <span class="number">${battery}\u202f%.</span>`)}
      <fieldset class="triggers"><legend>It is time when</legend>
        ${TRIGGERS.map((trigger) => this.#trigger(trigger, values[trigger.setting]))}
      </fieldset>
      ${this.#switch('retrainUse', values.retrainUse, html`Put to work what passed every check`, html`Of what it learned by itself, once a page has tried it, too. Else it asks; going back is one click in any case.`)}
      <div class="drawing"><p>Chance picks ${this.#number('auditShare', values.auditShare * 100, 'Share of new pictures, in per cent')}\u202f% of new pictures for Review, to be named without the answer in sight.</p>
        <p class="soft">Only from these is known how often answers are right: people mark mistakes more often than hits. 0 picks none.</p></div>`;
  }

  #trigger({ cause, setting, usual, before, after }: Trigger, value: number | null): TemplateResult {
    const turn = ({ target }: Event): void => void this.#change({ [setting]: (target as HTMLInputElement).checked ? usual : null });
    const { evidence } = this.found ?? {};
    const called = this.found?.causes.includes(cause) ?? false;
    return html`<div class="trigger" data-cause=${cause}>
      <input type="checkbox" aria-label="${before} … ${after}" .checked=${value !== null} @change=${turn} />
      <div><p>${before} ${this.#number(setting, value ?? usual, `${before} … ${after}`, value === null)} ${after}</p>
        ${evidence ? html`<p class="soft">${called ? html`<b>It is time:</b> ` : nothing}${known(cause, evidence)}</p>` : nothing}</div>
    </div>`;
  }

  #switch(name: 'retrainByItself' | 'retrainUse', on: boolean, words: TemplateResult, what: TemplateResult): TemplateResult {
    const change = ({ target }: Event): void => void this.#change({ [name]: (target as HTMLInputElement).checked });
    return html`<div class="switch">
      <input id=${name} type="checkbox" role="switch" .checked=${on} @change=${change} />
      <span class="switch-words"><label for=${name}>${words}</label><span class="soft">${what}</span></span>
    </div>`;
  }

  #number(setting: Numbered, value: number, words: string, disabled = false): TemplateResult {
    const change = ({ target }: Event): void => void this.#typed(setting, target as HTMLInputElement, value);
    return html`<input class="small-number" name=${setting} type="text" inputmode="decimal" autocomplete="off" aria-label=${words}
      .value=${shown(value)} ?disabled=${disabled} @change=${change} />`;
  }

  /** Keeps a number that can be; else says what can, and the field is as before. */
  async #typed(setting: Numbered, input: HTMLInputElement, before: number): Promise<void> {
    const number = Number(input.value.trim().replace(',', '.'));
    const [least, most] = BOUNDS[setting];
    const whole = COUNTED.has(setting);
    const fits = input.value.trim() !== '' && number >= least && number <= most && (!whole || Number.isInteger(number));
    this.refused = fits ? null : `This can be ${whole ? 'a whole number from ' : ''}${shown(least)} to ${most.toLocaleString('en')}.`;
    if (fits) await this.#change({ [setting]: setting === 'auditShare' ? number / 100 : number });
    if (!fits || this.whimbrel.settings.problem) input.value = shown(before);
  }

  async #change(changes: object): Promise<void> {
    await this.whimbrel.settings.change(changes as Partial<Settings>);
    await this.#look();
  }

  #decisions(decisions: readonly Decision[]): TemplateResult {
    if (decisions.length === 0) return html`<p class="soft">Nothing has been decided yet.</p>`;
    const shown = this.all ? decisions : decisions.slice(0, SHOWN_AT_FIRST);
    return html`<h3>Last decided</h3>
      <ol class="decisions">${shown.map(decided)}</ol>
      ${shown.length < decisions.length ? html`<button @click=${() => (this.all = true)}>Show ${(decisions.length - shown.length).toLocaleString('en')} more</button>` : nothing}`;
  }

  async #look(): Promise<void> {
    try {
      this.found = await decisionsOf((path, body) => this.whimbrel.api.send(path, body));
      this.problem = null;
      this.#again?.done();
    } catch (problem) {
      this.problem = wordsOf(problem);
      if (mayPass(problem) && this.isConnected) this.#again?.later();
    }
  }
}

function shown(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function known(cause: Cause, evidence: Evidence): TemplateResult {
  const { words, records } = knownOf(cause, evidence);
  return records === null ? html`${words}` : html`<a href=${records}>${words}</a>`;
}

function decided(decision: Decision): TemplateResult {
  const { decidedAt, facts } = decision;
  const { evidence } = facts;
  return html`<li><details>
    <summary><time class="soft number">${momentWords(decidedAt)}</time> <span>${decisionWords(decision)}</span></summary>
    <p>${facts.sentence} <span class="soft">${facts.advice}</span></p>
    ${evidence ? html`<dl class="evidence">${TRIGGERS.map(({ cause }) => html`<div><dt>${NAMES[cause]}</dt><dd>${known(cause, evidence)}</dd></div>`)}</dl>` : nothing}
  </details></li>`;
}

const NAMES: Readonly<Record<Cause, string>> = {
  accuracy: 'Right',
  distribution: 'Labels differ by',
  data: 'Named',
  age: 'Since the last training',
};
