import { ApiProblem, type ApiClient } from '../api/client';
import type { ExportRequest, Job } from '../api/record_types';
import { Observable } from '../base/observable';

type ExportApi = Pick<ApiClient, 'startExport' | 'cancelJob' | 'job'>;

const LOST: Pick<Job, 'state' | 'sentence' | 'advice'> = {
  state: 'failed',
  sentence: 'The export ended with the program and left nothing behind.',
  advice: 'Export again.',
};

/** The exports that this page knows of, as the server tells of them; those that ended stay until put away. */
export class Exports extends Observable {
  readonly #api: ExportApi;
  readonly #jobs = new Map<string, Job>();
  readonly #putAway = new Set<string>();
  /** Why the last one was not started, or not cancelled. */
  problem: string | null = null;

  constructor(api: ExportApi) {
    super();
    this.#api = api;
  }

  get jobs(): readonly Job[] {
    return [...this.#jobs.values()].filter(({ id, state }) => !this.#putAway.has(id) && state !== 'cancelled');
  }

  /** Whether it was started. */
  async start(request: ExportRequest): Promise<boolean> {
    return this.#try(async () => this.heard(await this.#api.startExport(request)));
  }

  async cancel(id: string): Promise<void> {
    await this.#try(async () => this.heard(await this.#api.cancelJob(id)));
  }

  /** What the server tells of a job; one that has ended stays so, whatever comes late. */
  heard(job: Job): void {
    if (job.kind !== 'export') return;
    const before = this.#jobs.get(job.id);
    if (before && before.state !== 'working' && job.state === 'working') return;
    this.#jobs.set(job.id, job);
    this.changed();
  }

  putAway(id: string): void {
    this.#putAway.add(id);
    this.changed();
  }

  /** Asks how those that worked are doing, after the server was away. */
  async refresh(): Promise<void> {
    const working = this.jobs.filter(({ state }) => state === 'working');
    for (const job of working) {
      try {
        this.heard(await this.#api.job(job.id));
      } catch (problem) {
        if (problem instanceof ApiProblem && problem.status === 404) this.heard({ ...job, ...LOST });
      }
    }
  }

  async #try(work: () => Promise<void>): Promise<boolean> {
    this.problem = null;
    try {
      await work();
      return true;
    } catch (problem) {
      const why = problem instanceof ApiProblem ? problem.detail : '';
      this.problem = why || "Whimbrel's server is not answering. Try again when it is back.";
      this.changed();
      return false;
    }
  }
}
