import type { ModelDescriptor } from '../engine/types';
import { bestAnswer, type PictureEntry } from './picture_entry';

/**
 * Whether the first answer's confidence is below what the user takes for one. Only of models whose confidence is
 * calibrated: of others it says nothing. The record keeps the answers as they are.
 */
export function isUnknown(
  entry: PictureEntry,
  rejectBelow: number | null,
  modelOf: (version: string) => ModelDescriptor | null,
): boolean {
  const best = bestAnswer(entry);
  if (!entry.answer || !best || rejectBelow === null) return false;
  return modelOf(entry.answer.modelVersion)?.calibrated === true && best.probability < rejectBelow;
}
