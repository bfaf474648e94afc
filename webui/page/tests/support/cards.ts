import { uuidv7 } from 'uuidv7';
import type { RecordCard } from '../../src/api/record_types';

/** The card of an answer. */
export function card(changes: Partial<RecordCard> = {}): RecordCard {
  const id = changes.id ?? uuidv7();
  return {
    id,
    kind: 'inference',
    number: 1,
    sessionId: 's',
    timestamp: 1_780_000_000_000,
    receivedAt: 1_780_000_000_000,
    inferenceId: id,
    hasThumbnail: false,
    modelVersion: 'lite0',
    modelAlpha: null,
    backend: 'wasm',
    source: 'file',
    picture: { sha256: 'a'.repeat(64), fileName: 'IMG_0001.JPG' },
    predictions: [{ className: 'fox', probability: 0.9, rank: 1 }],
    inferenceTime: 34,
    preprocessingTime: 5,
    totalTime: 39,
    feedback: null,
    event: null,
    ...changes,
  };
}
