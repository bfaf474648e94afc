import { uuidv7 } from 'uuidv7';
import type { EventRecord, FeedbackRecord, HeavyParts, InferenceRecord } from '../../src/statistics/records';

/** An inference as the page records it. */
export function inference(changes: Partial<InferenceRecord> = {}): InferenceRecord {
  return {
    kind: 'inference',
    id: uuidv7(),
    timestamp: 1_760_000_000_000,
    modelVersion: 'efficientnet-lite0-imagenet-1a2b3c4d',
    modelAlpha: null,
    predictions: [1, 2, 3, 4, 5].map((rank) => ({ className: `label ${rank}`, probability: 0.5 / rank, rank })),
    inferenceTime: 34.2,
    preprocessingTime: 5.1,
    totalTime: 48.9,
    memoryUsage: { numTensors: 111, numBytes: 18_600_000, numDataBuffers: 111 },
    userFeedback: null,
    backend: 'wasm',
    variant: 'float32',
    spaceId: 'ab'.repeat(32),
    source: 'file',
    picture: {
      sha256: 'cd'.repeat(32),
      fileName: 'heron.jpg',
      path: null,
      width: 4000,
      height: 3000,
      bytes: 2_000_000,
      capturedAt: '2026:05:01 12:00:00',
    },
    ...changes,
  };
}

export function heavyParts(): HeavyParts {
  return { embedding: 'A'.repeat(3416), thumbnail: 'B'.repeat(20_000), crop: null };
}

export function feedback(inferenceId: string): FeedbackRecord {
  const userFeedback = { isCorrect: false, correctedLabel: 'wolf', confidence: 1 };
  return { kind: 'feedback', id: uuidv7(), timestamp: 1_760_000_000_500, inferenceId, userFeedback, retracts: null };
}

export function failure(): EventRecord {
  return {
    kind: 'event',
    id: uuidv7(),
    timestamp: 1_760_000_000_000,
    stage: 'decode',
    code: 'not-a-picture',
    modelVersion: null,
    backend: null,
    picture: null,
    detail: { fileName: 'notes.txt' },
  };
}
