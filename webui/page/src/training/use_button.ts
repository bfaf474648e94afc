import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { TrainingApi } from '../api/training';
import type { ModelVersion } from '../api/types';
import { LightElement } from '../ui/light_element';
import { wordsOf } from '../ui/problems';
import { doubt, gatesOf } from './words';

/** Puts a version to work; where a check did not pass it asks first. Fires `used` afterwards. */
@customElement('whimbrel-use')
export class UseButton extends LightElement {
  @property({ attribute: false }) api!: TrainingApi;
  @property({ attribute: false }) version!: ModelVersion;
  @property({ type: Boolean }) main = false;
  @state() private asking = false;
  @state() private problem: string | null = null;
  @query('.use-question button:last-of-type') private no!: HTMLButtonElement | null;
  @query('.use-first') private first!: HTMLButtonElement | null;

  protected override render(): TemplateResult {
    const { version, asking, problem } = this;
    const why = doubt(gatesOf(version));
    return html`${asking ? this.#question(why ?? '') : this.#button(why)}
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}`;
  }

  #button(why: string | null): TemplateResult {
    const pressed = (): void => void (why === null ? this.#use(false) : this.#ask());
    const look = this.main && why === null ? 'use-first main' : 'use-first';
    return html`<button class=${look} aria-label="Use ${this.version.name}" @click=${pressed}>${why === null ? 'Use this one' : 'Use anyway…'}</button>`;
  }

  #question(why: string): TemplateResult {
    return html`<div class="use-question" role="group" aria-label="Use ${this.version.name} anyway?" @keydown=${this.#pressed}>
      <p>${why} Put “${this.version.name}” to work all the same? You can go back with one click.</p>
      <button @click=${() => void this.#use(true)}>Use it anyway</button>
      <button @click=${() => void this.#leave()}>Leave it</button>
    </div>`;
  }

  async #ask(): Promise<void> {
    this.asking = true;
    await this.updateComplete;
    this.no?.focus();
  }

  async #leave(): Promise<void> {
    this.asking = false;
    await this.updateComplete;
    this.first?.focus();
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') void this.#leave();
  };

  async #use(anyway: boolean): Promise<void> {
    this.problem = null;
    try {
      await this.api.use(this.version.id, anyway);
      this.asking = false;
      this.dispatchEvent(new CustomEvent('used', { bubbles: true }));
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}
