/**
 * Fetches a model's files once, with bytes of progress, so that any number of workers can be made from
 * them.
 */

import { RecognitionFailure } from './failure';
import type { HeadCheck } from './head-check';
import { decodeFloat32 } from './reference-pattern';
import type { EngineLabel, ModelDescriptor, Preprocessing, Variant } from './types';

/** backbone.json, as far as the page reads it. */
export interface BackboneInfo {
  readonly embeddingSize: number;
  readonly preprocessing: Preprocessing;
  readonly variants: Partial<Record<Variant, { readonly bytes: number }>>;
}

/** head.json. */
export interface HeadInfo {
  readonly temperature: number;
  /** `unit`: the embedding is divided by its Euclidean norm first; absent means `raw`. */
  readonly input?: 'raw' | 'unit';
  readonly labels: readonly EngineLabel[];
}

/** One tensor of a weights manifest. */
interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string };
}

/** model.<variant>.json: a complete TF.js graph model without its weights. */
export interface GraphJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly paths: string[]; readonly weights: readonly WeightEntry[] }[];
  readonly signature: {
    readonly inputs: Record<string, { readonly name: string }>;
    readonly outputs: Record<string, { readonly name: string }>;
  };
}

export interface HeadFiles {
  readonly info: HeadInfo;
  readonly arrays: Blob;
  /** What its numbers have to be; null where nobody says. */
  readonly check: HeadCheck | null;
}

export interface BackboneFiles {
  readonly url: string;
  readonly variant: Variant;
  readonly info: BackboneInfo;
  readonly graph: GraphJson;
  /** A Blob, so that the bytes stay outside the page's memory and cost nothing to hand to a worker. */
  readonly weights: Blob;
  /** Base64 of the float32 embedding of the reference pattern; null where the set has none. */
  readonly reference: string | null;
}

export interface ModelFiles {
  readonly model: ModelDescriptor;
  readonly backbone: BackboneFiles;
  readonly head: HeadFiles;
}

type Progress = (loadedBytes: number, totalBytes: number) => void;

/** All files of `model`; a backbone that is `known` is not fetched again. Rejects with RecognitionFailure. */
export async function fetchModelFiles(
  model: ModelDescriptor,
  known: BackboneFiles | null,
  progress: Progress,
): Promise<ModelFiles> {
  const same = known !== null && known.url === model.backboneUrl && known.variant === model.variant;
  const [backbone, head] = await Promise.all([
    same ? known : fetchBackbone(model, progress),
    fetchHead(model),
  ]);
  return { model, backbone, head };
}

async function fetchHead({ headUrl: url, checkUrl }: ModelDescriptor): Promise<HeadFiles> {
  const [info, arrays, said] = await Promise.all([
    fetchJson<HeadInfo>(`${url}head.json`),
    fetchFile(`${url}head.safetensors`).then((response) => response.blob()),
    fetchJson<{ readonly count: number; readonly logits: string }>(checkUrl),
  ]);
  const known = ['raw', 'unit', undefined].includes(info.input);
  if (!known || !(info.temperature > 0) || info.labels.length === 0) throw damaged(`${url}head.json`);
  return { info, arrays, check: { count: said.count, logits: decodeFloat32(said.logits) } };
}

async function fetchBackbone(model: ModelDescriptor, progress: Progress): Promise<BackboneFiles> {
  const { backboneUrl: url, variant } = model;
  const [info, graph, reference] = await Promise.all([
    fetchJson<BackboneInfo>(`${url}backbone.json`),
    fetchJson<GraphJson>(`${url}model.${variant}.json`),
    fetchReference(url, variant),
  ]);
  const total = weightBytes(graph);
  const weights = await fetchWeights(`${url}${variant}.bin`, total, progress);
  return { url, variant, info, graph, weights, reference };
}

async function fetchReference(url: string, variant: Variant): Promise<string | null> {
  const file = await fetchJson<{ embedding: Partial<Record<Variant, string>> }>(`${url}reference.json`);
  return file.embedding[variant] ?? null;
}

/** Bytes that the manifest's tensors take in the .bin file, quantised ones at their stored width. */
export function weightBytes(graph: GraphJson): number {
  const width: Record<string, number> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };
  let total = 0;
  for (const { weights } of graph.weightsManifest) {
    for (const { shape, dtype, quantization } of weights) {
      const count = shape.reduce((product, side) => product * side, 1);
      total += count * (width[quantization?.dtype ?? dtype] ?? Number.NaN);
    }
  }
  return total;
}

async function fetchWeights(url: string, total: number, progress: Progress): Promise<Blob> {
  const response = await fetchFile(url);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  progress(0, total);
  try {
    for await (const part of chunks(response)) {
      parts.push(part);
      loaded += part.length;
      progress(Math.min(loaded, total), total);
    }
  } catch (cause) {
    throw unreachable(url, cause);
  }
  if (loaded !== total) throw damaged(url);
  return new Blob(parts);
}

/** The body as it arrives; not every browser can iterate a stream, so it is read by hand. */
async function* chunks(response: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function fetchJson<T>(url: string): Promise<T> {
  const response = await fetchFile(url);
  return response.json().catch((cause: unknown) => {
    throw damaged(url, cause);
  }) as Promise<T>;
}

async function fetchFile(url: string): Promise<Response> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  if (response.ok) return response;
  throw new RecognitionFailure({
    stage: 'load',
    code: 'model-missing',
    sentence: `A file of the model is not there (${fileName(url)}, answer ${response.status}).`,
    advice: 'Choose another model, or fetch this one again with “whimbrel models fetch”.',
  });
}

function unreachable(url: string, cause: unknown): RecognitionFailure {
  return new RecognitionFailure(
    {
      stage: 'load',
      code: 'model-unreachable',
      sentence: `The model could not be loaded: Whimbrel’s own server does not answer (${fileName(url)}).`,
      advice: 'Check that Whimbrel is still running, then try again.',
    },
    cause,
  );
}

function damaged(url: string, cause?: unknown): RecognitionFailure {
  return new RecognitionFailure(
    {
      stage: 'load',
      code: 'model-damaged',
      sentence: `A file of the model is damaged (${fileName(url)}).`,
      advice: 'Run “whimbrel doctor” to see which, then fetch or import the model again.',
    },
    cause,
  );
}

function fileName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
