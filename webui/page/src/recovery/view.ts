import { html, nothing, type TemplateResult } from 'lit';
import * as icons from '../ui/icons';
import type { Desk, RecoveryState, Way, Words } from './desk';

const DOING: Readonly<Record<Way, string>> = {
  restore: 'Restoring the backup',
  salvage: 'Copying what can still be read',
  fresh: 'Making an empty memory',
};

/** The whole recovery page. */
export function page(desk: Desk): TemplateResult {
  const { state, trouble } = desk;
  return html`
    <p class="recovery-name">${icons.mark}<span>Whimbrel</span></p>
    ${state
      ? html`<h1>${state.happened.sentence}</h1>
          <p class="recovery-advice">${state.happened.advice}</p>
          ${state.failure ? problem(state.failure) : nothing} ${part(desk, state)}`
      : nothing}
    ${trouble ? problem(trouble) : nothing}
  `;
}

function part(desk: Desk, state: RecoveryState): TemplateResult {
  if (state.phase === 'working') return working(desk, state);
  return state.phase === 'done' ? done(desk, state) : choices(desk, state);
}

function problem({ sentence, advice }: Words): TemplateResult {
  return html`<p class="problem" role="alert">${sentence} ${advice}</p>`;
}

function choices(desk: Desk, { backup, looking }: RecoveryState): TemplateResult {
  const choose = (way: Way) => () => void desk.choose(way);
  return html`<ul class="recovery-ways">
    <li>
      <button class=${backup ? 'main' : ''} data-way="restore" ?disabled=${!backup} @click=${choose('restore')}>
        Restore
      </button>
      <p>${restoring(backup, looking)}</p>
    </li>
    <li>
      <button class=${backup || looking ? '' : 'main'} data-way="salvage" @click=${choose('salvage')}>Salvage</button>
      <p>Copies every record that can still be read into a fresh memory, and says how many came over and how many did not.</p>
    </li>
    <li>
      <button data-way="fresh" @click=${choose('fresh')}>Start fresh</button>
      <p>Begins with an empty memory. The models stay, and the damaged file can still be salvaged later.</p>
    </li>
  </ul>`;
}

function restoring(backup: RecoveryState['backup'], looking: boolean): TemplateResult {
  if (looking) return html`Whimbrel is reading the backups through…`;
  if (!backup) return html`There is no sound backup to restore.`;
  return html`The backup of <span class="figure">${moment(backup.madeAt)}</span> with
    <span class="figure">${backup.records.toLocaleString('en')}</span> records. ${backup.missing}`;
}

function moment(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' });
}

function working(desk: Desk, { way, progress }: RecoveryState): TemplateResult {
  const words = way ? DOING[way] : 'Working';
  const share = progress === null ? '' : ` ${Math.floor(progress * 100)} %`;
  return html`<div class="recovery-work" data-phase="working">
    <p>${words}…<span class="figure" aria-live="off">${share}</span></p>
    <progress aria-label=${words} max="1" value=${progress ?? nothing}></progress>
    <button data-way="cancel" @click=${() => void desk.cancel()}>Cancel</button>
  </div>`;
}

function done(desk: Desk, { outcome }: RecoveryState): TemplateResult {
  return html`<div class="recovery-work" data-phase="done">
    <p>${outcome}</p>
    <button class="main" data-way="open" @click=${() => void desk.open()}>Open Whimbrel</button>
  </div>`;
}
