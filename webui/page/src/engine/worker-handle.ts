/** The page's side of one inference worker: calls that cannot hang when the worker dies. */

import { type Remote, wrap } from 'comlink';
import { RecognitionFailure } from './failure';
import type { InferenceWorker } from './inference-worker';
import { type Outcome, valueOf } from './outcome';
import type { FailureCode } from './types';
import { DEVICE_LOST } from './worker-protocol';

const LATE = 'late';

export type DeathCode = Extract<FailureCode, 'context-lost' | 'worker-crashed'>;

export class WorkerHandle {
  private readonly worker: Worker;
  private readonly remote: Remote<InferenceWorker>;
  private readonly death: Promise<never>;
  private die: (failure: RecognitionFailure) => void = () => undefined;
  private alive = true;

  /** `onDeath` is called once if the worker fails; never after `terminate`. */
  constructor(private readonly onDeath: (code: DeathCode) => void = () => undefined) {
    this.worker = new Worker(new URL('./inference-worker.ts', import.meta.url), { type: 'module' });
    this.remote = wrap<InferenceWorker>(this.worker);
    this.death = new Promise((_, reject) => {
      this.die = reject;
    });
    this.death.catch(() => undefined); // nobody may be waiting when it dies
    this.worker.addEventListener('error', (event) => this.fail('worker-crashed', event.message));
    this.worker.addEventListener('messageerror', () => this.fail('worker-crashed', 'unreadable message'));
    this.worker.addEventListener('message', ({ data }) => {
      if (data === DEVICE_LOST) this.fail('context-lost', 'device lost');
    });
  }

  /** The outcome of `work`; rejects with RecognitionFailure, also when the worker dies or takes too long. */
  async call<T>(
    work: (remote: Remote<InferenceWorker>) => Promise<Outcome<T>>,
    limitMs?: number,
  ): Promise<T> {
    const outcome = Promise.race([work(this.remote), this.death]);
    return valueOf(limitMs === undefined ? await outcome : await within(limitMs, outcome));
  }

  terminate(): void {
    this.alive = false;
    this.worker.terminate();
    this.die(deathOf('worker-crashed', 'ended'));
  }

  /** Ends the worker as failed: what it was doing rejects with `code`, as the failure that is returned. */
  fail(code: DeathCode, detail: string): RecognitionFailure {
    const failure = deathOf(code, detail);
    if (!this.alive) return failure;
    this.alive = false;
    this.worker.terminate();
    this.die(failure);
    this.onDeath(code);
    return failure;
  }
}

/** Whether a failure is the worker's or its device's, not the picture's: the picture is to be done again. */
export function isDeath(failure: RecognitionFailure): boolean {
  return failure.code === 'context-lost' || failure.code === 'worker-crashed';
}

/** Whether the worker did not answer in time. */
export function isLate(failure: RecognitionFailure): boolean {
  return failure.cause === LATE;
}

function deathOf(code: DeathCode, detail: string): RecognitionFailure {
  const sentence =
    code === 'context-lost'
      ? 'The graphics card gave up while Whimbrel was using it.'
      : `The part of Whimbrel that looks at pictures stopped (${detail}).`;
  return new RecognitionFailure({
    stage: 'backend',
    code,
    sentence,
    advice: 'Try the picture again; if it comes back, reload the page.',
  });
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(limitMs)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(limitMs: number): RecognitionFailure {
  return new RecognitionFailure(
    {
      stage: 'backend',
      code: 'no-backend',
      sentence: `It did not answer within ${Math.round(limitMs / 1000)} s.`,
      advice: 'Choose another way to compute in Settings.',
    },
    LATE,
  );
}
