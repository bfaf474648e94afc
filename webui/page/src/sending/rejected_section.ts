import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { REJECTED_EXPORT, type RejectedRecord, type SyncApi } from '../api/sync';
import { momentWords } from '../base/moments';
import { wordsOf } from '../ui/problems';
import { LightElement } from '../ui/light_element';
import { plural } from '../ui/words';

const KINDS: Readonly<Record<string, string>> = { inference: 'answer', feedback: 'mark', event: 'failure', attachment: 'parts that came later' };

/** What the collector refuses: why, and what to do with it. */
@customElement('whimbrel-rejected')
export class RejectedSection extends LightElement {
  @property({ attribute: false }) api!: SyncApi;
  @property({ type: Number }) count = 0;
  @state() private records: readonly RejectedRecord[] = [];
  @state() private next: number | null = null;
  @state() private chosen: ReadonlySet<number> = new Set();
  @state() private problem: string | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('count')) void this.#look();
  }

  protected override render(): TemplateResult {
    const which = this.chosen.size > 0 ? 'the chosen' : this.next === null ? 'all' : 'these';
    return html`<h2>Rejected</h2>
      <p>The collector does not take ${plural(this.count, 'record', 'records')}. The others go on; these stay here whatever you do.</p>
      <div class="table-scroll"><table class="rejected">
        <caption class="unseen">What the collector refuses</caption>
        <thead><tr><th scope="col"><span class="unseen">Choose</span></th><th scope="col">What</th><th scope="col">When</th><th scope="col">Why</th><th scope="col">Tried</th></tr></thead>
        <tbody>${this.records.map((record) => this.#row(record))}</tbody>
      </table></div>
      ${this.next === null ? nothing : html`<button @click=${() => void this.#look(this.next ?? 0)}>Show more</button>`}
      <div class="ways"><button @click=${() => void this.#decide('again')}>Send ${which} again</button>
        <button @click=${() => void this.#decide('discard')}>Let ${which} go</button>
        <a href=${REJECTED_EXPORT} download="whimbrel-rejected.json">Save all as a file</a></div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  #row({ seq, kind, recordedAt, sentence, attempts }: RejectedRecord): TemplateResult {
    const choose = (): void => {
      const chosen = new Set(this.chosen);
      if (!chosen.delete(seq)) chosen.add(seq);
      this.chosen = chosen;
    };
    const name = `${KINDS[kind] ?? kind} ${seq.toLocaleString('en')}`;
    return html`<tr>
      <td><input type="checkbox" aria-label="Choose ${name}" .checked=${this.chosen.has(seq)} @change=${choose} /></td>
      <th scope="row">${name}</th>
      <td class="number">${momentWords(recordedAt)}</td>
      <td>${sentence}</td>
      <td class="number">${plural(attempts, 'time', 'times')}</td>
    </tr>`;
  }

  async #look(after = 0): Promise<void> {
    try {
      const page = await this.api.rejected(after);
      this.records = after === 0 ? page.records : [...this.records, ...page.records];
      this.next = page.next;
      this.chosen = new Set(this.records.map(({ seq }) => seq).filter((seq) => this.chosen.has(seq)));
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }

  async #decide(what: 'again' | 'discard'): Promise<void> {
    const seqs = this.chosen.size > 0 ? [...this.chosen] : this.records.map(({ seq }) => seq);
    this.problem = null;
    try {
      await this.api.decide(what, seqs);
      this.chosen = new Set();
      this.dispatchEvent(new CustomEvent('decided'));
      await this.#look();
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
  }
}
