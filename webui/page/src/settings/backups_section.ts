import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Backup, ProgramApi } from '../api/program';
import type { News } from '../app/news';
import { momentWords } from '../base/moments';
import { problemOf } from '../ui/problems';
import { LightElement } from '../ui/light_element';
import { backupWords, bytesWords } from './words';

/** The copies of the memory: made, and put back in its place. */
@customElement('whimbrel-backups')
export class BackupsSection extends LightElement {
  @property({ attribute: false }) api!: ProgramApi;
  @property({ attribute: false }) news!: News;
  @state() private found: readonly Backup[] | null = null;
  @state() private making = false;
  /** The one that is about to be put back, once it is said again. */
  @state() private asked: string | null = null;
  @state() private restoring = false;
  @state() private problem: string | null = null;
  #stop: () => void = () => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = this.news.on('back', () => {
      if (this.restoring) location.reload();
    });
    void this.#try(() => this.#look());
  }

  override disconnectedCallback(): void {
    this.#stop();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    return html`<h2>Backups</h2>
      <p class="soft">One is made and checked every day, and three of each kind are kept. They lie in the data folder: copy them to another disk now and then.</p>
      ${this.found ? this.#list(this.found) : nothing}
      <button ?disabled=${this.making || this.restoring} @click=${() => void this.#make()}>${this.making ? 'Making one…' : 'Make one now'}</button>
      ${this.restoring ? html`<p role="status">It is put in place. Whimbrel opens anew by itself.</p>` : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  #list(found: readonly Backup[]): TemplateResult {
    if (found.length === 0) return html`<p>There is none yet.</p>`;
    return html`<ul class="backups">${found.map((backup) => this.#row(backup))}</ul>`;
  }

  #row(backup: Backup): TemplateResult {
    const { name, madeAt, bytes } = backup;
    return html`<li data-backup=${name}>
      <span class="backup-words"><span>${momentWords(madeAt)}</span><span class="soft">${backupWords(backup)}, ${bytesWords(bytes)}</span></span>
      ${this.asked === name ? this.#sure(backup) : html`<button class="quiet" @click=${() => (this.asked = name)}>Put back…</button>`}
    </li>`;
  }

  #sure({ name }: Backup): TemplateResult {
    return html`<div class="sure">
      <p>What was recorded since then will not be there any more. The memory as it is now is kept beside it, in a folder whose name begins with <code>replaced-</code>.</p>
      <div class="ways"><button class="danger" ?disabled=${this.restoring} @click=${() => void this.#restore(name)}>Put it back</button>
        <button @click=${() => (this.asked = null)}>Leave it</button></div>
    </div>`;
  }

  async #look(): Promise<void> {
    this.found = await this.api.backups();
  }

  async #make(): Promise<void> {
    this.making = true;
    await this.#try(async () => {
      await this.api.makeBackup();
      await this.#look();
      this.dispatchEvent(new CustomEvent('made'));
    });
    this.making = false;
  }

  /** The server then answers as one that recovers, where the page goes, or is back already with another memory. */
  async #restore(name: string): Promise<void> {
    this.restoring = true;
    await this.#try(async () => void (await this.api.restore(name)));
    if (this.problem) this.restoring = false;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.problem = null;
    this.problem = await problemOf(work);
  }
}
