/** What decides about learning anew, and what was decided, as people read it. */

import type { AccuracyChange, Cause, Decision, Evidence, Shift } from '../api/retraining';
import { recordsOf } from '../labels/words';
import { plural } from '../ui/words';
import { whole } from './words';

const DAY_MS = 86_400_000;
const SHOWN_DAYS = 10;

/** What is known of one cause, and where its pictures are; null for none. */
export interface Known {
  readonly words: string;
  readonly records: string | null;
}

export function knownOf(cause: Cause, evidence: Evidence): Known {
  const { accuracy, distribution, newPictures, sinceMs, modelVersion } = evidence;
  const version: Record<string, string> = modelVersion === null ? {} : { modelVersion };
  if (cause === 'data') return { words: `${plural(newPictures, 'picture', 'pictures')} so far`, records: newPictures > 0 ? recordsOf({ mark: 'marked' }) : null };
  if (cause === 'age') return { words: ageWords(sinceMs), records: null };
  if (cause === 'accuracy') {
    const drawn: Record<string, string> = accuracy?.source === 'audited' ? { drawn: 'true' } : {};
    return { words: accuracyWords(accuracy), records: accuracy && recordsOf({ mark: 'judged', ...version, ...drawn }) };
  }
  return { words: shiftWords(distribution), records: distribution && recordsOf(version) };
}

/** "12 points less, likely 1 to 23: from 90 % of 100 to 78 % of 100, of pictures that chance picked". */
export function accuracyWords(change: AccuracyChange | null): string {
  if (!change) return 'too few answers checked to tell';
  const { source, before, now, drop, low, high } = change;
  const from = source === 'audited' ? 'pictures that chance picked' : 'answers that you marked';
  const turned = drop < 0 ? [-drop, -high, -low] : [drop, low, high];
  const [by = 0, least = 0, most = 0] = turned.map(Math.round);
  const way = drop < 0 ? 'more often' : 'less often';
  return `${plural(by, 'point', 'points')} ${way}, likely ${signed(least)} to ${signed(most)}: ${part(before)}, then ${part(now)}, of ${from}`;
}

function part({ value, n }: AccuracyChange['now']): string {
  return `${value === null ? '–' : whole(value)} of ${n.toLocaleString('en')}`;
}

function signed(points: number): string {
  return points < 0 ? `\u2212${-points}` : String(points);
}

/** "0.31 bits; chance alone stays under 0.18". */
export function shiftWords(shift: Shift | null): string {
  if (!shift) return 'too few answers to tell';
  return `${shift.divergence.toFixed(2)} bits; chance alone stays under ${shift.bound.toFixed(2)}`;
}

function ageWords(sinceMs: number | null): string {
  if (sinceMs === null) return 'the date of this computer cannot be trusted now';
  const days = sinceMs / DAY_MS;
  if (days < 1 / 24) return 'less than an hour so far';
  if (days < 1) return `${plural(Math.floor(24 * days), 'hour', 'hours')} so far`;
  return `${days < SHOWN_DAYS ? days.toFixed(1) : Math.floor(days)} days so far`;
}

const DECIDED: Readonly<Record<Decision['decision'], string>> = {
  started: 'Began to learn',
  held: 'Waited',
  refused: 'Did not begin',
  used: 'Put to work what was learned',
};

/** "Began to learn: answers became worse". */
export function decisionWords({ cause, decision, facts }: Decision): string {
  return decision === 'used' ? DECIDED.used : `${DECIDED[decision]}: ${causeWords(cause, facts.evidence)}`;
}

function causeWords(cause: Decision['cause'], evidence: Evidence | null): string {
  if (cause === 'asked') return 'somebody asked';
  if (cause === 'accuracy') return 'answers became worse';
  if (cause === 'distribution') return 'other labels are answered than at first';
  if (cause === 'age') return 'enough days had passed';
  return evidence ? `${plural(evidence.newPictures, 'more picture was', 'more pictures were')} named` : 'enough pictures were named';
}
