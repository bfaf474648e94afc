/** Opens a station with the first of several backends that starts and counts right. */

import type { BackendSettings } from './backends';
import type { RecognitionFailure } from './failure';
import { noBackend, unusableModel, wrongModel, WrongNumbers } from './model-failures';
import type { ModelFiles } from './model-files';
import { numbersOf } from './numbers';
import { asFailure } from './outcome';
import { Station } from './station';
import type { NumbersCheck } from './types';
import type { DeathCode } from './worker-handle';

/** Rejects with the last failure: WrongNumbers where it was the numbers, else RecognitionFailure. */
export async function openFirst(
  order: readonly BackendSettings[],
  files: ModelFiles,
  onDeath: (station: Station, code: DeathCode) => void,
): Promise<Station> {
  let last: RecognitionFailure | null = null;
  for (const settings of order) {
    try {
      return await Station.open(settings, files, onDeath);
    } catch (error) {
      last = asFailure('backend', error);
      const isModels = last.stage === 'load' && (settings.backend === 'wasm' || settings.backend === 'cpu');
      if (isModels) throw unusableModel(last);
    }
  }
  if (last instanceof WrongNumbers) throw wrongModel(files.model, last.settings, last.relativeError);
  throw noBackend(last);
}

/** What a model's numbers are in a worker of its own, which ends at once. Rejects as `openFirst`. */
export async function tryBackbone(
  order: readonly BackendSettings[],
  files: ModelFiles,
): Promise<NumbersCheck | null> {
  const station = await openFirst(order, files, () => undefined);
  station.retire();
  return numbersOf(station, files.model, station.relativeError);
}
