/** The JSON of trainings and of comparing versions. Times are milliseconds since the Unix epoch. */

export type Mode = 'head' | 'fine-tune' | 'full';
export type LabelMode = 'mine' | 'extend';
export type Stage = 'collect' | 'prepare' | 'fit' | 'calibrate' | 'judge' | 'write' | 'register';

/** What one pass over the pictures came to, of pictures not learned from. */
export interface Epoch {
  readonly number: number;
  readonly loss?: number | null;
  readonly accuracy?: number | null;
}

export interface TrainingRun {
  readonly id: string;
  readonly mode: Mode;
  readonly labelMode: LabelMode;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly askedBy: 'user' | 'trigger' | 'command';
  readonly parentVersion: string | null;
  readonly version: string | null;
  readonly stage: Stage;
  readonly sentence: string;
  readonly advice: string;
  /** 0..1 of the whole. */
  readonly progress: number | null;
  readonly secondsLeft: number | null;
  readonly epochs: readonly Epoch[];
  readonly createdAt: number;
  readonly endedAt: number | null;
}

/** A check of a version; null where too little is known to tell. */
export interface Gate {
  readonly name: string;
  readonly passed: boolean | null;
  readonly figure: number | null;
  readonly limit: number | null;
  readonly sentence: string;
  readonly pictures: readonly number[];
}

/** A share with its 95 % interval. */
export interface Share {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/** B minus A on the same pictures. */
export interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly onlyA: number;
  readonly onlyB: number;
}

export interface ReliabilityBin {
  readonly count: number;
  readonly confidence: number;
  readonly accuracy: number;
}

/** Places of `labels`: what it is, what was answered, how often. */
export type Cell = readonly [label: number, answered: number, count: number];

export interface Confusion {
  /** "" is "none of these". */
  readonly labels: readonly string[];
  readonly cells: readonly Cell[];
}

export interface VersionSide {
  readonly id: string;
  readonly name: string;
  /** Whether it has answered anew; else its training kept the answers. */
  readonly recomputed: boolean;
  readonly accuracy: Share;
  readonly ece: number | null;
  readonly reliability: readonly ReliabilityBin[];
  readonly confusion: Confusion;
  readonly feedback: Share;
}

export interface LabelCompared {
  readonly label: string;
  readonly a: Share;
  readonly b: Share;
  readonly difference: Difference;
}

export interface Comparison {
  readonly a: VersionSide;
  readonly b: VersionSide;
  readonly difference: Difference | null;
  readonly perLabel: readonly LabelCompared[];
}

/** How a version does that answers beside the one at work; both accuracies are of the same judged pictures. */
export interface Beside {
  readonly n: number;
  readonly agreement: Share;
  readonly activeAccuracy: Share;
  readonly shadowAccuracy: Share;
  readonly betterBy: Share;
  /** Of a version over another backbone, which has to see the pictures itself: milliseconds for each. */
  readonly cost: { readonly pictures: number; readonly ms: number } | null;
}

export interface JudgedPicture {
  readonly sha256: string;
  readonly fileName: string;
  readonly hasThumbnail: boolean;
  readonly label: string;
  readonly answered: string;
  readonly right: boolean;
}

export interface JudgedPictures {
  readonly pictures: readonly JudgedPicture[];
  readonly count: number;
}

/** Which pictures of a version: of a check, or of a cell of its confusion. */
export type JudgedChoice = Readonly<Partial<Record<'gate' | 'label' | 'answered' | 'beside', string>>>;

export type Send = <T>(path: string, body?: object) => Promise<T>;

/** The routes of trainings, and of versions that are judged, used and gone back from. */
export class TrainingApi {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  async runs(): Promise<readonly TrainingRun[]> {
    return (await this.#send<{ runs: TrainingRun[] }>('/api/training/runs')).runs;
  }

  start(mode: Mode, labelMode: LabelMode): Promise<TrainingRun> {
    return this.#send('/api/training', { mode, labelMode });
  }

  cancel(id: string): Promise<TrainingRun> {
    return this.#send(`/api/training/runs/${encodeURIComponent(id)}/cancel`, {});
  }

  async use(version: string, anyway: boolean): Promise<void> {
    await this.#send(`/api/models/${encodeURIComponent(version)}/activate`, { anyway });
  }

  /** Has a version answer beside the one at work, or ends that. */
  async tryBeside(version: string, on: boolean): Promise<void> {
    await this.#send(`/api/models/${encodeURIComponent(version)}/shadow`, { on });
  }

  beside(version: string): Promise<Beside> {
    return this.#send(`/api/models/${encodeURIComponent(version)}/shadow`);
  }

  async goBack(): Promise<void> {
    await this.#send('/api/models/rollback', {});
  }

  compare(a: string, b: string): Promise<Comparison> {
    return this.#send(`/api/models/compare?${new URLSearchParams({ a, b }).toString()}`);
  }

  judged(version: string, choice: JudgedChoice): Promise<JudgedPictures> {
    const query = new URLSearchParams(choice as Record<string, string>).toString();
    return this.#send(`/api/models/${encodeURIComponent(version)}/judged?${query}`);
  }
}
