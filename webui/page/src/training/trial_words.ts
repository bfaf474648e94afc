/** A version that is tried, as people read it. */

import type { Differing } from '../api/trials';
import { percent } from '../ui/words';

/** "fox 81 %, this one wolf 67 %; it is wolf". */
export function differingWords({ label, probability, shadowLabel, shadowProbability, truth }: Differing): string {
  const both = `${label} ${percent(probability)}, this one ${shadowLabel} ${percent(shadowProbability)}`;
  return truth === null ? both : `${both}; it is ${truth}`;
}

/** "25 % of visits"; none and all have words of their own. */
export function visitsWords(share: number): string {
  if (share <= 0) return 'no visits';
  return share >= 1 ? 'all visits' : `${Math.round(share * 100)}\u202f% of visits`;
}
