/** How far a model's numbers were off, as the page tells it. */

import type { WrongNumbers } from './model-failures';
import type { Station } from './station';
import type { ModelDescriptor, NumbersCheck } from './types';

/** What a station found of a model that it counts right with; null where there is nothing to compare with. */
export function numbersOf(
  { settings: { backend, halfPrecision } }: Station,
  model: ModelDescriptor,
  maxRelative: number | null,
): NumbersCheck | null {
  return maxRelative === null ? null : { model: model.id, backend, maxRelative, halfPrecision, correct: true };
}

/** What a model was refused for. */
export function wrongNumbersOf({ settings, relativeError }: WrongNumbers, model: ModelDescriptor): NumbersCheck {
  const { backend, halfPrecision } = settings;
  const maxRelative = Number.isFinite(relativeError) ? relativeError : null;
  return { model: model.id, backend, maxRelative, halfPrecision, correct: false };
}
