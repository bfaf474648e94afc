/** What can go wrong inside a worker, in sentences for people. */

import { RecognitionFailure } from './failure';
import type { BackendName } from './types';

export function notStarted(backend: BackendName, cause: unknown): RecognitionFailure {
  const names: Record<BackendName, string> = {
    wasm: 'WebAssembly',
    webgl: 'WebGL',
    webgpu: 'WebGPU',
    cpu: 'The JavaScript backend',
  };
  return new RecognitionFailure(
    {
      stage: 'backend',
      code: 'no-backend',
      sentence: `${names[backend]} cannot be used in this browser.`,
      advice: 'Choose another way to compute in Settings, or leave the choice to Whimbrel.',
    },
    cause,
  );
}

export function contextLost(): RecognitionFailure {
  return new RecognitionFailure({
    stage: 'inference',
    code: 'context-lost',
    sentence: 'The graphics card gave up while Whimbrel was using it.',
    advice: 'Nothing to do: Whimbrel goes on without it and looks at the picture again.',
  });
}

export function senseless(): RecognitionFailure {
  return new RecognitionFailure({
    stage: 'inference',
    code: 'internal',
    sentence: 'The answer for this picture was not a number.',
    advice: 'Try it again; if it comes back, choose another model or run “whimbrel doctor”.',
  });
}
