// Loads an exported folder in TensorFlow.js, as a graph or a layers model, and prints what it answers for one input.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [page, folder, inputFile] = process.argv.slice(2);
const load = createRequire(path.join(page, 'package.json'));
const tf = load('@tensorflow/tfjs-core');
load('@tensorflow/tfjs-backend-cpu');

const floats = (file) => {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};
const described = JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8'));
const handler = tf.io.fromMemory({
  ...described,
  weightSpecs: described.weightsManifest[0].weights,
  weightData: floats(path.join(folder, 'weights.bin')),
});
const input = tf.tensor(new Float32Array(floats(inputFile)), [1, 224, 224, 3]);

async function answers() {
  if (described.format === 'layers-model') {
    const model = await load('@tensorflow/tfjs-layers').loadLayersModel(handler);
    return { probabilities: Array.from(model.predict(input).dataSync()) };
  }
  const model = await load('@tensorflow/tfjs-converter').loadGraphModel(handler);
  const outputs = Object.keys(described.signature.outputs);
  const found = model.predict(input);
  return Object.fromEntries(outputs.map((name, at) => [name, Array.from(found[at].dataSync())]));
}

await tf.setBackend('cpu');
const { probabilities, embedding } = await answers();
console.log(JSON.stringify({ probabilities, embedding }));
