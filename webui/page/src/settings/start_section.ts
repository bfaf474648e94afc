import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ProgramApi, ProgramSetting, ProgramSettings, SettingValue } from '../api/program';
import { wordsOf } from '../ui/problems';
import { LightElement } from '../ui/light_element';
import { sourceWords, startWords, valueWords } from './words';

const LEVELS = ['debug', 'info', 'warning', 'error'];

interface Change {
  readonly name: string;
  readonly before: SettingValue;
}

/** What a start goes by: the settings of settings.toml, with the last change to be taken back. */
@customElement('whimbrel-start')
export class StartSection extends LightElement {
  @property({ attribute: false }) api!: ProgramApi;
  @state() private found: ProgramSettings | null = null;
  @state() private last: Change | null = null;
  @state() private problem: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#try(() => this.api.settings());
  }

  protected override render(): TemplateResult {
    return html`<h2>When Whimbrel starts</h2>
      ${this.found ? this.#content(this.found) : nothing}
      ${this.last ? this.#undo(this.last) : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  #content({ file, settings }: ProgramSettings): TemplateResult {
    return html`<p class="soft">Kept in <code>${file}</code> of the data folder.</p>
      <ul class="start-settings">${settings.map((setting) => this.#row(setting))}</ul>`;
  }

  #row(setting: ProgramSetting): TemplateResult {
    const why = sourceWords(setting);
    return html`<li data-setting=${setting.name}>
      ${this.#field(setting)}
      ${why ? html`<p class="soft">${why}</p>` : nothing}
    </li>`;
  }

  #field(setting: ProgramSetting): TemplateResult {
    const { name, what } = startWords(setting.name);
    const value = setting.written ?? setting.default;
    if (typeof setting.default === 'boolean') {
      const change = ({ target }: Event): void => void this.#change(setting, (target as HTMLInputElement).checked);
      return html`<label class="switch"><input type="checkbox" role="switch" .checked=${value === true} @change=${change} />
        <span class="switch-words"><span>${name}</span><span class="soft">${what}</span></span></label>`;
    }
    return html`<label class="field"><span>${name}<span class="soft">${what}</span></span>
      ${setting.name === 'log_level' ? this.#level(setting, value) : this.#number(setting, value)}</label>`;
  }

  #level(setting: ProgramSetting, value: SettingValue): TemplateResult {
    const change = ({ target }: Event): void => void this.#change(setting, (target as HTMLSelectElement).value);
    return html`<select name=${setting.name} @change=${change}>${LEVELS.map(
      (level) => html`<option value=${level} .selected=${level === value}>${level}</option>`,
    )}</select>`;
  }

  #number(setting: ProgramSetting, value: SettingValue): TemplateResult {
    const change = ({ target }: Event): void => {
      const text = (target as HTMLInputElement).value.trim();
      void this.#change(setting, text === '' ? null : text);
    };
    return html`<input type="text" inputmode="numeric" name=${setting.name} placeholder=${setting.now ?? location.port}
      .value=${value === null ? '' : String(value)} @change=${change} />`;
  }

  #undo({ name, before }: Change): TemplateResult {
    return html`<p role="status">${startWords(name).name}: changed.
      <button class="quiet" @click=${() => void this.#put(name, before, null)}>Undo (back to ${valueWords(before)})</button></p>`;
  }

  #change({ name, written }: ProgramSetting, value: SettingValue): Promise<void> {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    return this.#put(name, number, { name, before: written });
  }

  async #put(name: string, value: SettingValue, change: Change | null): Promise<void> {
    await this.#try(() => this.api.change({ [name]: value }));
    if (!this.problem) this.last = change;
  }

  async #try(work: () => Promise<ProgramSettings>): Promise<void> {
    this.problem = null;
    try {
      this.found = await work();
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}
