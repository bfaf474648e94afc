import { readdirSync, readFileSync } from 'node:fs';
import { getKernelsForBackend, memory, setBackend, tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BackboneFiles, HeadFiles } from '../../src/engine/model-files';
import { Head, memoryNow, Network } from '../../src/engine/network';
import { floats, headFiles, tinyBackbone } from './support/tiny_model';

interface HeadVector {
  readonly input?: 'raw' | 'unit';
  readonly temperature: number;
  readonly layers: readonly { readonly kernel: number[][]; readonly bias: number[] }[];
  readonly embedding: number[];
  readonly probabilities: readonly number[];
}

const vectorFile = new URL('../../../../tests/vectors/heads.json', import.meta.url);
const vectors = JSON.parse(readFileSync(vectorFile, 'utf8')) as { readonly heads: readonly HeadVector[] };

beforeAll(async () => {
  await import('../../src/engine/backends/cpu');
  await setBackend('cpu');
});

const open: Network[] = [];
afterEach(() => {
  for (const network of open.splice(0)) network.dispose();
});

async function read(backbone: BackboneFiles, head: HeadFiles): Promise<Network> {
  const network = await Network.read(backbone, head);
  open.push(network);
  return network;
}

/** A 2 × 2 picture whose channel means are 1, 2 and 8: the tiny backbone's embedding is [3, 6]. */
const PICTURE = Float32Array.of(1, 2, 8, 1, 2, 8, 1, 2, 8, 1, 2, 8);

describe('the network', () => {
  test('runs the graph, then the head: softmax of logits over the temperature', async () => {
    const head = headFiles([{ kernel: floats([1, 0, 0, 1], 2, 2), bias: floats([0, 1], 2) }], ['a', 'b'], 2);
    const { embedding, scaled, probabilities } = await (await read(tinyBackbone(), head)).run(PICTURE);
    expect(Array.from(embedding)).toEqual([3, 6]); // 1 + 2, and 2 + 8 held down by ReLU6
    expect(Array.from(scaled)).toEqual([3 / 2, 7 / 2]);
    const odds = Math.exp((7 - 3) / 2);
    expect(probabilities[1]).toBeCloseTo(odds / (1 + odds), 6);
    expect(probabilities[0]).toBeCloseTo(1 / (1 + odds), 6);
  });

  test('a hidden layer has ReLU, the last has none', async () => {
    const layers = [
      { kernel: floats([-1, 1, 0, 0], 2, 2), bias: floats([0, 0], 2) }, // [-3, 3] -> ReLU -> [0, 3]
      { kernel: floats([5, 0, 0, -1], 2, 2), bias: floats([0, 0], 2) }, // [0, -3]
    ];
    const { probabilities } = await (await read(tinyBackbone(), headFiles(layers, ['a', 'b']))).run(PICTURE);
    expect(probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
  });

  // The same file holds the Python side to the same numbers (tests/test_store/test_models_heads.py).
  for (const { input, temperature, layers, embedding, probabilities } of vectors.heads) {
    test(`a head over the ${input ?? 'absent'} embedding answers as the Python side does`, async () => {
      const labels = layers.at(-1)?.bias.map((_, i) => `label ${i}`) ?? [];
      const dense = layers.map(({ kernel, bias }) => ({
        kernel: floats(kernel.flat(), kernel.length, bias.length),
        bias: floats(bias, bias.length),
      }));
      const files = headFiles(dense, labels, temperature);
      const info = input ? { ...files.info, input } : files.info;
      const head = await Head.read({ ...files, info }, embedding.length);
      const found = head.apply(tensor(embedding, [1, embedding.length])).dataSync();
      head.dispose();
      probabilities.forEach((wanted, i) => expect(found[i]).toBeCloseTo(wanted, 6));
    });
  }

  test('an embedding of noughts has no norm, and yet an answer', async () => {
    const files = headFiles([{ kernel: floats([1, 0, 0, 1], 2, 2), bias: floats([0, 0], 2) }], ['a', 'b']);
    const head = await Head.read({ ...files, info: { ...files.info, input: 'unit' } }, 2);
    expect(Array.from(head.apply(tensor([0, 0], [1, 2])).dataSync())).toEqual([0.5, 0.5]);
    head.dispose();
  });

  test('names the best labels, likeliest first', async () => {
    const head = headFiles(
      [{ kernel: floats([0, 0, 0, 0, 0, 0], 2, 3), bias: floats([1, 3, 2], 3) }],
      ['a', 'b', 'c'],
    );
    const network = await read(tinyBackbone(), head);
    const { probabilities } = await network.run(PICTURE);
    const best = network.head.best(probabilities, 2);
    expect(best.map(({ className, rank }) => [className, rank])).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
    expect(best[0]?.probability).toBeGreaterThan(best[1]?.probability ?? 1);
  });

  test('keeps no tensor of a picture: as many after 200 runs and a change of head as before', async () => {
    const head = headFiles([{ kernel: floats([1, 0, 0, 1], 2, 2), bias: floats([0, 1], 2) }], ['a', 'b']);
    const network = await read(tinyBackbone(), head);
    await network.run(PICTURE);
    const before = memoryNow();
    for (let i = 0; i < 200; i++) await network.run(PICTURE);
    await network.bestOf(Float32Array.of(1, 2));
    network.useHead(await Head.read(head, 2));
    await network.head.logitsOf(Float32Array.of(1, 2, 3, 4), 2);
    expect(memoryNow()).toEqual(before);
  });

  test('leaves nothing behind when it is put away or cannot be made', async () => {
    const before = memory().numTensors;
    const head = headFiles([{ kernel: floats([1, 0, 0, 1], 2, 2), bias: floats([0, 1], 2) }], ['a', 'b']);
    (await Network.read(tinyBackbone(), head)).dispose();
    const wrong = headFiles(
      [{ kernel: floats([1, 0, 0, 1], 2, 2), bias: floats([0, 1], 2) }],
      ['a', 'b', 'c'],
    );
    await expect(Network.read(tinyBackbone(), wrong)).rejects.toThrow('other labels');
    expect(memory().numTensors).toBe(before);
  });

  test('refuses a head that does not fit the embedding', async () => {
    const head = headFiles([{ kernel: floats([1, 0, 1], 3, 1), bias: floats([0], 1) }], ['a']);
    await expect(Network.read(tinyBackbone(), head)).rejects.toThrow('does not fit');
  });
});

/** TF.js's kernel for each operation of the topologies; what has none is done by the converter itself. */
const KERNEL_OF: Readonly<Record<string, string | null>> = {
  Placeholder: null,
  Const: null,
  Identity: 'Identity',
  _FusedConv2D: 'FusedConv2D',
  AddV2: 'Add',
  Mean: 'Mean',
  FusedDepthwiseConv2dNative: 'FusedDepthwiseConv2D',
};

describe('every backend has what the networks need', () => {
  const folder = new URL('../../../../store/models/topologies/', import.meta.url);
  const operations = new Set(
    readdirSync(folder).flatMap((name) => {
      const { node } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { node: { op: string }[] };
      return node.map(({ op }) => op);
    }),
  );
  // The head's own, and those that TF.js's operations call underneath.
  const needed = [
    'Add',
    '_FusedMatMul',
    'BatchMatMul',
    'Relu',
    'RealDiv',
    'Softmax',
    'Multiply',
    'Mean',
    'Sqrt',
    'Reshape',
    'Cast',
    'Transpose',
  ];

  test('the operations of the topologies are all known here', () => {
    expect([...operations].filter((operation) => KERNEL_OF[operation] === undefined)).toEqual([]);
  });

  for (const backend of ['wasm', 'webgl', 'webgpu', 'cpu'] as const) {
    test(backend, async () => {
      await import(`../../src/engine/backends/${backend}.ts`);
      const registered = new Set(getKernelsForBackend(backend).map(({ kernelName }) => kernelName));
      const kernels = [...operations].flatMap((operation) => KERNEL_OF[operation] ?? []);
      expect([...kernels, ...needed].filter((kernel) => !registered.has(kernel))).toEqual([]);
    });
  }
});
