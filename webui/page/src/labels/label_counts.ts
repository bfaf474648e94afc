import type { Examples, LabelChange, LabelsApi } from '../api/labels';
import { Observable } from '../base/observable';

/** The labels that pictures have, and changing them. */
export class LabelCounts extends Observable {
  found: Examples | null = null;
  /** Why the last look or change did not work, for people. */
  problem: string | null = null;
  /** What was just done, to be said once. */
  done: LabelChange | null = null;
  readonly #api: Pick<LabelsApi, 'examples' | 'change' | 'undo'>;
  #looking: Promise<void> | null = null;
  #again = false;

  constructor(api: Pick<LabelsApi, 'examples' | 'change' | 'undo'>) {
    super();
    this.#api = api;
  }

  /** Asks anew; asked again meanwhile it asks once more afterwards. */
  look(): Promise<void> {
    if (this.#looking) this.#again = true;
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  /** Renames a label, or merges it where the other name is there already. Whether that worked. */
  change(kind: LabelChange['kind'], from: string, to: string): Promise<boolean> {
    return this.#do(() => this.#api.change(kind, from, to));
  }

  undo(number: number): Promise<boolean> {
    return this.#do(() => this.#api.undo(number));
  }

  async #do(work: () => Promise<LabelChange>): Promise<boolean> {
    this.problem = null;
    this.done = null;
    try {
      this.done = await work();
    } catch (problem) {
      this.problem = wordsOf(problem);
    }
    this.changed();
    const worked = this.done !== null;
    if (worked) await this.look();
    return worked;
  }

  async #look(): Promise<void> {
    do {
      this.#again = false;
      try {
        this.found = await this.#api.examples();
      } catch (problem) {
        this.problem = wordsOf(problem);
      }
      this.changed();
    } while (this.#again);
  }
}

function wordsOf(problem: unknown): string {
  return problem instanceof Error ? `${problem.message.replace(/\.$/, '')}.` : 'That did not work.';
}
