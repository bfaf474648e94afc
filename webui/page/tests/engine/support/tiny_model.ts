/** A model small enough to compute by hand, in the very form that the server serves. */

import type { BackboneFiles, GraphJson, HeadFiles } from '../../../src/engine/model-files';

export interface Floats {
  readonly values: readonly number[];
  readonly shape: readonly number[];
}

export const floats = (values: readonly number[], ...shape: number[]): Floats => ({ values, shape });

const dims = (shape: readonly number[]): object => ({ dim: shape.map((size) => ({ size: String(size) })) });
const base64 = (text: string): string => btoa(text);

function constant(name: string, dtype: 'DT_FLOAT' | 'DT_INT32', shape: readonly number[]): object {
  return {
    name,
    op: 'Const',
    attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape: dims(shape) } } },
  };
}

/**
 * A 1 × 1 convolution of 3 channels to 2 with ReLU6 (first: red + green, second: green + blue), then the
 * mean.
 */
export const GRAPH: GraphJson = {
  modelTopology: {
    node: [
      {
        name: 'input',
        op: 'Placeholder',
        attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: dims([-1, 2, 2, 3]) } },
      },
      constant('stem/kernel', 'DT_FLOAT', [1, 1, 3, 2]),
      constant('stem/bias', 'DT_FLOAT', [2]),
      constant('embedding/axes', 'DT_INT32', [2]),
      {
        name: 'stem',
        op: '_FusedConv2D',
        input: ['input', 'stem/kernel', 'stem/bias'],
        attr: {
          T: { type: 'DT_FLOAT' },
          data_format: { s: base64('NHWC') },
          padding: { s: base64('SAME') },
          strides: { list: { i: ['1', '1', '1', '1'] } },
          dilations: { list: { i: ['1', '1', '1', '1'] } },
          fused_ops: { list: { s: [base64('BiasAdd'), base64('Relu6')] } },
          num_args: { i: '1' },
        },
      },
      {
        name: 'mean',
        op: 'Mean',
        input: ['stem', 'embedding/axes'],
        attr: { T: { type: 'DT_FLOAT' }, Tidx: { type: 'DT_INT32' }, keep_dims: { b: false } },
      },
      { name: 'embedding', op: 'Identity', input: ['mean'], attr: { T: { type: 'DT_FLOAT' } } },
    ],
    library: {},
    versions: { producer: 1 },
  },
  weightsManifest: [
    {
      paths: ['float32.bin'],
      weights: [
        { name: 'stem/kernel', shape: [1, 1, 3, 2], dtype: 'float32' },
        { name: 'stem/bias', shape: [2], dtype: 'float32' },
        { name: 'embedding/axes', shape: [2], dtype: 'int32' },
      ],
    },
  ],
  signature: { inputs: { input: { name: 'input:0' } }, outputs: { embedding: { name: 'embedding:0' } } },
};

export const WEIGHTS = new Uint8Array([
  ...new Uint8Array(Float32Array.of(1, 0, 1, 1, 0, 1, 0, 0).buffer),
  ...new Uint8Array(Int32Array.of(1, 2).buffer),
]);

export function tinyBackbone(): BackboneFiles {
  return {
    url: '/models/tiny/',
    variant: 'float32',
    graph: GRAPH,
    weights: new Blob([WEIGHTS]),
    reference: null,
    info: {
      embeddingSize: 2,
      variants: { float32: { bytes: WEIGHTS.length } },
      preprocessing: { size: 2, cropFraction: 1, resize: 'triangle', offset: 0, scale: 1 },
    },
  };
}

export function headFiles(
  layers: readonly { readonly kernel: Floats; readonly bias: Floats }[],
  labels: readonly string[],
  temperature = 1,
): HeadFiles {
  const info = { temperature, labels: labels.map((name) => ({ name, synonyms: [] })) };
  return { info, arrays: new Blob([headArrays(layers)]), check: null };
}

/** The bytes of head.safetensors. */
export function headArrays(
  layers: readonly { readonly kernel: Floats; readonly bias: Floats }[],
): Uint8Array<ArrayBuffer> {
  const header: Record<string, object> = {};
  const data: number[] = [];
  layers.forEach((layer, i) => {
    for (const part of ['kernel', 'bias'] as const) {
      const begin = data.length * 4;
      data.push(...layer[part].values);
      header[`dense_${i}/${part}`] = {
        dtype: 'F32',
        shape: layer[part].shape,
        data_offsets: [begin, data.length * 4],
      };
    }
  });
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.length * 4);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(new Uint8Array(Float32Array.from(data).buffer), 8 + text.length);
  return file;
}
