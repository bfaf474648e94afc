/**
 * The records of `POST /api/statistics` as they go over the wire (store/events.py is the other side).
 * Durations are milliseconds, `timestamp` is milliseconds since the Unix epoch.
 */

import type { DeviceInfo } from '../engine/types';

export type { DeviceInfo };

export type Source = 'file' | 'camera' | 'paste' | 'folder';

export interface Prediction {
  readonly className: string;
  readonly probability: number;
  readonly rank: number;
}

/** `isCorrect` null with `confidence` 0.5 is "I don't know". */
export interface UserFeedback {
  readonly isCorrect: boolean | null;
  readonly correctedLabel: string | null;
  readonly confidence: number;
}

export interface PictureFacts {
  readonly sha256: string;
  readonly fileName: string;
  readonly path: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly bytes: number | null;
  readonly capturedAt: string | null;
}

export interface MemoryUsage {
  readonly numTensors: number;
  readonly numBytes: number;
  readonly numDataBuffers: number;
}

export interface InferenceRecord {
  readonly kind: 'inference';
  readonly id: string;
  readonly timestamp: number;
  readonly modelVersion: string;
  readonly modelAlpha: number | null;
  readonly predictions: readonly Prediction[];
  readonly inferenceTime: number;
  readonly preprocessingTime: number;
  readonly totalTime: number;
  readonly memoryUsage: MemoryUsage;
  readonly userFeedback: UserFeedback | null;
  readonly backend: string;
  readonly variant: string;
  readonly spaceId: string | null;
  readonly source: Source;
  readonly picture: PictureFacts;
}

/**
 * What the user said; `retracts` names the earlier word that this one takes back. `blind`: a picture drawn by chance
 * was named without its answer in sight.
 */
export interface FeedbackRecord {
  readonly kind: 'feedback';
  readonly id: string;
  readonly timestamp: number;
  readonly inferenceId: string;
  readonly userFeedback: UserFeedback | null;
  readonly retracts: string | null;
  readonly blind?: true;
}

export interface EventRecord {
  readonly kind: 'event';
  readonly id: string;
  readonly timestamp: number;
  readonly stage: string;
  readonly code: string;
  readonly modelVersion: string | null;
  readonly backend: string | null;
  readonly picture: PictureFacts | null;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** The heavy parts of an inference whose light part went ahead. */
export interface AttachmentRecord extends HeavyParts {
  readonly kind: 'attachment';
  readonly id: string;
  readonly timestamp: number;
  readonly inferenceId: string;
}

/** Base64: the embedding's little-endian float16 numbers, and two small pictures. */
export interface HeavyParts {
  readonly embedding: string | null;
  readonly thumbnail: string | null;
  readonly crop: string | null;
}

/** A record without its heavy parts. */
export type LightRecord = InferenceRecord | FeedbackRecord | EventRecord;

export type WireRecord = (InferenceRecord & Partial<HeavyParts>) | FeedbackRecord | EventRecord | AttachmentRecord;

export interface BatchBody {
  readonly sessionId: string;
  readonly deviceInfo: DeviceInfo | null;
  readonly statistics: readonly WireRecord[];
}

/** Why the server did not take one record of a batch. */
export interface Rejection {
  readonly index: number;
  readonly id: string | null;
  readonly code: string;
  readonly reason: string;
}

export interface BatchResult {
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: readonly Rejection[];
}
