import type { LabelMode, Mode, TrainingApi, TrainingRun } from '../api/training';
import { Observable } from '../base/observable';
import { problemOf } from '../ui/problems';

const LIVE: readonly TrainingRun['state'][] = ['queued', 'running'];

export function isLive({ state }: TrainingRun): boolean {
  return LIVE.includes(state);
}

/** The last training, as the server tells of it. */
export class Trainings extends Observable {
  last: TrainingRun | null = null;
  /** Why the last one was not begun, or not cancelled, for people. */
  problem: string | null = null;
  readonly #api: Pick<TrainingApi, 'runs' | 'start' | 'cancel'>;
  readonly #putAway = new Set<string>();

  constructor(api: Pick<TrainingApi, 'runs' | 'start' | 'cancel'>) {
    super();
    this.#api = api;
  }

  /** Asks for the last one: after a reload, or after the server was away. */
  async look(): Promise<void> {
    await this.#try(async () => {
      const [newest] = await this.#api.runs();
      if (newest) this.heard(newest);
    });
  }

  start(mode: Mode, labelMode: LabelMode): Promise<void> {
    return this.#try(async () => this.heard(await this.#api.start(mode, labelMode)));
  }

  cancel(id: string): Promise<void> {
    return this.#try(async () => this.heard(await this.#api.cancel(id)));
  }

  /** What the server tells; one that has ended stays so, and an older one says nothing any more. */
  heard(run: TrainingRun): void {
    const { last } = this;
    const isLate = last !== null && (last.id === run.id ? !isLive(last) && isLive(run) : last.createdAt > run.createdAt && !isLive(run));
    if (isLate || this.#putAway.has(run.id)) return;
    this.last = run;
    this.changed();
  }

  /** The one that ended is not shown any more. */
  putAway(): void {
    if (this.last) this.#putAway.add(this.last.id);
    this.last = null;
    this.changed();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.problem = null;
    this.problem = await problemOf(work);
    this.changed();
  }
}
