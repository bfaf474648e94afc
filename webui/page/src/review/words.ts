/** Naming pictures that chance picked, as people read it. */

import { plural } from '../ui/words';
import type { ReviewQueue } from './review_queue';

const THIN_SPACE = '\u202f';

/** "You named it wolf", "none of these", …: what was done last. */
export function lastWords(last: NonNullable<ReviewQueue['last']>): string {
  if (last.way === 'skipped') return 'Skipped';
  if (last.way === 'unsure') return 'You are not sure';
  return last.label === '' ? 'None of these' : `Named ${last.label}`;
}

/** "You named 9 pictures, were not sure of 2 and skipped 1." */
export function doneWords({ named, unsure, skipped }: ReviewQueue['done']): string {
  const parts = [
    ...(named > 0 ? [`named ${plural(named, 'picture', 'pictures')}`] : []),
    ...(unsure > 0 ? [`were not sure of ${unsure.toLocaleString('en')}`] : []),
    ...(skipped > 0 ? [`skipped ${skipped.toLocaleString('en')}`] : []),
  ];
  const last = parts.pop();
  if (last === undefined) return '';
  return `You ${parts.length > 0 ? `${parts.join(', ')} and ${last}` : last}.`;
}

/** "2 % of new pictures"; "no new pictures" for none. */
export function shareWords(share: number): string {
  if (share <= 0) return 'no new pictures';
  return `${Number((share * 100).toPrecision(2))}${THIN_SPACE}% of new pictures`;
}
