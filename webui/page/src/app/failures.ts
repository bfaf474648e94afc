/** A failure as it is shown and recorded. */
export interface Failure {
  readonly stage: string;
  readonly code: string;
  readonly sentence: string;
  readonly advice: string;
}

/** The engine's own failures carry their sentences; anything else is a fault of the program and says so. */
export function failureOf(problem: unknown): Failure {
  if (isFailure(problem)) {
    const { stage, code, sentence, advice } = problem;
    return { stage, code, sentence, advice };
  }
  return {
    stage: 'inference',
    code: 'internal',
    sentence: 'Something in Whimbrel went wrong with this picture.',
    advice: 'Try it again; if it happens every time, reload the page.',
  };
}

function isFailure(problem: unknown): problem is Failure {
  return typeof problem === 'object' && problem !== null && 'sentence' in problem && 'advice' in problem;
}
