/**
 * What the page knows of the engine: the values that cross between `src/engine` and everything else.
 *
 * Times are milliseconds (performance.now differences), sizes are pixels or bytes as named.
 * The engine's one door is `EnginePool` (`./engine-pool`); this file has types only.
 */

export type BackendName = 'wasm' | 'webgl' | 'webgpu' | 'cpu';
export type Variant = 'float32' | 'float16' | 'uint8';
export type EngineState = 'idle' | 'loading' | 'warming' | 'ready' | 'failed';

/**
 * Of `n` pictures held back: with answers under a threshold of confidence withheld, so many are answered, and so
 * many of these wrong. An answer that is less familiar than `floor` is of something unknown, however sure.
 */
export interface RejectCurve {
  readonly n: number;
  readonly floor: number | null;
  readonly curve: readonly (readonly [threshold: number, answered: number, wrong: number])[];
}

/** One model as the server describes it (`GET /api/session`, `GET /api/models`). */
export interface ModelDescriptor {
  readonly id: string;
  readonly name: string;
  readonly made: string;
  readonly architecture: string;
  readonly alpha: number | null;
  readonly spaceId: string;
  readonly variant: Variant;
  /** Folder address ending in `/`, e.g. `/models/<sha256>/`. */
  readonly backboneUrl: string;
  readonly headUrl: string;
  /** Where the server says what the head's numbers have to be. */
  readonly checkUrl: string;
  readonly labelCount: number;
  /** Whether its probabilities were held against pictures that it was not fitted to. */
  readonly calibrated: boolean;
  /** How wrong it is above each confidence; null where that was not measured. */
  readonly reject: RejectCurve | null;
  readonly source: string;
  readonly licence: string;
}

/** How the pixels become the network's input: x = (pixel - offset) / scale. */
export interface Preprocessing {
  readonly size: number;
  readonly cropFraction: number;
  readonly resize: 'triangle';
  readonly offset: number;
  readonly scale: number;
}

/** A label of the active head, with the other names people use for it. */
export interface EngineLabel {
  readonly name: string;
  readonly synonyms: readonly string[];
}

export interface EnginePrediction {
  readonly className: string;
  readonly probability: number;
  /** 1 is the best. */
  readonly rank: number;
}

/** TF.js's own account of its memory after the picture (`tf.memory()`). */
export interface EngineMemory {
  readonly numTensors: number;
  readonly numBytes: number;
  readonly numDataBuffers: number;
}

export interface RecogniseOptions {
  readonly keepThumbnail: boolean;
  readonly keepCrop: boolean;
  /** How many answers to return; 5 when not said. */
  readonly topK?: number;
  /** The file's name, used only to know raw camera formats that share TIFF's signature. */
  readonly fileName?: string;
  /** `batch` may run on any worker; `interactive` (the default) goes before waiting batch pictures. */
  readonly priority?: 'interactive' | 'batch';
  /** Gives the picture up if it has not begun; the promise then rejects with code `cancelled`. */
  readonly signal?: AbortSignal;
}

/** Everything that is known of one picture after it was recognised. */
export interface Recognition {
  /** Hex SHA-256 of the file's bytes. */
  readonly sha256: string;
  /** Size in pixels after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** EXIF DateTimeOriginal exactly as the camera wrote it ("2024:05:01 12:00:00"), else null. */
  readonly capturedAt: string | null;
  readonly predictions: readonly EnginePrediction[];
  /** The largest logit over the temperature: how far the picture lies along its label's direction. */
  readonly familiarity: number;
  readonly decodeTime: number;
  /** Cutting, resizing and scaling the pixels; decodeTime is not part of it. */
  readonly preprocessingTime: number;
  readonly inferenceTime: number;
  /** From the moment the worker took the picture to the answer. */
  readonly totalTime: number;
  readonly memoryUsage: EngineMemory;
  /** The bits of IEEE float16 numbers, one per feature. */
  readonly embedding: Uint16Array;
  /** At most 320 px on the long side, WebP or JPEG; null unless asked for. */
  readonly thumbnail: Blob | null;
  /** The 224-pixel square the network saw; null unless asked for. */
  readonly crop: Blob | null;
  /** At most 2048 px; only when the original is too big to show. */
  readonly preview: Blob | null;
  readonly backend: BackendName;
  readonly variant: Variant;
  /** ModelDescriptor.id of the model that answered. */
  readonly modelVersion: string;
}

export type FailureStage = 'load' | 'decode' | 'preprocess' | 'inference' | 'backend';

export type FailureCode =
  | 'empty-file'
  | 'truncated'
  | 'not-a-picture'
  | 'unreadable-picture'
  | 'format-heic'
  | 'format-tiff'
  | 'format-raw'
  | 'format-other'
  | 'out-of-memory'
  | 'too-large'
  | 'file-gone'
  | 'cancelled'
  | 'model-missing'
  | 'model-damaged'
  | 'model-unreachable'
  | 'wrong-numbers'
  | 'no-backend'
  | 'context-lost'
  | 'worker-crashed'
  | 'internal';

/** What a failure carries; `RecognitionFailure` (`./failure`) is the Error that has these fields. */
export interface FailureDetail {
  readonly stage: FailureStage;
  readonly code: FailureCode;
  /** What happened, one sentence for people. */
  readonly sentence: string;
  /** What to do, one sentence for people. */
  readonly advice: string;
}

/** What was measured of one backend on this device with this backbone. */
export interface BackendFigure {
  readonly backend: BackendName;
  readonly threads: number;
  /** WebGL with float16 textures. */
  readonly halfPrecision: boolean;
  readonly correct: boolean;
  /** ||page - reference|| / ||reference|| on the reference pattern; null where it never ran. */
  readonly relativeError: number | null;
  readonly medianMs: number | null;
  /** Why it has no time or was given up, else null. */
  readonly note: string | null;
}

/** How batches ran fastest on WASM here: so many workers, each with so many threads. */
export interface BatchPlan {
  readonly workers: number;
  readonly threads: number;
  readonly picturesPerSecond: number | null;
}

/** Figures to keep between visits; valid only for the same device and backbone (`key`). */
export interface StoredFigures {
  readonly schema: 1;
  readonly key: string;
  readonly figures: readonly BackendFigure[];
  readonly batch: BatchPlan | null;
}

export interface DeviceInfo {
  readonly gpu: { readonly vendor: string | null; readonly renderer: string | null } | null;
  readonly webglVersion: string | null;
  /** GiB, as the browser rounds it. */
  readonly deviceMemory: number | null;
  readonly hardwareConcurrency: number | null;
  readonly userAgent: string | null;
}

export interface EnginePoolOptions {
  readonly preferred: 'auto' | BackendName;
  readonly figures: StoredFigures | null;
}

/** How far the page's numbers of a model are from the reference; null where they are no numbers. */
export interface NumbersCheck {
  /** ModelDescriptor.id. */
  readonly model: string;
  readonly backend: BackendName;
  readonly maxRelative: number | null;
  /** WebGL with float16 textures, which may be off by more. */
  readonly halfPrecision: boolean;
  readonly correct: boolean;
}

/** The pool's events; each is a CustomEvent whose `detail` is the value here. */
export interface EngineEvents {
  progress: { readonly loadedBytes: number; readonly totalBytes: number };
  state: { readonly state: EngineState };
  backend: { readonly from: BackendName | null; readonly to: BackendName; readonly reason: string };
  'context-lost': { readonly backend: BackendName; readonly code: 'context-lost' | 'worker-crashed' };
  figures: { readonly figures: StoredFigures };
  checked: NumbersCheck;
}

/** The engine's door; implemented by `EnginePool` in `./engine-pool`. */
export interface Engine extends EventTarget {
  readonly backend: BackendName | null;
  /** Threads of the backend at work (1 where it has none). */
  readonly threads: number;
  readonly state: EngineState;
  /** How many pictures it works on side by side in a batch; handing over twice as many keeps it busy. */
  readonly concurrency: number;
  /** Loads (or changes to) a model; `ready` after warm-up. Rejects with RecognitionFailure. */
  load(model: ModelDescriptor): Promise<void>;
  /** Tries a model's numbers beside the one at work, which goes on. Rejects with RecognitionFailure. */
  tryOut(model: ModelDescriptor): Promise<void>;
  /** Has a model that is not at work look at a picture, once nobody waits for anything. Rejects likewise. */
  lookBeside(model: ModelDescriptor, blob: Blob, fileName: string): Promise<Recognition>;
  /** Rejects with RecognitionFailure; one picture's failure never touches another. */
  recognise(blob: Blob, options: RecogniseOptions): Promise<Recognition>;
  /** Measures every backend the browser has, whatever is stored; also runs by itself when idle. */
  measure(): Promise<readonly BackendFigure[]>;
  /** Names of the active head's labels, in the head's order. */
  labels(): string[];
  labelsWithSynonyms(): readonly EngineLabel[];
  setPreferred(preferred: 'auto' | BackendName): Promise<void>;
  dispose(): void;
  on<K extends keyof EngineEvents>(type: K, listener: (detail: EngineEvents[K]) => void): () => void;
}
