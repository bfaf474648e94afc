import { html, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from './light_element';
import type { ViewState } from './view_state';

/** Fetches the program of the Performance place, charts and all, when it is first gone to. */
@customElement('whimbrel-performance-door')
export class PerformanceDoor extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @state() private came: 'not yet' | 'here' | 'away' = 'not yet';

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#fetch();
  }

  protected override render(): TemplateResult {
    const { whimbrel, view, came } = this;
    if (came === 'here') return html`<whimbrel-performance .whimbrel=${whimbrel} .view=${view}></whimbrel-performance>`;
    return came === 'away' ? this.#away() : html`<p class="unseen" role="status">Loading…</p>`;
  }

  #away(): TemplateResult {
    return html`<div class="notice notice-place" role="alert">
      <p>This part of Whimbrel could not be loaded: its server is not answering.</p>
      <button @click=${() => void this.#fetch()}>Try again</button>
    </div>`;
  }

  async #fetch(): Promise<void> {
    this.came = await import('../performance/place').then(
      () => 'here' as const,
      () => 'away' as const,
    );
  }
}
