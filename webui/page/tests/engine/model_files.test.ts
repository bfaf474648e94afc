import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchModelFiles, weightBytes } from '../../src/engine/model-files';
import type { ModelDescriptor } from '../../src/engine/types';
import { floats, GRAPH, headArrays, tinyBackbone, WEIGHTS } from './support/tiny_model';

type Served = Record<string, string | Uint8Array | undefined>;

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((done) => {
          server.closeAllConnections();
          server.close(done);
        }),
    ),
  );
});

function wholeSet(): Served {
  const { info } = tinyBackbone();
  return {
    'backbone.json': JSON.stringify(info),
    'model.float32.json': JSON.stringify(GRAPH),
    'float32.bin': WEIGHTS,
    'reference.json': JSON.stringify({ pattern: 1, embedding: { float32: 'AAAA' } }),
    'head.json': JSON.stringify({ temperature: 1, labels: [{ name: 'a', synonyms: [] }] }),
    'head.safetensors': headArrays([{ kernel: floats([1, 1], 2, 1), bias: floats([0], 1) }]),
    checks: JSON.stringify({ count: 1, logits: 'AAAAQA==' }),
  };
}

/** Serves `files` on a real socket; `asked` lists what was asked for. */
async function serve(files: Served): Promise<{ model: ModelDescriptor; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? '').split('/').pop() ?? '';
    asked.push(name);
    const body = files[name];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  servers.push(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/tiny/`;
  const model: ModelDescriptor = {
    id: 'tiny',
    name: 'Tiny',
    made: 'imported',
    architecture: 'mobilenet_v2',
    alpha: 1,
    spaceId: '0',
    variant: 'float32',
    backboneUrl: url,
    headUrl: url,
    checkUrl: `${url}checks`,
    labelCount: 1,
    calibrated: false,
    reject: null,
    source: 'a test',
    licence: 'MIT',
  };
  return { model, asked, server };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason as { code: string; sentence: string },
  );
  expect(error?.sentence).toMatch(/\.$/);
  return error?.code ?? 'none';
}

const quiet = (): void => undefined;

describe('a model’s files', () => {
  test('come with their bytes counted up to the whole', async () => {
    const { model } = await serve(wholeSet());
    const seen: [number, number][] = [];
    const files = await fetchModelFiles(model, null, (loaded, total) => seen.push([loaded, total]));
    expect(new Uint8Array(await files.backbone.weights.arrayBuffer())).toEqual(WEIGHTS);
    expect(files.backbone.reference).toBe('AAAA');
    expect(files.head.info.labels).toEqual([{ name: 'a', synonyms: [] }]);
    expect(files.head.check).toEqual({ count: 1, logits: Float32Array.of(2) });
    expect(seen[0]).toEqual([0, WEIGHTS.length]);
    expect(seen.at(-1)).toEqual([WEIGHTS.length, WEIGHTS.length]);
  });

  test('of a known backbone are not fetched again: only the head is', async () => {
    const { model, asked } = await serve(wholeSet());
    const { backbone } = await fetchModelFiles(model, null, quiet);
    asked.length = 0;
    const again = await fetchModelFiles({ ...model, id: 'retrained' }, backbone, quiet);
    expect(again.backbone).toBe(backbone);
    expect(asked.sort()).toEqual(['checks', 'head.json', 'head.safetensors']);
  });

  test('of another variant are', async () => {
    const { model, asked } = await serve({
      ...wholeSet(),
      'model.uint8.json': JSON.stringify(GRAPH),
      'uint8.bin': WEIGHTS,
    });
    const { backbone } = await fetchModelFiles(model, null, quiet);
    asked.length = 0;
    const other = await fetchModelFiles({ ...model, variant: 'uint8' }, backbone, quiet);
    expect(other.backbone.reference).toBeNull();
    expect(asked).toContain('uint8.bin');
  });

  for (const name of Object.keys(wholeSet())) {
    test(`without ${name} are missing`, async () => {
      const { model } = await serve({ ...wholeSet(), [name]: undefined });
      expect(await codeOf(fetchModelFiles(model, null, quiet))).toBe('model-missing');
    });
  }

  test('are damaged where weights are cut or too long', async () => {
    for (const weights of [WEIGHTS.slice(1), new Uint8Array([...WEIGHTS, 0])]) {
      const { model } = await serve({ ...wholeSet(), 'float32.bin': weights });
      expect(await codeOf(fetchModelFiles(model, null, quiet))).toBe('model-damaged');
    }
  });

  test('are damaged where a description is no JSON, or a head has no labels or takes what is not known', async () => {
    for (const [name, text] of [
      ['model.float32.json', '{'],
      ['head.json', '{"temperature":1,"labels":[]}'],
      ['head.json', '{"temperature":1,"labels":[{"name":"a","synonyms":[]}],"input":"logarithm"}'],
    ] as const) {
      const { model } = await serve({ ...wholeSet(), [name]: text });
      expect(await codeOf(fetchModelFiles(model, null, quiet))).toBe('model-damaged');
    }
  });

  test('cannot be reached where nobody listens', async () => {
    const { model, server } = await serve(wholeSet());
    await new Promise((done) => server.close(done));
    expect(await codeOf(fetchModelFiles(model, null, quiet))).toBe('model-unreachable');
  });
});

test('quantised weights are counted at the width they are stored in', () => {
  const weights = [
    { name: 'a', shape: [10], dtype: 'float32', quantization: { dtype: 'uint8' } },
    { name: 'b', shape: [2, 5], dtype: 'float32', quantization: { dtype: 'float16' } },
    { name: 'c', shape: [], dtype: 'int32' },
  ];
  expect(weightBytes({ ...GRAPH, weightsManifest: [{ paths: [], weights }] })).toBe(10 + 20 + 4);
});
