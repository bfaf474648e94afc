import type { Recognition } from '../../src/engine/types';

/** What the engine tells of a picture; the embedding is [1, -2]. */
export function recognition(changes: Partial<Recognition> = {}): Recognition {
  return {
    sha256: 'ab'.repeat(32),
    width: 640,
    height: 480,
    bytes: 12_345,
    capturedAt: null,
    predictions: [{ className: 'heron', probability: 0.9, rank: 1 }],
    familiarity: 12,
    decodeTime: 5,
    preprocessingTime: 4,
    inferenceTime: 34,
    totalTime: 45,
    memoryUsage: { numTensors: 100, numBytes: 1_000_000, numDataBuffers: 100 },
    embedding: new Uint16Array([0x3c00, 0xc000]),
    thumbnail: null,
    crop: null,
    preview: null,
    backend: 'wasm',
    variant: 'float32',
    modelVersion: 'starter',
    ...changes,
  };
}
