// Runs the variants of a backbone set in TensorFlow.js on the reference pattern; prints the worst relative errors.
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const [page, folder] = process.argv.slice(2);
const load = createRequire(path.join(page, 'package.json'));
const tf = load('@tensorflow/tfjs-core');
const { loadGraphModelSync } = load('@tensorflow/tfjs-converter');
load('@tensorflow/tfjs-backend-cpu');

const json = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
const bytes = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length);

function pattern({ size, offset, scale }) {
  const values = new Float32Array(size * size * 3);
  for (let i = 0; i < values.length; i++) {
    const c = i % 3, x = ((i - c) / 3) % size, y = Math.floor(i / 3 / size);
    const noise = Math.floor(((i * 1103515245 + 12345) % 2147483648) / 65536) % 32;
    values[i] = (((x * (c + 2) + y * (4 - c) + noise) % 256) - offset) / scale;
  }
  return tf.tensor(values, [1, size, size, 3]);
}

function worst(found, wanted) {
  let difference = 0, largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    difference = Math.max(difference, Math.abs(found[i] - wanted[i]));
    largest = Math.max(largest, Math.abs(wanted[i]));
  }
  return found.length === wanted.length ? difference / largest : Infinity;
}

function run(variant, input, reference) {
  const model = json(`model.${variant}.json`);
  const [{ paths, weights }] = model.weightsManifest;
  const weightData = bytes(fs.readFileSync(path.join(folder, paths[0])));
  const graph = loadGraphModelSync({ load: () => ({ ...model, weightSpecs: weights, weightData }) });
  const names = ['embedding', 'features'].map((name) => model.signature.outputs[name].name);
  const [embedding, features] = graph.execute({ input }, names);
  const wanted = new Float32Array(bytes(Buffer.from(reference.embedding[variant], 'base64')));
  const mean = tf.mean(features, [1, 2]).dataSync();
  return { embedding: worst(embedding.dataSync(), wanted), features: worst(mean, wanted) };
}

tf.setBackend('cpu').then(() => {
  const input = pattern(json('backbone.json').preprocessing);
  const reference = json('reference.json');
  const results = ['float32', 'float16', 'uint8'].map((variant) => [variant, run(variant, input, reference)]);
  console.log(JSON.stringify(Object.fromEntries(results)));
});
