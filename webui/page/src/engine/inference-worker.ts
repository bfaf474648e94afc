/**
 * The worker's door (comlink): one backend, one network, pictures one after the other through the network.
 */

import { expose, transfer } from 'comlink';
import { type BackendSettings, type StartedBackend, startBackend } from './backends';
import { RecognitionFailure } from './failure';
import { toHalfArray } from './float16';
import type { BackboneFiles, HeadFiles, ModelFiles } from './model-files';
import { memoryNow, Network, type NetworkOutput } from './network';
import { type Outcome, outcomeOf } from './outcome';
import { preparePicture } from './prepared-picture';
import { decodeFloat32, judgeReference, referenceInput, type ReferenceVerdict } from './reference-pattern';
import { syntheticPicture } from './synthetic-picture';
import type { BackendName, EngineMemory, ModelDescriptor, RecogniseOptions, Recognition } from './types';
import { DEVICE_LOST, type TimingPlan } from './worker-protocol';

const DEFAULT_TOP_K = 5;

interface TimedRun {
  readonly ms: number;
  readonly output: NetworkOutput;
  /** Taken while no other picture has tensors. */
  readonly memory: EngineMemory;
}

export class InferenceWorker {
  private backend: StartedBackend | null = null;
  private network: Network | null = null;
  private model: ModelDescriptor | null = null;
  private backbone: BackboneFiles | null = null;
  private networkFree: Promise<unknown> = Promise.resolve();

  /** Starts the backend; answers how it runs in fact. */
  start(settings: BackendSettings): Promise<Outcome<Omit<StartedBackend, 'isLost'>>> {
    return outcomeOf('backend', async () => {
      const started = await startBackend(settings, () => self.postMessage(DEVICE_LOST)).catch(
        (cause: unknown) => {
          throw notStarted(settings.backend, cause);
        },
      );
      const { isLost, ...facts } = started;
      this.backend = { isLost, ...facts };
      return facts;
    });
  }

  /** Builds the network and runs it once (the first run compiles); answers that run's milliseconds. */
  load(files: ModelFiles): Promise<Outcome<number>> {
    return outcomeOf('load', async () => {
      const network = await Network.read(files.backbone, files.head);
      const begun = performance.now();
      await this.exclusively(() => network.run(referenceInput(network.preprocessing))).catch(
        (error: unknown) => {
          network.dispose();
          throw error;
        },
      );
      this.network?.dispose();
      this.network = network;
      this.backbone = files.backbone;
      this.model = files.model;
      return performance.now() - begun;
    });
  }

  /** Another head over the same backbone. */
  changeHead(model: ModelDescriptor, head: HeadFiles): Promise<Outcome<null>> {
    return outcomeOf('load', async () => {
      const { network, backbone } = this.loaded();
      await network.changeHead(head, backbone.info.embeddingSize);
      this.model = model;
      return null;
    });
  }

  /**
   * Whether this backend's numbers agree with the reference; null where the model has none to compare with.
   */
  check(): Promise<Outcome<ReferenceVerdict | null>> {
    return outcomeOf('backend', async () => {
      const { network, backbone, backend } = this.loaded();
      if (backbone.reference === null) return null;
      const expected = decodeFloat32(backbone.reference);
      const { embedding } = await this.exclusively(() => network.run(referenceInput(network.preprocessing)));
      const top = await network.bestOf(embedding);
      const expectedTop = await network.bestOf(expected);
      return judgeReference({ embedding, expected, top, expectedTop, halfPrecision: backend.halfPrecision });
    });
  }

  /** Milliseconds of each run on the reference pattern. */
  time(plan: TimingPlan): Promise<Outcome<number[]>> {
    return outcomeOf('backend', async () => {
      const { network } = this.loaded();
      const input = referenceInput(network.preprocessing);
      const times: number[] = [];
      const begun = performance.now();
      do {
        times.push((await this.timedRun(network, input)).ms);
      } while (
        times.length < plan.runs &&
        performance.now() - begun < plan.budgetMs &&
        lastOf(times) < plan.giveUpMs
      );
      return times;
    });
  }

  /** Milliseconds for `count` synthetic photographs from file to answer, two in hand at a time. */
  timeBatch(count: number): Promise<Outcome<number>> {
    return outcomeOf('backend', async () => {
      const file = await syntheticPicture();
      const begun = performance.now();
      let left = count;
      const lane = async (): Promise<void> => {
        while (left-- > 0) await this.answer(file, { keepThumbnail: true, keepCrop: false });
      };
      await Promise.all([lane(), lane()]);
      return performance.now() - begun;
    });
  }

  /** One picture. Several may be under way: the next is decoded while the network works on this one. */
  async recognise(blob: Blob, options: RecogniseOptions): Promise<Outcome<Recognition>> {
    const outcome = await outcomeOf('inference', () => this.answer(blob, options));
    return outcome.ok ? transfer(outcome, [outcome.value.embedding.buffer]) : outcome;
  }

  /** The embedding and probabilities of an input tensor, for tests and benchmarks. */
  embed(input: Float32Array): Promise<Outcome<NetworkOutput>> {
    return outcomeOf('inference', () => this.exclusively(() => this.loaded().network.run(input)));
  }

  memory(): EngineMemory {
    return memoryNow();
  }

  private async answer(blob: Blob, options: RecogniseOptions): Promise<Recognition> {
    const picture = await preparePicture(blob, options, this.loaded().network.preprocessing);
    const { run, head, model } = await this.exclusively(async () => {
      const { network, model } = this.loaded(); // a head may have changed while the picture was decoded
      return { run: await this.timedRun(network, picture.input), head: network.head, model };
    });
    const predictions = head.best(run.output.probabilities, options.topK ?? DEFAULT_TOP_K);
    return {
      ...(await picture.facts),
      predictions,
      inferenceTime: run.ms,
      totalTime: performance.now() - picture.started,
      memoryUsage: run.memory,
      embedding: toHalfArray(run.output.embedding),
      backend: this.loaded().backend.backend,
      variant: model.variant,
      modelVersion: model.id,
    };
  }

  private async timedRun(network: Network, input: Float32Array): Promise<TimedRun> {
    const begun = performance.now();
    const output = await network.run(input);
    const ms = performance.now() - begun;
    if (this.backend?.isLost()) throw contextLost();
    if (!output.probabilities.every(Number.isFinite)) throw senseless();
    return { ms, output, memory: memoryNow() };
  }

  /** Runs `work` when the network is free. */
  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.networkFree.then(work);
    this.networkFree = turn.catch(() => undefined);
    return turn;
  }

  private loaded(): {
    network: Network;
    backbone: BackboneFiles;
    backend: StartedBackend;
    model: ModelDescriptor;
  } {
    const { network, backbone, backend, model } = this;
    if (!network || !backbone || !backend || !model) throw new Error('The worker has no model yet.');
    return { network, backbone, backend, model };
  }
}

function lastOf(times: readonly number[]): number {
  return times[times.length - 1] ?? Number.POSITIVE_INFINITY;
}

function notStarted(backend: BackendName, cause: unknown): RecognitionFailure {
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

function contextLost(): RecognitionFailure {
  return new RecognitionFailure({
    stage: 'inference',
    code: 'context-lost',
    sentence: 'The graphics card gave up while Whimbrel was using it.',
    advice: 'Nothing to do: Whimbrel goes on without it and looks at the picture again.',
  });
}

function senseless(): RecognitionFailure {
  return new RecognitionFailure({
    stage: 'inference',
    code: 'internal',
    sentence: 'The answer for this picture was not a number.',
    advice: 'Try it again; if it comes back, choose another model or run “whimbrel doctor”.',
  });
}

expose(new InferenceWorker());
