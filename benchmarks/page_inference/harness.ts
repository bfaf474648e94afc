/** Opens the page's own stations and the peers beside them, for the Python side to time in turn. */

import { wrap } from '../../webui/page/node_modules/comlink';
import type { InferenceWorker } from '../../webui/page/src/engine/inference-worker';
import { fetchModelFiles, type ModelFiles } from '../../webui/page/src/engine/model-files';
import { type Outcome, valueOf } from '../../webui/page/src/engine/outcome';
import { referenceInput, relativeError } from '../../webui/page/src/engine/reference-pattern';
import { Station } from '../../webui/page/src/engine/station';
import type { BackendName, ModelDescriptor } from '../../webui/page/src/engine/types';

interface Timed {
  /** Milliseconds of each of `runs` runs on the reference pattern, input array to output arrays. */
  time(runs: number): Promise<number[]>;
  embedding(): Promise<Float32Array>;
  close(): void;
}

const opened = new Map<string, Timed>();
const files = new Map<string, Promise<ModelFiles>>();

function filesOf(model: ModelDescriptor): Promise<ModelFiles> {
  const known = files.get(model.id) ?? fetchModelFiles(model, null, () => undefined);
  files.set(model.id, known);
  return known;
}

async function openOurs(
  name: string,
  model: ModelDescriptor,
  backend: BackendName,
  threads: number,
): Promise<object> {
  const set = await filesOf(model);
  const station = await Station.open({ backend, threads, halfPrecision: false }, set, () => undefined);
  opened.set(name, {
    time: (runs) =>
      station.handle.call((worker) => worker.time({ runs, budgetMs: 600_000, giveUpMs: 600_000 })),
    embedding: async () => {
      const input = referenceInput(set.backbone.info.preprocessing);
      return (await station.handle.call((worker) => worker.embed(input))).embedding;
    },
    close: () => station.handle.terminate(),
  });
  return { ...station.settings, relativeError: station.relativeError };
}

async function openPeer(name: string, model: ModelDescriptor, url: string, threads: number): Promise<number> {
  const { backbone } = await filesOf(model);
  const worker = new Worker('/peer_worker.js', { type: 'module' });
  const ask = <T>(step: string, argument?: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) =>
        'error' in data ? reject(new Error(data.error)) : resolve(data.value);
      worker.postMessage({ step, argument });
    });
  const values = channelsFirst(referenceInput(backbone.info.preprocessing));
  const real = await ask<number>('open', { url, threads, values });
  opened.set(name, {
    time: (runs) => ask('time', runs),
    embedding: () => ask('run'),
    close: () => worker.terminate(),
  });
  return real;
}

/** [1, 3, h, w] of [h, w, 3]: onnxruntime's own order, so that it need not turn the picture. */
function channelsFirst(picture: Float32Array): Float32Array {
  const area = picture.length / 3;
  return Float32Array.from(picture, (_, i) => picture[(i % area) * 3 + Math.floor(i / area)] as number);
}

/** Times of each in turn, `runs` at a time, with a pause in which the other's spinning threads go to sleep. */
async function interleave(
  names: string[],
  rounds: number,
  runs: number,
  pauseMs: number,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      times[name]?.push(...(await get(name).time(runs)));
    }
  }
  return times;
}

function get(name: string): Timed {
  const timed = opened.get(name);
  if (!timed) throw new Error(`${name} is not open`);
  return timed;
}

async function difference(name: string, other: string): Promise<number> {
  return relativeError(await get(name).embedding(), await get(other).embedding());
}

function close(name: string): void {
  get(name).close();
  opened.delete(name);
}

/** Best label of each picture on WebGL with TF.js's flags as given ("WEBGL_PACK:false"), or none. */
async function labelsOnWebgl(
  model: ModelDescriptor,
  flags: string,
  halfPrecision: boolean,
  pictures: string[],
): Promise<string[]> {
  const worker = new Worker(new URL('./flagged_worker.ts', import.meta.url), { type: 'module', name: flags });
  const remote = wrap<InferenceWorker>(worker);
  const value = async <T>(outcome: Promise<Outcome<T>>): Promise<T> => valueOf(await outcome);
  await value(remote.start({ backend: 'webgl', threads: 1, halfPrecision }));
  await value(remote.load(await filesOf(model)));
  const labels: string[] = [];
  for (const url of pictures) {
    const blob = await (await fetch(url)).blob();
    const { predictions } = await value(remote.recognise(blob, { keepThumbnail: false, keepCrop: false }));
    labels.push(predictions[0]?.className ?? '');
  }
  worker.terminate();
  return labels;
}

Object.assign(globalThis, { bench: { openOurs, openPeer, interleave, difference, close, labelsOnWebgl } });
