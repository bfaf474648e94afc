/**
 * The network at work: a graph model from memory and the head over its embedding, on whatever backend is
 * started.
 */

import { type GraphModel, loadGraphModelSync } from '@tensorflow/tfjs-converter';
import {
  add,
  dispose,
  div,
  type io,
  matMul,
  mean,
  memory,
  mul,
  relu,
  softmax,
  sqrt,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { BackboneFiles, GraphJson, HeadFiles, HeadInfo } from './model-files';
import { type NamedArray, parseSafetensors } from './safetensors';
import type { EngineMemory, EnginePrediction, Preprocessing } from './types';

/** Added to a norm, as the Python side does. */
const LEAST_NORM = 1e-12;

/** One dense layer: kernel [inputs, outputs], bias [outputs]. */
interface Dense {
  readonly kernel: Tensor2D;
  readonly bias: Tensor1D;
}

/**
 * What one run gives, float32: the embedding [embeddingSize], and for each label its logit over the temperature
 * and its probability.
 */
export interface NetworkOutput {
  readonly embedding: Float32Array;
  readonly scaled: Float32Array;
  readonly probabilities: Float32Array;
}

/** A head's arrays as tensors; frees them with `dispose`. */
export class Head {
  private constructor(
    readonly info: HeadInfo,
    private readonly layers: readonly Dense[],
  ) {}

  /** Throws Error where arrays are missing or do not fit each other or the labels. */
  static async read(files: HeadFiles, embeddingSize: number): Promise<Head> {
    const layers = denseLayers(parseSafetensors(await files.arrays.arrayBuffer()));
    let inputs = embeddingSize;
    for (const { kernel, bias } of layers) {
      const outputs = bias.shape[0] ?? 0;
      if (kernel.shape[0] !== inputs || kernel.shape[1] !== outputs)
        throw new Error('A layer of the head does not fit.');
      inputs = outputs;
    }
    if (layers.length === 0 || inputs !== files.info.labels.length) {
      throw new Error('The head has other labels than its arrays.');
    }
    // Only now: what is refused must leave no tensor behind.
    return new Head(
      files.info,
      layers.map(({ kernel, bias }) => ({
        kernel: tensor(kernel.values, kernel.shape as [number, number]),
        bias: tensor(bias.values, bias.shape as [number]),
      })),
    );
  }

  /** Probabilities [n, labels] of raw embeddings [n, embeddingSize]: softmax(logits / temperature). */
  apply(embedding: Tensor2D): Tensor2D {
    return tidy(() => softmax(this.scaled(embedding)));
  }

  /** logits / temperature [n, labels]. */
  scaled(embedding: Tensor2D): Tensor2D {
    return tidy(() => div(this.logits(embedding), this.info.temperature) as Tensor2D);
  }

  /** The last layer's outputs [n, labels] of embeddings [n, embeddingSize]. */
  logits(embedding: Tensor2D): Tensor2D {
    return tidy(() => {
      let values = this.info.input === 'unit' ? unit(embedding) : embedding;
      this.layers.forEach(({ kernel, bias }, i) => {
        const sums = add(matMul(values, kernel), bias) as Tensor2D;
        values = i < this.layers.length - 1 ? relu(sums) : sums;
      });
      return values;
    });
  }

  /** The logits of embeddings made elsewhere, float32 [n, embeddingSize]; frees what it makes. */
  logitsOf(embeddings: Float32Array, n: number): Promise<Float32Array> {
    return take(tidy(() => this.logits(tensor(embeddings, [n, embeddings.length / n]))));
  }

  /** The likeliest `count` labels, likeliest first. */
  best(probabilities: Float32Array, count: number): EnginePrediction[] {
    const order = Array.from(probabilities.keys()).sort(
      (a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0),
    );
    return order.slice(0, count).map((place, i) => ({
      className: this.info.labels[place]?.name ?? '',
      probability: Math.min(1, probabilities[place] ?? 0),
      rank: i + 1,
    }));
  }

  dispose(): void {
    for (const { kernel, bias } of this.layers) dispose([kernel, bias]);
  }
}

/** Embeddings [n, embeddingSize] divided by their Euclidean norms; one of noughts stays one. */
function unit(embedding: Tensor2D): Tensor2D {
  const squares = mul(mean(mul(embedding, embedding), 1, true), embedding.shape[1]);
  return div(embedding, add(sqrt(squares), LEAST_NORM));
}

/** The layers dense_0, dense_1, … of a head's file, in order. */
function denseLayers(arrays: ReadonlyMap<string, NamedArray>): { kernel: NamedArray; bias: NamedArray }[] {
  const layers: { kernel: NamedArray; bias: NamedArray }[] = [];
  for (let i = 0; ; i++) {
    const kernel = arrays.get(`dense_${i}/kernel`);
    const bias = arrays.get(`dense_${i}/bias`);
    if (!kernel || !bias) return layers;
    layers.push({ kernel, bias });
  }
}

/** A backbone with a head. The head can be changed without touching the backbone. */
export class Network {
  private constructor(
    readonly preprocessing: Preprocessing,
    private readonly model: GraphModel<io.IOHandlerSync>,
    private readonly output: string,
    public head: Head,
  ) {}

  /** Throws Error where the files do not make a network. */
  static async read(backbone: BackboneFiles, head: HeadFiles): Promise<Network> {
    const json = backbone.graph as unknown as io.ModelJSON;
    const model = loadGraphModelSync([json, await backbone.weights.arrayBuffer()]);
    try {
      const heads = await Head.read(head, backbone.info.embeddingSize);
      return new Network(backbone.info.preprocessing, model, embeddingNode(backbone.graph), heads);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /** Puts a head in the place of the one before, which is freed. Not while a picture is under way. */
  useHead(next: Head): void {
    this.head.dispose();
    this.head = next;
  }

  /** Runs one picture, float32 [size, size, 3]. Every tensor made here is freed here. */
  async run(input: Float32Array): Promise<NetworkOutput> {
    const { size } = this.preprocessing;
    const head = this.head;
    const tensors = tidy(() => {
      const picture = tensor(input, [1, size, size, 3]);
      const pooled = this.model.execute(picture, this.output) as Tensor2D;
      const scaled = head.scaled(pooled);
      return [pooled, scaled, softmax(scaled)] as const;
    }) as [Tensor2D, Tensor2D, Tensor2D];
    const [embedding, scaled, probabilities] = await Promise.all(tensors.map(take));
    return { embedding, scaled, probabilities } as NetworkOutput;
  }

  /** The place of the best label for an embedding made elsewhere. */
  async bestOf(embedding: Float32Array): Promise<number> {
    const head = this.head;
    const probabilities = await take(tidy(() => head.apply(tensor(embedding, [1, embedding.length]))));
    return probabilities.indexOf(Math.max(...probabilities));
  }

  dispose(): void {
    this.model.dispose();
    this.head.dispose();
  }
}

/** TF.js's account of its memory now. */
export function memoryNow(): EngineMemory {
  const { numTensors, numBytes, numDataBuffers } = memory();
  return { numTensors, numBytes, numDataBuffers };
}

/** A tensor's numbers; the tensor is freed whether or not they could be read. */
async function take(values: Tensor): Promise<Float32Array> {
  try {
    return (await values.data()) as Float32Array;
  } finally {
    values.dispose();
  }
}

function embeddingNode(graph: GraphJson): string {
  const node = graph.signature.outputs['embedding'];
  if (!node) throw new Error('The model has no output named embedding.');
  return node.name;
}
