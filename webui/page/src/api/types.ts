/** The JSON of the local API, as `webui/local` writes it. Times are milliseconds since the Unix epoch. */

import type { ModelDescriptor, StoredFigures, Variant } from '../engine/types';
import type { Prediction, Source, UserFeedback } from '../statistics/records';

export type Theme = 'system' | 'light' | 'dark' | 'sun';
export type BackendChoice = 'auto' | 'wasm' | 'webgl' | 'webgpu' | 'cpu';

export interface Settings {
  keepThumbnails: boolean;
  keepCrops: boolean;
  /** Whether the numbers that the model learns from are kept. */
  keepEmbeddings: boolean;
  /** Whether the first run was seen to its end, or a picture came before. */
  firstRunDone: boolean;
  theme: Theme;
  backend: BackendChoice;
  backendFigures: StoredFigures | null;
  /** Below this calibrated confidence the page says that it does not know; null: it always answers. */
  rejectBelow: number | null;
  /** The model that a share of the sessions tries instead of the one at work. */
  trialVersion: string | null;
  trialShare: number;
  /** Only what is asked for goes to the collector. */
  costlyConnection: boolean;
  /** The share of new pictures that chance picks to be named without their answer in sight. */
  auditShare: number;
  /** The share of pictures that are also shown to a model over another backbone that is in the shadow. */
  shadowShare: number;
}

/** Whether the server has a model to give, with what to say and to do where it has none. */
export interface ModelStatus {
  readonly state: 'ready' | 'preparing' | 'missing' | 'failed';
  readonly sentence: string | null;
  readonly advice: string | null;
  /** 0..1 while preparing, else null. */
  readonly progress: number | null;
}

/** Whether the server takes what is recorded, with what happened and what to do where it does not. */
export interface MemoryState {
  readonly state: 'well' | 'full' | 'read-only';
  readonly sentence: string;
  readonly advice: string;
}

export interface Session {
  readonly app: { readonly name: string; readonly version: string };
  readonly installId: string;
  readonly model: ModelDescriptor | null;
  readonly modelStatus: ModelStatus;
  readonly memory: MemoryState;
  readonly settings: Settings;
  /** The id of `model` where this session tries another than the one at work. */
  readonly tries: string | null;
  /** The versions that are to answer beside the one at work, the newest last. */
  readonly shadows: readonly ModelDescriptor[];
  /** How the run of the server before ended, where nobody wanted that: the whole of it, or a part. */
  readonly crash?: { readonly kind: 'ended' | 'part'; readonly at: number } | null;
}

/** One picture of the past, as the strip shows it. */
export interface PictureCard {
  readonly inferenceId: string;
  readonly timestamp: number;
  readonly modelVersion: string;
  readonly backend: string | null;
  readonly source?: Source | null;
  readonly picture: {
    readonly sha256: string;
    readonly fileName: string;
    readonly path?: string | null;
    readonly width?: number | null;
    readonly height?: number | null;
    readonly bytes?: number | null;
    readonly capturedAt?: string | null;
  } | null;
  readonly predictions: readonly Prediction[];
  readonly inferenceTime: number;
  readonly totalTime: number;
  readonly feedback: (UserFeedback & { readonly id: string }) | null;
  readonly hasThumbnail: boolean;
}

export interface PicturePage {
  readonly pictures: readonly PictureCard[];
  readonly next: string | null;
}

/** What the user said of pictures, added up: by label so many, and their mean direction (base64 of float32). */
export interface ExampleMeans {
  readonly spaceId: string;
  readonly labels: readonly { readonly label: string; readonly count: number; readonly mean: string }[];
}

/** A row of the registry. */
export interface ModelVersion {
  readonly id: string;
  readonly name: string;
  readonly architecture: string;
  readonly alpha: number | null;
  readonly variant: Variant;
  readonly state: 'candidate' | 'shadow' | 'active' | 'retired';
  readonly made: string;
  readonly source: string;
  readonly licence: string;
  readonly labelCount: number;
  readonly createdAt: number;
  /** The version from which it was learned. */
  readonly parentId?: string | null;
  readonly metrics?: Readonly<Record<string, unknown>>;
  readonly descriptor?: ModelDescriptor;
}

export interface ModelList {
  readonly active: string | null;
  /** Where going back leads. */
  readonly before?: string | null;
  readonly versions: readonly ModelVersion[];
}
