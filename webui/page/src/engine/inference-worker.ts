/**
 * The worker's door (comlink): one backend, one network, pictures one after the other through the network.
 */

import { expose, transfer } from 'comlink';
import { type BackendSettings, type StartedBackend, startBackend } from './backends';
import { toHalfArray } from './float16';
import { checkEmbeddings, judgeHead } from './head-check';
import type { BackboneFiles, HeadFiles, ModelFiles } from './model-files';
import { Head, memoryNow, Network, type NetworkOutput } from './network';
import { type Outcome, outcomeOf } from './outcome';
import { preparePicture } from './prepared-picture';
import { decodeFloat32, judgeReference, referenceInput, type ReferenceVerdict } from './reference-pattern';
import { syntheticPicture } from './synthetic-picture';
import type { EngineMemory, ModelDescriptor, RecogniseOptions, Recognition } from './types';
import { contextLost, notStarted, senseless } from './worker-failures';
import { DEVICE_LOST, type TimingPlan } from './worker-protocol';

const DEFAULT_TOP_K = 5;

interface TimedRun {
  readonly ms: number;
  readonly output: NetworkOutput;
  /** Taken while no other picture has tensors. */
  readonly memory: EngineMemory;
}

/** A head that was read and waits to be put to work. */
interface NextHead {
  readonly model: ModelDescriptor;
  readonly head: Head;
  readonly files: HeadFiles;
}

export class InferenceWorker {
  private backend: StartedBackend | null = null;
  private network: Network | null = null;
  private model: ModelDescriptor | null = null;
  private backbone: BackboneFiles | null = null;
  private head: HeadFiles | null = null;
  private next: NextHead | null = null;
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
      this.head = files.head;
      this.model = files.model;
      return performance.now() - begun;
    });
  }

  /**
   * Reads another head over the same backbone and tries its numbers, which also warms it up, while pictures
   * go on with the one at work; null where nobody says what the numbers have to be.
   */
  prepareHead(model: ModelDescriptor, files: HeadFiles): Promise<Outcome<ReferenceVerdict | null>> {
    return outcomeOf('load', async () => {
      const { backbone } = this.loaded();
      this.dropNext();
      const head = await Head.read(files, backbone.info.embeddingSize);
      this.next = { model, head, files };
      return this.tryHead(head, files);
    });
  }

  /** Puts the prepared head to work between two pictures; the one before is freed. */
  swapHead(): Promise<Outcome<null>> {
    return outcomeOf('load', () =>
      this.exclusively(async () => {
        const { next } = this;
        if (!next) throw new Error('No head was prepared.');
        this.next = null;
        this.loaded().network.useHead(next.head);
        this.head = next.files;
        this.model = next.model;
        return null;
      }),
    );
  }

  /** Frees the prepared head, if there is one. */
  dropHead(): Promise<Outcome<null>> {
    return outcomeOf('load', async () => {
      this.dropNext();
      return null;
    });
  }

  /**
   * Whether this backend's numbers agree with the references of backbone and head; null where the model has
   * none to compare with.
   */
  check(): Promise<Outcome<ReferenceVerdict | null>> {
    return outcomeOf('backend', async () => {
      const { network, head } = this.loaded();
      return worse(await this.tryBackbone(), await this.tryHead(network.head, head));
    });
  }

  private async tryBackbone(): Promise<ReferenceVerdict | null> {
    const { network, backbone, backend } = this.loaded();
    if (backbone.reference === null) return null;
    const expected = decodeFloat32(backbone.reference);
    const { embedding } = await this.exclusively(() => network.run(referenceInput(network.preprocessing)));
    const top = await network.bestOf(embedding);
    const expectedTop = await network.bestOf(expected);
    return judgeReference({ embedding, expected, top, expectedTop, halfPrecision: backend.halfPrecision });
  }

  private async tryHead(head: Head, { check }: HeadFiles): Promise<ReferenceVerdict | null> {
    const { backbone, backend } = this.loaded();
    if (check === null) return null;
    const inputs = checkEmbeddings(check.count, backbone.info.embeddingSize);
    return judgeHead(await head.logitsOf(inputs, check.count), check, backend.halfPrecision);
  }

  private dropNext(): void {
    this.next?.head.dispose();
    this.next = null;
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
      const { head } = network; // this one answers, whatever comes while it does
      return { run: await this.timedRun(network, picture.input), head, model };
    });
    const predictions = head.best(run.output.probabilities, options.topK ?? DEFAULT_TOP_K);
    return {
      ...(await picture.facts),
      predictions,
      familiarity: Math.max(...run.output.scaled),
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
    head: HeadFiles;
    backend: StartedBackend;
    model: ModelDescriptor;
  } {
    const { network, backbone, head, backend, model } = this;
    if (!network || !backbone || !head || !backend || !model) throw new Error('The worker has no model yet.');
    return { network, backbone, head, backend, model };
  }
}

/** The verdict that is worse; null where there is none at all. */
function worse(one: ReferenceVerdict | null, other: ReferenceVerdict | null): ReferenceVerdict | null {
  if (one === null || other === null) return one ?? other;
  const correct = one.correct && other.correct;
  return { correct, relativeError: Math.max(one.relativeError, other.relativeError) };
}

function lastOf(times: readonly number[]): number {
  return times[times.length - 1] ?? Number.POSITIVE_INFINITY;
}

expose(new InferenceWorker());
