import { html, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import { LightElement } from './light_element';
import type { LaterPlace, ViewState } from './view_state';

interface Behind {
  /** Fetches the program of the place. */
  readonly fetch: () => Promise<unknown>;
  readonly show: (whimbrel: Whimbrel, view: ViewState) => TemplateResult;
}

const BEHIND: Record<LaterPlace, Behind> = {
  review: {
    fetch: () => import('../review/review_view'),
    show: (whimbrel, view) => html`<whimbrel-review .whimbrel=${whimbrel} .view=${view}></whimbrel-review>`,
  },
  history: {
    fetch: () => import('./history_view'),
    show: (whimbrel, view) => html`<whimbrel-history .whimbrel=${whimbrel} .view=${view}></whimbrel-history>`,
  },
  model: {
    fetch: () => import('./model_place'),
    show: (whimbrel, view) => html`<whimbrel-model .whimbrel=${whimbrel} .view=${view}></whimbrel-model>`,
  },
  sending: {
    fetch: () => import('../sending/place'),
    show: (whimbrel, view) => html`<whimbrel-sending .whimbrel=${whimbrel} .view=${view}></whimbrel-sending>`,
  },
  settings: {
    fetch: () => import('../settings/place'),
    show: (whimbrel, view) => html`<whimbrel-settings .whimbrel=${whimbrel} .view=${view}></whimbrel-settings>`,
  },
  performance: {
    fetch: () => import('../performance/place'),
    show: (whimbrel, view) => html`<whimbrel-performance .whimbrel=${whimbrel} .view=${view}></whimbrel-performance>`,
  },
};

/** Fetches the program of a place, such as its charts or its long list, when it is first gone to. */
@customElement('whimbrel-door')
export class PlaceDoor extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @property() place!: LaterPlace;
  @state() private came: 'not yet' | 'here' | 'away' = 'not yet';

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('place')) void this.#fetch();
  }

  protected override render(): TemplateResult {
    const { whimbrel, view, place, came } = this;
    if (came === 'here') return BEHIND[place].show(whimbrel, view);
    return came === 'away' ? this.#notice() : html`<p class="unseen" role="status">Loading…</p>`;
  }

  #notice(): TemplateResult {
    return html`<div class="notice notice-place" role="alert">
      <p>This part of Whimbrel could not be loaded: its server is not answering.</p>
      <button @click=${() => void this.#fetch()}>Try again</button>
    </div>`;
  }

  async #fetch(): Promise<void> {
    const { place } = this;
    this.came = 'not yet';
    const came = await BEHIND[place].fetch().then(
      () => 'here' as const,
      () => 'away' as const,
    );
    if (place === this.place) this.came = came;
  }
}
