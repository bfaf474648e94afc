/** The JSON of `GET /api/metrics/performance`. Times are ms since the Unix epoch, durations ms, shares 0 to 1. */

export type WindowName = '24h' | '7d' | '30d' | '90d' | 'all';

/** Against the window before, with the bounds of its 95 % interval. */
export interface Change {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Figure {
  readonly value: number | null;
  /** From how many records. */
  readonly n: number;
  /** The bounds of its 95 % interval, where it is an estimate. */
  readonly low: number | null;
  readonly high: number | null;
  readonly change: Change | null;
  /** The question for `GET /api/records` and `#/history?…` that lists exactly what is behind the figure. */
  readonly records: string | null;
}

export interface LatencyRow {
  readonly stage: 'inference' | 'preprocessing' | 'total';
  /** null: all together. */
  readonly backend: string | null;
  readonly modelVersion: string | null;
  readonly p50: Figure;
  readonly p95: Figure;
  readonly p99: Figure;
}

export interface DeviceRow {
  readonly device: string;
  readonly vendor: string | null;
  readonly renderer: string | null;
  readonly webglVersion: string | null;
  /** GiB. */
  readonly deviceMemory: number | null;
  readonly hardwareConcurrency: number | null;
  readonly answers: Figure;
  readonly share: number;
}

export interface RouteRow {
  readonly method: string;
  readonly route: string;
  /** Its class, such as `2xx`. */
  readonly status: string;
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface Percentiles {
  readonly n: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export type StoredKind =
  | 'records'
  | 'embeddings'
  | 'thumbnails'
  | 'crops'
  | 'feedback'
  | 'other'
  | 'backups'
  | 'models'
  | 'logs';

export interface TimedPoint extends Percentiles {
  readonly at: number;
}

export interface LatencyPoint extends TimedPoint {
  readonly backend: string | null;
}

export interface AccuracyPoint {
  readonly at: number;
  readonly n: number;
  readonly correct: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface MemoryPoint {
  readonly at: number;
  readonly n: number;
  readonly meanBytes: number | null;
  readonly maxBytes: number | null;
  readonly meanTensors: number | null;
  readonly maxTensors: number | null;
}

export interface CountPoint {
  readonly at: number;
  readonly n: number;
}

export interface PerformanceFigures {
  readonly window: { readonly name: WindowName; readonly from: number; readonly to: number; readonly bucketMs: number };
  /** Records that are stored and not in the figures yet. */
  readonly pending: number;
  readonly previous: { readonly from: number; readonly to: number } | null;
  readonly counts: Readonly<
    Record<'answers' | 'pictures' | 'feedback' | 'corrections' | 'errors' | 'sessions', Figure>
  >;
  readonly latency: readonly LatencyRow[];
  readonly accuracy: {
    readonly overall: Figure;
    readonly byModelVersion: readonly { readonly modelVersion: string; readonly accuracy: Figure }[];
    readonly audited: Figure;
  };
  readonly errors: readonly { readonly stage: string; readonly code: string; readonly count: Figure }[];
  readonly devices: readonly DeviceRow[];
  readonly memory: { readonly numBytes: Figure; readonly numTensors: Figure };
  readonly server: { readonly requests: Figure; readonly errors: Figure; readonly routes: readonly RouteRow[] };
  readonly database: {
    readonly fileBytes: number;
    readonly walBytes: number;
    readonly freeBytes: number;
    readonly commit: Percentiles;
    readonly query: Percentiles;
  };
  readonly storage: readonly { readonly kind: StoredKind; readonly bytes: number; readonly count: number }[];
  readonly retraining: {
    readonly triggers: Figure;
    readonly causes: readonly { readonly cause: string; readonly count: number }[];
  };
  readonly series: {
    readonly latency: readonly LatencyPoint[];
    readonly accuracy: readonly AccuracyPoint[];
    readonly memory: readonly MemoryPoint[];
    readonly answers: readonly CountPoint[];
    readonly errors: readonly CountPoint[];
    readonly requests: readonly TimedPoint[];
  };
}
