import { html, nothing, type TemplateResult } from 'lit';
import type { Job } from '../api/record_types';
import type { Exports } from '../app/exports';
import { timeLeft } from './words';

/** How each export is doing, in a line of its own in the flow of the page: it covers nothing. */
export function exportLines(exports: Exports): TemplateResult | typeof nothing {
  const { jobs, problem } = exports;
  if (jobs.length === 0 && problem === null) return nothing;
  return html`<ul class="export-lines" aria-label="Exports">
    ${problem === null ? nothing : html`<li class="export-line"><p class="problem" role="alert">${problem}</p></li>`}
    ${jobs.map((job) => line(exports, job))}
  </ul>`;
}

function line(exports: Exports, job: Job): TemplateResult {
  if (job.state === 'working') return working(exports, job);
  const good = job.state === 'done';
  return html`<li class="export-line" data-job=${job.id} data-state=${job.state}>
    <p class=${good ? '' : 'problem'} role=${good ? 'status' : 'alert'}>${good ? doneWords(job) : `${job.sentence} ${job.advice}`}</p>
    <button class="link" @click=${() => exports.putAway(job.id)}>Put away</button>
  </li>`;
}

function working(exports: Exports, job: Job): TemplateResult {
  return html`<li class="export-line" data-job=${job.id} data-state="working">
    <p>${workingWords(job)}</p>
    <progress aria-label="Export" max="1" value=${job.progress ?? nothing}></progress>
    <button class="link" @click=${() => void exports.cancel(job.id)}>Cancel</button>
  </li>`;
}

/** "Exporting: 41 %, about 12 s left". */
export function workingWords({ progress, secondsLeft }: Pick<Job, 'progress' | 'secondsLeft'>): string {
  if (progress === null) return 'The export waits for its turn';
  const left = secondsLeft === null ? '' : `, ${timeLeft(secondsLeft * 1000)}`;
  return `Exporting: ${Math.floor(progress * 100)}\u202f%${left}`;
}

function doneWords({ records, path }: Job): string {
  const parts = (path ?? '').split(/[/\\]/);
  const name = parts.at(-1) ?? '';
  const folder = parts.at(-2) ?? '';
  const count = records === null ? '' : ` (${records.toLocaleString('en')} ${records === 1 ? 'answer' : 'answers'})`;
  return `Saved as ${name} in ${folder}${count}.`;
}
