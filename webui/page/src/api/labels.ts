/** The JSON of examples and labels. Times are milliseconds since the Unix epoch. */

export interface LabelCount {
  readonly label: string;
  readonly confirmed: number;
  readonly corrected: number;
  readonly embeddings: number;
  readonly crops: number;
  /** Whether it has enough to be learned by itself. */
  readonly ready: boolean;
}

export interface LabelChange {
  readonly number: number;
  readonly changedAt: number;
  readonly kind: 'rename' | 'merge';
  readonly old: string;
  readonly new: string;
  readonly undoneAt: number | null;
  readonly canUndo: boolean;
}

export interface Examples {
  readonly spaceId: string | null;
  readonly needed: number;
  readonly labels: readonly LabelCount[];
  readonly noneOfThese: { readonly pictures: number; readonly embeddings: number; readonly crops: number };
  /** The newest first. */
  readonly history: readonly LabelChange[];
}

type Send = <T>(path: string, body?: object) => Promise<T>;

/** The routes of examples and labels. */
export class LabelsApi {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  examples(): Promise<Examples> {
    return this.#send('/api/examples');
  }

  change(kind: LabelChange['kind'], from: string, to: string): Promise<LabelChange> {
    return this.#send(`/api/labels/${kind}`, { from, to });
  }

  undo(number: number): Promise<LabelChange> {
    return this.#send(`/api/labels/changes/${number}/undo`, {});
  }
}

/** A label that the team shares; whoever says one of `synonyms` means it. */
export interface TeamLabel {
  readonly name: string;
  readonly scientific: string | null;
  readonly synonyms: readonly string[];
}

export interface KnownLabels {
  readonly labels: readonly string[];
  /** A server of before has none. */
  readonly shared?: readonly TeamLabel[];
}

/** What is known while the server can't be asked. */
export const NO_LABELS: KnownLabels = { labels: [] };
