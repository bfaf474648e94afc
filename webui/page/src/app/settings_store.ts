import type { ApiClient } from '../api/client';
import type { Settings } from '../api/types';
import { Observable } from '../base/observable';

const DEFAULTS: Settings = {
  keepThumbnails: true,
  keepCrops: false,
  keepEmbeddings: true,
  firstRunDone: false,
  theme: 'system',
  backend: 'auto',
  backendFigures: null,
  rejectBelow: 0.5,
  trialVersion: null,
  trialShare: 0.5,
  costlyConnection: false,
  auditShare: 0.02,
  shadowShare: 0.1,
};

/** The user's settings: shown at once, kept by the server, put back where it refuses them. */
export class SettingsStore extends Observable {
  values: Settings = DEFAULTS;
  /** Why the last change was not kept, for people. */
  problem: string | null = null;
  readonly #api: Pick<ApiClient, 'changeSettings'>;

  constructor(api: Pick<ApiClient, 'changeSettings'>) {
    super();
    this.#api = api;
  }

  /** What the server says counts. */
  heard(values: Partial<Settings>): void {
    this.values = { ...this.values, ...values };
    this.changed();
  }

  async change(changes: Partial<Settings>): Promise<void> {
    const before = this.values;
    this.problem = null;
    this.heard(changes);
    try {
      this.heard(await this.#api.changeSettings(changes));
    } catch (problem) {
      this.values = before;
      const why = problem instanceof Error ? problem.message : 'the server refused it';
      this.problem = `This change was not kept: ${why.replace(/\.$/, '')}.`;
      this.changed();
    }
  }
}
