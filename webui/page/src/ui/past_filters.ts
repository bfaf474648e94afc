import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Facets } from '../api/record_types';
import { changed, dayOf, momentOf, startOf } from '../app/past_question';
import type { Whimbrel } from '../app/whimbrel';
import * as icons from './icons';
import { LightElement, Watch } from './light_element';
import type { ViewState } from './view_state';
import { backendName } from './words';

type Choice = readonly [value: string, words: string];

const KINDS: readonly Choice[] = [
  ['', 'Answers'],
  ['event', 'Failures, events'],
];
const MARKS: readonly Choice[] = [
  ['', 'Any mark'],
  ['right', 'Right'],
  ['wrong', 'Wrong'],
  ['unsure', "I don't know"],
  ['unmarked', 'Not marked yet'],
];
const SOURCES: Readonly<Record<string, string>> = { file: 'Files', camera: 'Camera', paste: 'Pasted', folder: 'Folders' };
/** What has a control of its own; the rest came with a link and can be taken away. */
const SHOWN = new Set(['kind', 'label', 'mark', 'modelVersion', 'backend', 'source', 'from', 'to', 'corrected', 'timedStage']);
const LINKED: Readonly<Record<string, (value: string) => string>> = {
  slowerThan: (ms) => `Slower than ${ms} ms`,
  minConfidence: (share) => `At least ${Math.round(Number(share) * 100)} % sure`,
  maxConfidence: (share) => `At most ${Math.round(Number(share) * 100)} % sure`,
  sessionId: () => 'One session',
  device: () => 'One computer',
  stage: (stage) => `While ${stage.replaceAll('_', ' ')}`,
  code: (code) => code.replaceAll('_', ' '),
  fileName: (part) => `“${part}” in the name`,
  sha256: () => 'One picture',
  drawn: () => 'Picked by chance',
};
const NARROW = '(max-width: 700px)';

/** What is shown of the past, as plain controls; the address says the same. */
@customElement('whimbrel-past-filters')
export class PastFilters extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @state() private facets: Facets | null = null;
  readonly #narrow = window.matchMedia(NARROW);

  constructor() {
    super();
    new Watch(this, () => [this.view, this.whimbrel]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#narrow.addEventListener('change', this.#widthChanged);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#narrow.removeEventListener('change', this.#widthChanged);
  }

  readonly #widthChanged = (): void => this.requestUpdate();

  protected override async firstUpdated(): Promise<void> {
    this.facets = await this.whimbrel.api.facets().catch(() => null);
  }

  protected override render(): TemplateResult {
    const given = new URLSearchParams(this.view.query);
    const count = new Set([...given.keys()].filter((name) => name !== 'timedStage')).size;
    return html`<details class="past-filters" ?open=${!this.#narrow.matches}>
      <summary>${count === 0 ? 'Filters' : `Filters (${count})`}</summary>
      <form class="past-controls" @submit=${(event: Event) => event.preventDefault()}>
        ${this.#select('kind', 'Show', kinds(given))} ${this.#label(given)} ${this.#select('mark', 'Mark', this.#marks(given))}
        ${this.#select('modelVersion', 'Model', this.#models(given))}
        ${this.#select('backend', 'Computed on', this.#backends(given))}
        ${this.#select('source', 'From', this.#sources(given))} ${this.#days(given)} ${this.#corrected(given)}
        ${[...given].filter(([name]) => !SHOWN.has(name)).map(([name, value]) => this.#linked(name, value))}
        ${count > 0 ? html`<button type="button" class="quiet past-all" @click=${() => this.#ask('')}>Show all</button>` : nothing}
      </form>
    </details>`;
  }

  #ask(query: string): void {
    this.view.goTo('history', query);
  }

  #set(changes: Readonly<Record<string, string>>): void {
    this.#ask(changed(this.view.query, changes));
  }

  #select(name: string, words: string, choices: readonly Choice[]): TemplateResult {
    const present = new URLSearchParams(this.view.query).get(name) ?? '';
    const choose = ({ target }: Event): void => this.#set(this.#with(name, (target as HTMLSelectElement).value));
    return html`<label class="past-control"><span>${words}</span>
      <select name=${name} @change=${choose}>
        ${choices.map(([value, said]) => html`<option value=${value} .selected=${value === present}>${said}</option>`)}
      </select>
    </label>`;
  }

  /** Only answers have labels and marks: what can't hold together is taken away. */
  #with(name: string, value: string): Readonly<Record<string, string>> {
    if (value === '') return { [name]: value };
    if (name === 'kind') return { kind: value, label: '', mark: '', corrected: '', source: '' };
    return name === 'mark' || name === 'source' ? { [name]: value, kind: '', stage: '', code: '' } : { [name]: value };
  }

  #label(given: URLSearchParams): TemplateResult {
    const choose = ({ target }: Event): void => {
      const text = (target as HTMLInputElement).value.trim();
      this.#set({ label: text === '' ? '' : this.whimbrel.labels.settle(text), ...(text === '' ? {} : { kind: '' }) });
    };
    return html`<label class="past-control"><span>Label</span>
      <input type="text" name="label" list="past-labels" placeholder="Any label" autocomplete="off" spellcheck="false"
        maxlength="256" .value=${given.get('label') ?? ''} @change=${choose} />
      <datalist id="past-labels">${(this.facets?.labels ?? []).map(({ label }) => html`<option value=${label}></option>`)}</datalist>
    </label>`;
  }

  #marks(given: URLSearchParams): Choice[] {
    const more: Readonly<Record<string, string>> = { judged: 'Right or wrong', marked: 'Any word of mine' };
    const own = more[given.get('mark') ?? ''];
    return own ? [...MARKS, [given.get('mark') ?? '', own]] : [...MARKS];
  }

  #models(given: URLSearchParams): Choice[] {
    const all = withPresent(this.facets?.modelVersions ?? [], given.get('modelVersion'));
    const names = all.map((version) => this.whimbrel.modelName(version));
    const twice = (name: string): boolean => names.filter((other) => other === name).length > 1;
    const words = (version: string): string => {
      const name = this.whimbrel.modelName(version);
      return twice(name) ? `${name} (${version.slice(-8)})` : name;
    };
    return [['', 'Any model'], ...all.map((version): Choice => [version, words(version)])];
  }

  #backends(given: URLSearchParams): Choice[] {
    const all = withPresent(this.facets?.backends ?? [], given.get('backend'));
    return [['', 'Anything'], ...all.map((backend): Choice => [backend, backendName(backend)])];
  }

  #sources(given: URLSearchParams): Choice[] {
    const all = withPresent(this.facets?.sources ?? [], given.get('source'));
    return [['', 'Anywhere'], ...all.map((source): Choice => [source, SOURCES[source] ?? source])];
  }

  #days(given: URLSearchParams): TemplateResult {
    const [from, to] = [momentOf(given.get('from')), momentOf(given.get('to'))];
    const day = (name: string, words: string, value: number | null, later: number): TemplateResult => {
      const choose = ({ target }: Event): void =>
        this.#set({ [name]: String(startOf((target as HTMLInputElement).value, later) ?? '') });
      return html`<label class="past-control"><span>${words}</span>
        <input type="date" name=${name} .value=${value === null ? '' : dayOf(value - later)} @change=${choose} />
      </label>`;
    };
    return html`${day('from', 'First day', from, 0)} ${day('to', 'Last day', to, 1)}`;
  }

  #corrected(given: URLSearchParams): TemplateResult {
    const choose = ({ target }: Event): void => {
      const only = (target as HTMLInputElement).checked;
      this.#set({ corrected: only ? 'true' : '', ...(only ? { kind: '' } : {}) });
    };
    return html`<label class="choice past-check">
      <input type="checkbox" name="corrected" .checked=${given.get('corrected') === 'true'} @change=${choose} />
      <span>Corrected only</span>
    </label>`;
  }

  #linked(name: string, value: string): TemplateResult {
    const words = LINKED[name]?.(value) ?? name;
    const gone = name === 'slowerThan' ? { slowerThan: '', timedStage: '' } : { [name]: '' };
    return html`<button type="button" class="past-linked" title=${value} aria-label="Take away: ${words}" @click=${() => this.#set(gone)}>
      <span>${words}</span>${icons.close}
    </button>`;
  }
}

function kinds(given: URLSearchParams): Choice[] {
  const own = given.get('kind') ?? '';
  if (own === 'inference') return [['inference', 'Answers'], ...KINDS.slice(1)];
  const more: Readonly<Record<string, string>> = { feedback: 'What I said', attachment: 'Attachments' };
  const also = more[own];
  return also ? [...KINDS, [own, also]] : [...KINDS];
}

function withPresent(all: readonly string[], present: string | null): string[] {
  return present === null || all.includes(present) ? [...all] : [...all, present];
}
