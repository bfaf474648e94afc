import type { ApiClient } from '../api/client';
import type { Job } from '../api/record_types';
import { Observable } from '../base/observable';
import { problemOf } from '../ui/problems';

export type Form = 'keras' | 'savedmodel' | 'tflite' | 'tflite-int8' | 'tfjs' | 'teachable-machine' | 'safetensors';
export type Smaller = 'float16' | 'uint8';

/** What each form is for; the readers of most of them know only 32-bit weights. */
export const FORMS: readonly { readonly form: Form; readonly name: string; readonly smaller: boolean }[] = [
  { form: 'tfjs', name: 'TensorFlow.js', smaller: true },
  { form: 'teachable-machine', name: 'Teachable Machine', smaller: false },
  { form: 'keras', name: 'Keras', smaller: false },
  { form: 'savedmodel', name: 'TensorFlow SavedModel', smaller: false },
  { form: 'tflite', name: 'TensorFlow Lite', smaller: true },
  { form: 'tflite-int8', name: 'TensorFlow Lite, 8-bit arithmetic', smaller: false },
  { form: 'safetensors', name: 'plain arrays (safetensors)', smaller: false },
];

/** An export of one version, as the server tells of it. */
export class VersionExport extends Observable {
  job: Job | null = null;
  /** Why it was not begun, or not cancelled, for people. */
  problem: string | null = null;
  readonly #api: Pick<ApiClient, 'send' | 'job' | 'cancelJob'>;

  constructor(api: Pick<ApiClient, 'send' | 'job' | 'cancelJob'>) {
    super();
    this.#api = api;
  }

  /** Asks once more after it has begun: what was told of it before its id was known went unheard. */
  start(version: string, form: Form, quantise: Smaller | null): Promise<void> {
    return this.#try(async () => {
      this.job = await this.#api.send<Job>(`/api/models/${encodeURIComponent(version)}/export`, { form, quantise });
      await this.look();
    });
  }

  cancel(): Promise<void> {
    return this.#try(async () => {
      if (this.job) this.heard(await this.#api.cancelJob(this.job.id));
    });
  }

  /** How it is doing: after the server was away. */
  look(): Promise<void> {
    return this.#try(async () => {
      if (this.job?.state === 'working') this.heard(await this.#api.job(this.job.id));
    });
  }

  /** What the server tells of a job; one that has ended stays so, whatever comes late. */
  heard(job: Job): void {
    if (job.id !== this.job?.id || this.job.state !== 'working') return;
    this.job = job;
    this.changed();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.problem = null;
    this.problem = await problemOf(work);
    this.changed();
  }
}
