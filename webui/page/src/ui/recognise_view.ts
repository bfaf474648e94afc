import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import { later } from './later';
import { LightElement, Watch } from './light_element';
import type { ViewState } from './view_state';

/** The picture, its answers beside it, and the strip below. */
@customElement('whimbrel-recognise')
export class RecogniseView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;

  constructor() {
    super();
    new Watch(this, () => [this.view, this.whimbrel.pictures, this.whimbrel.firstRun]);
  }

  protected override render(): TemplateResult {
    const { selected, entries } = this.whimbrel.pictures;
    const answers = selected && !this.view.camera;
    const { whimbrel, view } = this;
    return html`
      <section class="stage" aria-label="Picture">${this.#stage(selected !== null)}</section>
      ${answers
        ? html`<aside class="panel" aria-label="Answer">
            <whimbrel-answers .whimbrel=${whimbrel} .view=${view}></whimbrel-answers>
            ${selected.sha256 === null
              ? nothing
              : html`<whimbrel-forget .whimbrel=${whimbrel} .scope=${{ pictureSha256: selected.sha256 }}
                  words="Forget this picture…" heading=${`Forget ${selected.fileName}?`}></whimbrel-forget>`}
          </aside>`
        : nothing}
      ${entries.length > 0
        ? html`<whimbrel-strip class="strip" .whimbrel=${whimbrel} .view=${view}></whimbrel-strip>`
        : nothing}
    `;
  }

  #stage(looking: boolean): TemplateResult | typeof nothing {
    const { whimbrel, view } = this;
    if (view.camera) return html`<whimbrel-camera .whimbrel=${whimbrel} .view=${view}></whimbrel-camera>`;
    if (looking) return html`<whimbrel-stage .whimbrel=${whimbrel}></whimbrel-stage>`;
    return whimbrel.firstRun.due
      ? later(this, 'whimbrel-first-run', () => import('../first_run/view'), () =>
          html`<whimbrel-first-run .whimbrel=${whimbrel}></whimbrel-first-run>`)
      : html`<whimbrel-empty .whimbrel=${whimbrel}></whimbrel-empty>`;
  }
}
