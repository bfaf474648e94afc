/** A training, its checks and a comparison, as people read them. */

import type { Examples } from '../api/labels';
import type { Beside, Comparison, Difference, Epoch, Gate, Share, Stage } from '../api/training';
import type { ModelVersion } from '../api/types';
import { plural } from '../ui/words';

const THIN_SPACE = '\u202f';
const MINUS = '\u2212';
/** So many labels are named; the others are counted. */
const NAMED = 6;

export const STAGES: readonly (readonly [Stage, string])[] = [
  ['collect', 'Gather'],
  ['prepare', 'Prepare'],
  ['fit', 'Learn'],
  ['calibrate', 'Weigh'],
  ['judge', 'Check'],
  ['write', 'Write'],
  ['register', 'Keep'],
];

const GATES: Readonly<Record<string, string>> = {
  files: 'Its files are whole',
  parity: 'It answers as it learned',
  chance: 'It does better than guessing',
  accuracy: 'It is as good as the model at work',
  classes: 'No label suffers',
  conversion: 'The page gets the network that was learned',
  space: 'It sees pictures as before',
  page: 'Its numbers are right in this page',
  agreement: 'It answers as the one that it was made from',
};

export function gateName({ name }: Pick<Gate, 'name'>): string {
  return GATES[name] ?? name;
}

/** "fails", "too few to know", "passes". */
export function gateState({ passed }: Pick<Gate, 'passed'>): string {
  if (passed === null) return 'too few to know';
  return passed ? 'passes' : 'fails';
}

/** The checks of a version; none of one that was not learned here. */
export function gatesOf({ metrics }: Pick<ModelVersion, 'metrics'>): readonly Gate[] {
  const found = metrics?.['gates'];
  return Array.isArray(found) ? (found as Gate[]) : [];
}

/** "It failed one check and could not tell of two more.", or null where all is well. */
export function doubt(gates: readonly Gate[]): string | null {
  const failed = gates.filter(({ passed }) => passed === false).length;
  const unknown = gates.filter(({ passed }) => passed === null).length;
  if (failed > 0) return `It failed ${plural(failed, 'check', 'checks')}.`;
  return unknown > 0 ? `For ${plural(unknown, 'check', 'checks')} there are too few pictures to know.` : null;
}

/** What could be learned from: "96 pictures: fox 40, wolf 32, knot 24". */
export function readyWords({ labels, noneOfThese }: Pick<Examples, 'labels' | 'noneOfThese'>): string {
  const ready = labels.filter((one) => one.ready);
  const pictures = labels.reduce((sum, { embeddings }) => sum + embeddings, noneOfThese.embeddings);
  if (pictures === 0) return 'Nothing to learn from yet: confirm or correct some answers first.';
  const named = ready.slice(0, NAMED).map(({ label, embeddings }) => `${label} ${embeddings.toLocaleString('en')}`);
  const more = ready.length > NAMED ? [`and ${plural(ready.length - NAMED, 'label', 'labels')} more`] : [];
  const enough = ready.length === 0 ? 'no label has enough yet' : [...named, ...more].join(', ');
  return `You have given ${plural(pictures, 'picture', 'pictures')} a label: ${enough}.`;
}

/** "fox needs 3 more, wolf 1 more.", of labels with too few; null where there are none. */
export function missingWords({ labels, needed }: Pick<Examples, 'labels' | 'needed'>): string | null {
  const few = labels.filter((one) => !one.ready);
  if (few.length === 0) return null;
  const named = few.slice(0, NAMED).map(({ label, embeddings }) => `${label} ${needed - embeddings}`);
  const more = few.length > NAMED ? ` and so do ${plural(few.length - NAMED, 'other label', 'other labels')}` : '';
  return `To be learned by itself, a label needs ${needed} pictures. Still missing: ${named.join(', ')}${more}.`;
}

/** What there is to train a network from: "The square that the model looked at is kept of 12 of them." */
export function squaresWords({ labels, noneOfThese }: Pick<Examples, 'labels' | 'noneOfThese'>): string {
  const kept = labels.reduce((sum, { crops }) => sum + crops, noneOfThese.crops);
  const pictures = labels.reduce((sum, { embeddings }) => sum + embeddings, noneOfThese.embeddings);
  if (kept >= pictures) return 'The square that the model looked at is kept of all of them.';
  const of = kept === 0 ? 'none' : kept.toLocaleString('en');
  return `The square that the model looked at is kept of ${of} of them. Settings has a switch for it; pictures from before have to be recognised again.`;
}

/** "Pass 7: 83 % right of pictures not learned from." */
export function epochWords({ number, accuracy, loss }: Epoch): string {
  const right = typeof accuracy === 'number' ? [`${whole(accuracy)} right`] : [];
  const off = typeof loss === 'number' ? [`loss ${loss.toFixed(3)}`] : [];
  const both = [...right, ...off].join(', ');
  return both === '' ? `Pass ${number}` : `Pass ${number}: ${both}, on pictures not learned from`;
}

/** "81 %": a share that was counted, which may well be all or nothing. */
export function whole(share: number): string {
  return `${Math.round(share * 100)}${THIN_SPACE}%`;
}

/** "81 %, likely 77–85". */
export function shareWords({ value, low, high }: Share): string {
  if (value === null || low === null || high === null) return '–';
  return `${whole(value)}, likely ${Math.round(low * 100)}–${Math.round(high * 100)}`;
}

/** "of 212 pictures the same answer for 87 %, likely 82–91", and who was right more often where that was said. */
export function besideWords({ n, agreement, activeAccuracy, shadowAccuracy, betterBy }: Beside): string {
  if (n === 0) return 'It has answered no picture yet.';
  const same = `It answered ${plural(n, 'picture', 'pictures')}, ${whole(agreement.value ?? 0)} as the model did that was at work.`;
  const { value, low, high } = betterBy;
  if (value === null || low === null || high === null) return `${same} You have not said yet who of them is right.`;
  const both = `it is right for ${whole(shadowAccuracy.value ?? 0)}, the other for ${whole(activeAccuracy.value ?? 0)}`;
  return `${same} Of ${plural(betterBy.n, 'picture', 'pictures')} that you told about ${both}: ${differenceWords({ value, low, high })}.`;
}

/** What a version over another backbone costs; null for one that costs nothing. */
export function costWords({ cost }: Pick<Beside, 'cost'>): string | null {
  if (!cost) return null;
  const ms = Math.max(1, Math.round(cost.ms)).toLocaleString('en');
  return `It sees pictures with a network of its own: ${ms} ms for each, of ${plural(cost.pictures, 'picture', 'pictures')}, while nothing else is to do.`;
}

/** "+6 points", "−3 points"; "no difference" for none. */
export function points(value: number): string {
  const shown = Math.round(Math.abs(value) * 100);
  if (shown === 0) return '0 points';
  return `${value < 0 ? MINUS : '+'}${shown} ${shown === 1 ? 'point' : 'points'}`;
}

/** "+6 points, likely −1 to +13". */
export function differenceWords({ value, low, high }: Pick<Difference, 'value' | 'low' | 'high'>): string {
  return `${points(value)}, likely ${signed(low)} to ${signed(high)}`;
}

function signed(value: number): string {
  const shown = Math.round(Math.abs(value) * 100);
  if (shown === 0) return '0';
  return `${value < 0 ? MINUS : '+'}${shown}`;
}

/** What the comparison comes to, in a sentence. */
export function verdict({ a, b, difference }: Comparison): string {
  if (!difference) return 'There is no picture held back that both have answered: nothing is known of which is better.';
  const { low, high, n, onlyA, onlyB } = difference;
  const on = `On ${plural(n, 'picture', 'pictures')} held back`;
  const alone = `A alone is right for ${some(onlyA)}, B alone for ${some(onlyB)}.`;
  if (a.id === b.id) return `${on}. Choose two different versions to compare.`;
  if (low <= 0 && high >= 0) return `${on} it cannot be told which is better: B has ${differenceWords(difference)}. ${alone}`;
  const better = low > 0 ? 'B is better' : 'A is better';
  return `${on} ${better}: B has ${differenceWords(difference)}. ${alone}`;
}

function some(count: number): string {
  return count === 0 ? 'none' : count.toLocaleString('en');
}

/** The name of a label; "" is "none of these". */
export function labelWords(label: string): string {
  return label === '' ? 'none of these' : label;
}
