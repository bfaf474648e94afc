import type { ModelDescriptor } from '../engine/types';
import { bestAnswer, type PictureEntry } from './picture_entry';

/**
 * Whether the first answer's confidence is below what the user takes for one, or the picture is like none that the
 * model knows. Only of models whose confidence is calibrated: of others it says nothing. The record keeps the
 * answers as they are.
 */
export function isUnknown(
  entry: PictureEntry,
  rejectBelow: number | null,
  modelOf: (version: string) => ModelDescriptor | null,
): boolean {
  const best = bestAnswer(entry);
  const model = entry.answer && modelOf(entry.answer.modelVersion);
  if (!entry.answer || !best || rejectBelow === null || model?.calibrated !== true) return false;
  const { familiarity } = entry.answer;
  const floor = model.reject?.floor ?? null;
  return best.probability < rejectBelow || (floor !== null && familiarity !== undefined && familiarity < floor);
}
