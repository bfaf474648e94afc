/** Why a model could not be put to work, in two sentences for people. */

import { RecognitionFailure } from './failure';

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
