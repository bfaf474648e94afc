/** The JSON of learning anew by itself. Times are milliseconds; `decidedAt` is since the Unix epoch. */

import type { Share } from './training';

export type Cause = 'accuracy' | 'distribution' | 'data' | 'age';

/** The first and the last answers of one version; `drop` in points, with 95 % bounds. */
export interface AccuracyChange {
  readonly source: 'audited' | 'feedback';
  readonly before: Share;
  readonly now: Share;
  readonly drop: number;
  readonly low: number;
  readonly high: number;
}

/** How far the labels answered moved, in bits; chance alone stays under `bound` 99 times of 100. */
export interface Shift {
  readonly divergence: number;
  readonly bound: number;
  readonly chance: number;
  readonly before: number;
  readonly now: number;
}

export interface Evidence {
  /** Since the last training; null while the clock cannot be trusted. */
  readonly sinceMs: number | null;
  readonly newPictures: number;
  readonly modelVersion: string | null;
  readonly accuracy: AccuracyChange | null;
  readonly distribution: Shift | null;
}

/** Null: not for that. */
export interface Limits {
  readonly accuracyDrop: number | null;
  readonly distribution: number | null;
  readonly dataPoints: number | null;
  readonly days: number | null;
}

export interface Decision {
  readonly number: number;
  readonly decidedAt: number;
  readonly cause: Cause | 'asked';
  readonly decision: 'started' | 'held' | 'refused' | 'used';
  readonly runId: string | null;
  readonly facts: {
    readonly sentence: string;
    readonly advice: string;
    readonly evidence: Evidence | null;
    readonly limits: Limits | null;
  };
}

export interface Decisions {
  /** The newest first. */
  readonly decisions: readonly Decision[];
  readonly evidence: Evidence;
  readonly limits: Limits;
  /** What calls for a training now. */
  readonly causes: readonly Cause[];
}

/** The settings of it, in the names of `PATCH /api/settings`. */
export interface RetrainSettings {
  readonly retrainByItself: boolean;
  readonly retrainUse: boolean;
  readonly retrainAccuracyDrop: number | null;
  readonly retrainDistribution: number | null;
  readonly retrainDataPoints: number | null;
  readonly retrainDays: number | null;
  readonly retrainIdleMinutes: number;
  readonly retrainBatteryPercent: number;
}

type Send = <T>(path: string, body?: object) => Promise<T>;

export function decisionsOf(send: Send): Promise<Decisions> {
  return send('/api/retrain/decisions');
}
