import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ProgramApi, TextFile } from '../api/program';
import { wordsOf } from '../ui/problems';
import { LightElement } from '../ui/light_element';
import '../ui/save_button';

/** The file for somebody who helps: shown first, then saved, never sent. */
@customElement('whimbrel-diagnostics')
export class DiagnosticsSection extends LightElement {
  @property({ attribute: false }) api!: ProgramApi;
  @state() private file: TextFile | null = null;
  @state() private making = false;
  @state() private problem: string | null = null;

  protected override render(): TemplateResult {
    return html`<h2>When something is wrong</h2>
      <p class="soft">The diagnostics file says what somebody who helps you needs to know: versions, settings, counts, figures and the end of the log. Keys, paths, names and pictures are taken out. Whimbrel sends it nowhere.</p>
      <button ?disabled=${this.making} @click=${() => void this.#make()}>${this.making ? 'Looking at everything…' : 'Show the diagnostics file'}</button>
      ${this.file ? shownFile(this.file) : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  async #make(): Promise<void> {
    this.making = true;
    this.problem = null;
    try {
      this.file = await this.api.diagnostics();
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
    this.making = false;
  }
}

/** A text file as it would be saved, and a button that saves it. */
export function shownFile({ name, text }: TextFile): TemplateResult {
  return html`<pre class="shown-file" tabindex="0" aria-label=${name}>${text}</pre>
    <whimbrel-save words="Save it as a file" name=${name} .content=${() => new Blob([text], { type: 'text/plain' })}></whimbrel-save>`;
}
