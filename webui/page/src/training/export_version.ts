import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Job } from '../api/record_types';
import type { ModelVersion } from '../api/types';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from '../ui/light_element';
import { FORMS, VersionExport, type Form, type Smaller } from './version_export';

const WEIGHTS: readonly (readonly [Smaller | '', string])[] = [
  ['', '32-bit weights'],
  ['float16', '16-bit weights'],
  ['uint8', '8-bit weights'],
];

/** Writes a version for other tools into the downloads, and says where and how true it is. */
@customElement('whimbrel-export-version')
export class ExportVersion extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) version!: ModelVersion;
  @state() private open = false;
  @state() private form: Form = 'tfjs';
  @state() private weights: Smaller | '' = '';
  @query('select') private first!: HTMLSelectElement | null;
  @query('.export-open') private opener!: HTMLButtonElement | null;
  #export: VersionExport | null = null;
  #stops: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    const { api, news } = this.whimbrel;
    const one = (this.#export ??= new VersionExport(api));
    this.#stops = [
      one.watch(() => this.requestUpdate()),
      news.on('job', (job) => one.heard(job as Job)),
      news.on('back', () => void one.look()),
    ];
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { job = null, problem = null } = this.#export ?? {};
    if (job?.state === 'working') return this.#working(job);
    return html`${this.open ? this.#choices() : this.#opener()}
      ${job ? this.#ended(job) : nothing}
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}`;
  }

  #opener(): TemplateResult {
    return html`<button class="link export-open" @click=${() => void this.#show(true)}>Export…<span class="unseen"> ${this.version.name}</span></button>`;
  }

  #choices(): TemplateResult {
    const { smaller } = this.#chosen;
    const form = ({ target }: Event): void => void (this.form = (target as HTMLSelectElement).value as Form);
    const weights = ({ target }: Event): void => void (this.weights = (target as HTMLSelectElement).value as Smaller | '');
    return html`<form class="export-version" aria-label="Export ${this.version.name}" @submit=${this.#submitted} @keydown=${this.#pressed}>
      <label>For <select @change=${form}>${FORMS.map((each) => html`<option value=${each.form} ?selected=${each.form === this.form}>${each.name}</option>`)}</select></label>
      <label>with <select ?disabled=${!smaller} @change=${weights}>${WEIGHTS.map(([value, name]) => html`<option value=${value} ?selected=${smaller && value === this.weights}>${name}</option>`)}</select></label>
      <button type="submit">Save in Downloads</button>
      <button type="button" class="quiet" @click=${() => void this.#show(false)}>Leave it</button>
    </form>`;
  }

  #working({ sentence, progress }: Job): TemplateResult {
    return html`<div class="export-version">
      <span role="status">${sentence}</span>
      <progress aria-label="Export of ${this.version.name}" max="1" .value=${progress ?? 0}></progress>
      <button class="link" @click=${() => void this.#export?.cancel()}>Cancel</button>
    </div>`;
  }

  #ended({ state, sentence, advice, path }: Job): TemplateResult {
    if (state === 'cancelled') return html`<p class="soft" role="status">The export was cancelled and left nothing behind.</p>`;
    if (state === 'failed') return html`<p class="problem" role="alert">${sentence} ${advice}</p>`;
    return html`<p role="status">${sentence}</p><p class="soft export-path">${path}</p>`;
  }

  get #chosen(): (typeof FORMS)[number] {
    return FORMS.find(({ form }) => form === this.form) ?? FORMS[0]!;
  }

  async #show(open: boolean): Promise<void> {
    this.open = open;
    await this.updateComplete;
    (open ? this.first : this.opener)?.focus();
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') void this.#show(false);
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    this.open = false;
    const { form, smaller } = this.#chosen;
    void this.#export?.start(this.version.id, form, smaller && this.weights !== '' ? this.weights : null);
  };
}
