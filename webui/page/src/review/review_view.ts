import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { AuditApi } from '../api/audit';
import { FeedbackLog } from '../app/feedback_log';
import { PictureList } from '../app/picture_list';
import { ShownPicture } from '../app/thumbnails';
import type { Whimbrel } from '../app/whimbrel';
import { estimate } from '../performance/words';
import * as icons from '../ui/icons';
import { LightElement, Watch } from '../ui/light_element';
import { addressOf, type ViewState } from '../ui/view_state';
import { actOf } from './keys';
import './naming_form';
import './review.css';
import { ReviewQueue, type Honest } from './review_queue';
import { doneWords, shareWords } from './words';

/** Pictures that chance picked, one at a time and large, to be named without their answer in sight. */
@customElement('whimbrel-review')
export class ReviewView extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  #queue: ReviewQueue | null = null;
  #stops: (() => void)[] = [];
  #told = 0;
  #ended = false;
  readonly #shown = new ShownPicture();

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.settings]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { news } = this.whimbrel;
    const queue = queueOf(this.whimbrel);
    this.#queue = queue;
    this.#stops = [
      queue.watch(() => this.requestUpdate()),
      news.on('records', () => this.#recorded(queue)),
      news.on('erased', () => queue.forget()),
      news.on('back', () => void queue.look()),
      this.#hearKeys(queue),
      () => queue.stop(),
      () => this.#shown.urlOf(null),
    ];
    void queue.look();
  }

  override disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const queue = this.#queue;
    if (!queue) return nothing;
    if (queue.current) return this.#asking(queue, queue.current.image);
    if (queue.finished) return this.#end(queue);
    return html`<div class="review-end"><h1>Review</h1>${this.#problem(queue) ?? html`<p class="soft" role="status">Looking for pictures…</p>`}</div>`;
  }

  protected override updated(): void {
    const { progress, current, finished = false } = this.#queue ?? {};
    if (finished && !this.#ended) this.querySelector('h1')?.focus();
    this.#ended = finished;
    if (!current || !progress || progress.place === this.#told) return;
    this.#told = progress.place;
    this.view.set({ announcement: `Picture ${progress.place} of ${progress.of}` });
  }

  #asking(queue: ReviewQueue, image: Blob): TemplateResult {
    const { place, of } = queue.progress;
    const small = queue.current?.entry.blob === null;
    return html`<div class="recognise review">
      <section class="stage" aria-label="Picture">
        <div><img class=${small ? 'stage-picture stage-small' : 'stage-picture'} src=${this.#shown.urlOf(image) ?? ''} alt="The picture to be named" draggable="false" />
          ${small ? html`<p class="stage-note">The small copy that Whimbrel keeps</p>` : nothing}</div>
      </section>
      <aside class="panel review-panel" aria-label="Name it">
        <h1 class="review-progress number">${place.toLocaleString('en')} of ${of.toLocaleString('en')}</h1>
        <progress aria-label="Pictures named" max=${of} .value=${place - 1}></progress>
        <whimbrel-naming .whimbrel=${this.whimbrel} .queue=${queue}></whimbrel-naming>
        <p class="facts">Chance picked these pictures, and what the model answered is not shown: so what you say tells how often it is right.</p>
      </aside>
    </div>`;
  }

  #problem({ problem }: ReviewQueue): TemplateResult | null {
    if (!problem) return null;
    return html`<p class="problem" role="alert">${problem} It goes on by itself.</p>`;
  }

  /** What came of it; where nothing was named now, what this place is for. */
  #end(queue: ReviewQueue): TemplateResult {
    const { auditShare, keepThumbnails } = this.whimbrel.settings.values;
    const done = doneWords(queue.done);
    return html`<div class="review-end">
      ${done === '' ? icons.review : icons.right}
      <h1 tabindex="-1">${done === '' ? 'Nothing to name now' : 'All named'}</h1>
      ${done === '' ? nothing : html`<p>${done} ${this.#undo(queue)}</p>`}
      ${queue.honest ? this.#honest(queue.honest) : nothing}
      <p class="soft">Chance picks ${shareWords(auditShare)} to be named here without the model's answer in sight.
        <a href=${addressOf('model')}>Change that</a></p>
      ${keepThumbnails ? nothing : html`<p class="soft">Small copies of pictures are not kept, so new ones could not be shown here.</p>`}
    </div>`;
  }

  #undo(queue: ReviewQueue): TemplateResult | typeof nothing {
    if (!queue.canUndo) return nothing;
    return html`<button class="link" aria-keyshortcuts="Control+z Meta+z" @click=${() => queue.undo()}>Undo the last</button>`;
  }

  #honest({ version, figure }: Honest): TemplateResult {
    const who = version === null ? 'answers are' : `${this.whimbrel.modelName(version)} is`;
    const words = estimate(figure);
    const link = figure.records === null ? words : html`<a href=${addressOf('history', figure.records)}>${words}</a>`;
    return html`<p class=${figure.n === 0 ? 'soft' : 'review-honest'}>How often ${who} right: ${link}.</p>`;
  }

  /** At the end there is no form whose keys could take the last step back. */
  #hearKeys(queue: ReviewQueue): () => void {
    const pressed = (event: KeyboardEvent): void => {
      if (queue.current === null && actOf(event, null, '') === 'undo' && queue.undo()) event.preventDefault();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }

  /** New pictures may have been picked. */
  #recorded(queue: ReviewQueue): void {
    if (queue.finished) void queue.look();
  }
}

function queueOf(whimbrel: Whimbrel): ReviewQueue {
  const { api, recorder, learning, clock, host } = whimbrel;
  const pictures = new PictureList();
  const blind: ConstructorParameters<typeof FeedbackLog>[1] = {
    feedback: (id, said, retracts) => recorder.feedback(id, said, retracts, true),
  };
  return new ReviewQueue({
    audit: new AuditApi((path, body) => api.send(path, body)),
    api,
    feedback: new FeedbackLog(pictures, blind, learning.said.bind(learning)),
    pictures,
    sent: () => whimbrel.queue.sender.sendNow(),
    known: (id) => whimbrel.pictures.get(id),
    atWork: () => host.model?.id ?? null,
    heard: (waiting) => whimbrel.review.heard(waiting),
    clock,
  });
}
