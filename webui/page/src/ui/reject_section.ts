import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import type { RejectCurve } from '../engine/types';
import { LightElement, Watch } from './light_element';
import { percent, plural } from './words';

const CHOICES = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/** Below which confidence the page says that it does not know, chosen by the error that was measured. */
@customElement('whimbrel-reject')
export class RejectSection extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;

  constructor() {
    super();
    new Watch(this, () => [this.whimbrel.settings, this.whimbrel.host]);
  }

  protected override render(): TemplateResult {
    const { settings, host } = this.whimbrel;
    const chosen = settings.values.rejectBelow;
    const choices = chosen === null || CHOICES.includes(chosen) ? CHOICES : [...CHOICES, chosen].sort();
    const change = ({ target }: Event): void => {
      const { value } = target as HTMLSelectElement;
      void settings.change({ rejectBelow: value === '' ? null : Number(value) });
    };
    return html`<h2>When it is not sure</h2>
      <label class="field"><span>Say “I don't know” where it is</span>
        <select name="reject-below" @change=${change}>
          <option value="" ?selected=${chosen === null}>never: always answer</option>
          ${choices.map((share) => html`<option value=${share} ?selected=${share === chosen}>less than ${percent(share)} sure</option>`)}
        </select>
      </label>
      <p class="soft">${rejectWords(host.model?.calibrated ?? false, host.model?.reject ?? null, chosen)}</p>`;
  }
}

/** What a threshold means with the model at work, as it was measured. */
export function rejectWords(calibrated: boolean, reject: RejectCurve | null, below: number | null): string {
  if (!calibrated) return 'The model at work has not learned how sure it may be, so it always answers; a trained one has.';
  if (!reject || reject.n === 0) return 'How often it is wrong then has not been measured yet.';
  const from = `of ${plural(reject.n, 'picture', 'pictures')} held back`;
  const point = reject.curve.find(([threshold]) => threshold >= (below ?? 0));
  if (!point) return `It was this sure of none ${from}.`;
  const [, answered, wrong] = point;
  const [low, high] = wilson(wrong, answered);
  const likely = `likely ${Math.round(low * 100)}-${Math.round(high * 100)}`;
  return `It answers ${whole(answered / reject.n)} ${from}, and ${whole(wrong / answered)} of those answers are wrong (${likely}).`;
}

/** The 95 % interval of a share, by Wilson's score (1927, JASA 22:209). */
function wilson(some: number, n: number): [low: number, high: number] {
  const z = 1.959964;
  const middle = (some + (z * z) / 2) / (n + z * z);
  const half = (z * Math.sqrt((some * (n - some)) / n + (z * z) / 4)) / (n + z * z);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** A share that was counted, which may well be all or nothing. */
function whole(share: number): string {
  return `${Math.round(share * 100)}\u202f%`;
}
