/** Failures do not survive the way out of a worker as Errors: they travel as values. */

import { RecognitionFailure } from './failure';
import type { FailureDetail, FailureStage } from './types';

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: FailureDetail };

/**
 * Runs `work` and tells how it ended; what is not a RecognitionFailure becomes an `internal` one of
 * `stage`.
 */
export async function outcomeOf<T>(stage: FailureStage, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const { stage: at, code, sentence, advice } = asFailure(stage, error);
    return { ok: false, failure: { stage: at, code, sentence, advice } };
  }
}

/** The value, or the failure thrown as a RecognitionFailure. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new RecognitionFailure(outcome.failure);
}

export function asFailure(stage: FailureStage, error: unknown): RecognitionFailure {
  if (error instanceof RecognitionFailure) return error;
  const said =
    error instanceof Error ? error.message : String((error as { message?: unknown })?.message ?? error);
  return new RecognitionFailure(
    {
      stage,
      code: 'internal',
      sentence: `Whimbrel met an error that it did not expect (${said}).`,
      advice: 'Try again; if it comes back, reload the page.',
    },
    error,
  );
}
