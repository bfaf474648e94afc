/** The JSON of records, exports and jobs, as `webui/local` writes it. Times are milliseconds since the Unix epoch. */

import type { DeviceInfo, Prediction, Source, UserFeedback } from '../statistics/records';
import type { PictureCard } from './types';

export type RecordKind = 'inference' | 'feedback' | 'event' | 'attachment';

/** One record of any kind: what does not go with the kind is null. */
export interface RecordCard {
  readonly id: string;
  readonly kind: RecordKind;
  readonly number: number;
  readonly sessionId: string;
  readonly timestamp: number;
  readonly receivedAt: number;
  readonly inferenceId: string | null;
  readonly hasThumbnail: boolean;
  readonly modelVersion: string | null;
  readonly modelAlpha: number | null;
  readonly backend: string | null;
  readonly source: Source | null;
  readonly picture: PictureCard['picture'];
  readonly predictions: readonly Prediction[];
  readonly inferenceTime: number | null;
  readonly preprocessingTime: number | null;
  readonly totalTime: number | null;
  readonly feedback: (UserFeedback & { readonly id: string }) | null;
  readonly event: {
    readonly stage: string;
    readonly code: string;
    readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  } | null;
}

export interface RecordPage {
  readonly records: readonly RecordCard[];
  readonly next: string | null;
}

/** All that is known of one record. */
export interface WholeRecord {
  readonly card: RecordCard;
  readonly record: Readonly<Record<string, unknown>>;
  readonly device: DeviceInfo | null;
  readonly said: readonly (UserFeedback & {
    readonly id: string;
    readonly timestamp: number;
    readonly retractedBy: string | null;
  })[];
  readonly embedding: { readonly numbers: number; readonly spaceId: string } | null;
  readonly hasCrop: boolean;
}

/** What there is to filter by. */
export interface Facets {
  readonly modelVersions: readonly string[];
  readonly backends: readonly string[];
  readonly sources: readonly string[];
  readonly labels: readonly { readonly label: string; readonly count: number }[];
  readonly codes: readonly { readonly stage: string; readonly code: string }[];
}

export type ExportFormat = 'json' | 'jsonl' | 'csv' | 'tfrecord';
export type ExportFilters = Readonly<Record<string, string | number | boolean>>;

export interface ExportRequest {
  readonly format: ExportFormat;
  readonly filters: ExportFilters;
  readonly gzip: boolean;
  /** Where it goes: the folder, or the very file; the user's downloads, if not said. */
  readonly folder?: string;
  readonly path?: string;
}

export interface ExportPreview {
  readonly records: number;
  readonly exact: boolean;
  readonly seconds: number;
}

/** Work of the server that takes long. */
export interface Job {
  readonly id: string;
  readonly kind: 'import' | 'fetch' | 'export' | 'model-export' | 'compress';
  readonly state: 'working' | 'done' | 'failed' | 'cancelled';
  readonly sentence: string;
  readonly advice: string;
  /** 0..1, null where that is unknown. */
  readonly progress: number | null;
  readonly secondsLeft: number | null;
  readonly path: string | null;
  readonly records: number | null;
}
