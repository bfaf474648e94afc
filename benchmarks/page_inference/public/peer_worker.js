// onnxruntime-web in a worker of its own, as ours is: a network is opened once, then timed run by run.
import * as ort from '/onnxruntime-web/ort.wasm.min.mjs';

ort.env.wasm.wasmPaths = '/onnxruntime-web/';
let session;
let input;

const steps = {
  async open({ url, threads, values }) {
    ort.env.wasm.numThreads = threads;
    const model = new Uint8Array(await (await fetch(url)).arrayBuffer());
    session = await ort.InferenceSession.create(model, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
    });
    input = values;
    return ort.env.wasm.numThreads;
  },
  async run() {
    const { embedding } = await session.run({ input: new ort.Tensor('float32', input, [1, 3, 224, 224]) });
    return embedding.data;
  },
  async time(runs) {
    const times = [];
    for (let i = 0; i < runs; i++) {
      const begun = performance.now();
      await steps.run();
      times.push(performance.now() - begun);
    }
    return times;
  },
};

onmessage = async ({ data: { step, argument } }) => {
  try {
    postMessage({ value: await steps[step](argument) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
