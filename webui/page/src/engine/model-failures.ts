/** Why a model could not be put to work, in two sentences for people. */

import { backendName } from './backend-choice';
import type { BackendSettings } from './backends';
import { RecognitionFailure } from './failure';
import type { FailureDetail, ModelDescriptor } from './types';

/** Numbers that are not those of the reference. */
export class WrongNumbers extends RecognitionFailure {
  constructor(
    detail: FailureDetail,
    readonly settings: BackendSettings,
    readonly relativeError: number,
  ) {
    super(detail);
  }
}

/** A backend counts wrongly with a model. */
export function wrongBackend(settings: BackendSettings, relativeError: number): WrongNumbers {
  const detail = {
    stage: 'backend',
    code: 'no-backend',
    sentence: `${backendName(settings)} gives wrong numbers here (off by ${relativeError.toExponential(1)}).`,
    advice: 'Nothing to do: Whimbrel computes in another way.',
  } as const;
  return new WrongNumbers(detail, settings, relativeError);
}

/** A model counts wrongly, whatever computes it. */
export function wrongModel(
  model: ModelDescriptor,
  settings: BackendSettings,
  relativeError: number,
): WrongNumbers {
  const off = Number.isFinite(relativeError) ? `off by ${relativeError.toExponential(1)}` : 'they are no numbers';
  const detail = {
    stage: 'load',
    code: 'wrong-numbers',
    sentence: `${model.name} gives other numbers in this page than it should (${off}), so it was not put to work.`,
    advice: 'Choose another model in Model, or train again.',
  } as const;
  return new WrongNumbers(detail, settings, relativeError);
}

/** The files are there but make no network. */
export function unusableModel(cause: RecognitionFailure): RecognitionFailure {
  return new RecognitionFailure(
    {
      stage: 'load',
      code: 'model-damaged',
      sentence: 'The model could not be set up: its files do not fit together.',
      advice: 'Run “whimbrel doctor”, then fetch or import the model again, or choose another.',
    },
    cause,
  );
}

/** Nothing that was tried would start or count right; `cause` is the last failure. */
export function noBackend(cause: RecognitionFailure | null): RecognitionFailure {
  const why = cause ? ` (${cause.sentence})` : '';
  return new RecognitionFailure(
    {
      stage: 'backend',
      code: 'no-backend',
      sentence: `This browser cannot compute the model in any way that Whimbrel knows${why}.`,
      advice: 'Update the browser, or open Whimbrel in a current Chromium, Firefox or Safari.',
    },
    cause,
  );
}
