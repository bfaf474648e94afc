import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import { announce } from './announcer';
import type { CameraStage } from './camera_stage';
import { pressed } from './keys';
import { later } from './later';
import { LightElement, Watch } from './light_element';
import { chosen, takeIn } from './taking_in';
import { ViewState } from './view_state';

/** The whole page: the bar, the place one is at, and what is always there. */
@customElement('whimbrel-app')
export class AppShell extends LightElement {
  @property({ attribute: false }) whimbrel: Whimbrel | null = null;
  readonly view = new ViewState();
  @state() private hovering = false;
  @state() private showParked = false;
  @query('input[type=file]') private files!: HTMLInputElement;
  readonly #stops: (() => void)[] = [];
  #arrivedAt = this.view.place;

  constructor() {
    super();
    new Watch(this, () => [this.view]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stops.splice(0)) stop();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('whimbrel') && this.whimbrel) this.#begin(this.whimbrel);
    if (this.#arrivedAt !== this.view.place) this.#arrive();
  }

  /** Gives the keys to the place that was gone to: the bar does not scroll, the place does. */
  #arrive(): void {
    this.#arrivedAt = this.view.place;
    this.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { whimbrel, view } = this;
    if (!whimbrel) return nothing;
    return html`
      <div class=${this.hovering ? 'shell shell-hovering' : 'shell'} @choose-pictures=${this.#choose}
        @show-parked=${this.#showWhatWasNotTaken}>
        <whimbrel-bar class="bar" .whimbrel=${whimbrel} .view=${view}></whimbrel-bar>
        <div class="lines">
          ${whimbrel.session?.crash
            ? later(this, 'whimbrel-crash-line', () => import('./crash_line'), () =>
                html`<whimbrel-crash-line .whimbrel=${whimbrel}></whimbrel-crash-line>`)
            : nothing}
          <whimbrel-memory-line .whimbrel=${whimbrel}></whimbrel-memory-line>
          <whimbrel-model-line .whimbrel=${whimbrel}></whimbrel-model-line>
          ${whimbrel.folders.queue ? html`<whimbrel-folders .whimbrel=${whimbrel}></whimbrel-folders>` : nothing}
        </div>
        <main class="place place-${view.place}" tabindex="-1">${this.#place(whimbrel)}</main>
      </div>
      <input class="unseen" type="file" multiple tabindex="-1" aria-label="Choose pictures" @change=${this.#chosen} />
      <p class="unseen" aria-live="polite">${view.announcement}</p>
      ${this.showParked
        ? later(this, 'whimbrel-parked', () => import('./parked_dialog'), () =>
            html`<whimbrel-parked .whimbrel=${whimbrel} @close=${() => (this.showParked = false)}></whimbrel-parked>`)
        : nothing}
    `;
  }

  #place(whimbrel: Whimbrel): TemplateResult {
    const { view } = this;
    if (view.place !== 'recognise') {
      return html`<whimbrel-door place=${view.place} .whimbrel=${whimbrel} .view=${view}></whimbrel-door>`;
    }
    return html`<whimbrel-recognise class="recognise" .whimbrel=${whimbrel} .view=${view}></whimbrel-recognise>`;
  }

  #begin(whimbrel: Whimbrel): void {
    const { view } = this;
    const stop = new AbortController();
    const takePicture = (): void => void this.querySelector<CameraStage>('whimbrel-camera')?.take();
    const onKey = (event: KeyboardEvent): void => {
      if (pressed(event, { whimbrel, view, takePicture })) event.preventDefault();
    };
    window.addEventListener('keydown', onKey, { signal: stop.signal });
    window.addEventListener('hashchange', () => view.followAddress(), { signal: stop.signal });
    announce(whimbrel, view);
    this.#stops.push(whimbrel.watch(() => this.requestUpdate()));
    const hovering = (over: boolean): void => void (this.hovering = over);
    const folders = whimbrel.folders.watch(() => this.requestUpdate());
    this.#stops.push(() => stop.abort(), takeIn(window, { whimbrel, view, hovering }), folders);
  }

  /** Rarely wanted, so it comes when it is. */
  readonly #showWhatWasNotTaken = async (): Promise<void> => {
    await import('./parked_dialog');
    this.showParked = true;
  };

  readonly #choose = (): void => this.files.click();

  readonly #chosen = (): void => {
    if (this.whimbrel) chosen(this.files, { whimbrel: this.whimbrel, view: this.view });
  };
}
