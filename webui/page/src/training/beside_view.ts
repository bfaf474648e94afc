import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Beside, TrainingApi } from '../api/training';
import type { ModelVersion } from '../api/types';
import { LightElement } from '../ui/light_element';
import { wordsOf } from '../ui/problems';
import { besideWords, costWords } from './words';

/** Trying a version beside the one at work, unseen, and how it does. Fires `used` when that begins or ends. */
@customElement('whimbrel-beside')
export class BesideView extends LightElement {
  @property({ attribute: false }) api!: TrainingApi;
  @property({ attribute: false }) version!: ModelVersion;
  @state() private found: Beside | null = null;
  @state() private problem: string | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('version') && this.#isBeside) void this.#ask();
  }

  protected override render(): TemplateResult {
    const { found, problem, version } = this;
    const cost = found && costWords(found);
    return html`${this.#isBeside && found ? html`<span class="soft" role="status">${besideWords(found)}${cost ? ` ${cost}` : ''}</span>` : nothing}
      <span><button class="link" @click=${() => void this.#turn()}>${this.#isBeside ? 'Stop trying' : 'Try beside'}<span class="unseen"> ${version.name}${this.#isBeside ? '' : ' the one at work'}</span></button></span>
      ${problem ? html`<span class="problem" role="alert">${problem}</span>` : nothing}`;
  }

  get #isBeside(): boolean {
    return this.version.state === 'shadow';
  }

  async #ask(): Promise<void> {
    this.found = await this.api.beside(this.version.id).catch(() => this.found);
  }

  async #turn(): Promise<void> {
    this.problem = null;
    try {
      await this.api.tryBeside(this.version.id, !this.#isBeside);
      this.dispatchEvent(new CustomEvent('used', { bubbles: true }));
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}
