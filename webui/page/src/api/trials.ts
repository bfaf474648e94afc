/** The JSON of versions that answer beside the one at work. */

/** A picture that the two call differently; `truth` is what the user says it is, null where nothing is said. */
export interface Differing {
  readonly inferenceId: string;
  readonly sha256: string | null;
  readonly fileName: string | null;
  readonly hasThumbnail: boolean;
  readonly label: string;
  readonly probability: number;
  readonly shadowLabel: string;
  readonly shadowProbability: number;
  readonly truth: string | null;
}

type Send = <T>(path: string, body?: object) => Promise<T>;

/** How many pictures both have answered, and at most 100 on which they differ, the newest first. */
export interface Differences {
  readonly n: number;
  readonly differing: readonly Differing[];
}

export function differencesOf(send: Send, version: string): Promise<Differences> {
  return send(`/api/models/${encodeURIComponent(version)}/shadow`);
}
