import { Observable } from '../base/observable';
import type {
  BackendFigure, BackendName, Engine, EnginePoolOptions, EngineState, ModelDescriptor, NumbersCheck, RecogniseOptions,
  Recognition, StoredFigures,
} from '../engine/types';
import { failureOf, type Failure } from './failures';

export interface EngineHostParts {
  readonly open: (options: EnginePoolOptions) => Engine;
  /** The document element's data, on which drivers read how the engine does. */
  readonly signs: DOMStringMap;
  /** Something happened that belongs into the records. */
  readonly happened: (stage: string, code: string, detail: Record<string, string | null>) => void;
  readonly keepFigures: (figures: StoredFigures) => void;
  /** A model's numbers were compared with the reference. */
  readonly checked: (numbers: NumbersCheck) => void;
}

/** Keeps the engine on the model that the server names, and tells the page how it is doing. */
export class EngineHost extends Observable {
  /** The model at work. */
  model: ModelDescriptor | null = null;
  failure: Failure | null = null;
  loadedBytes = 0;
  totalBytes = 0;
  figures: readonly BackendFigure[] = [];
  measuring = false;
  readonly #parts: EngineHostParts;
  readonly #models = new Map<string, ModelDescriptor>();
  #engine: Engine | null = null;
  #wanted: ModelDescriptor | null = null;

  constructor(parts: EngineHostParts) {
    super();
    this.#parts = parts;
    this.#sign();
  }

  get state(): EngineState {
    return this.#engine?.state ?? 'idle';
  }

  get concurrency(): number {
    return this.#engine?.concurrency ?? 1;
  }

  get backend(): BackendName | null {
    return this.#engine?.backend ?? null;
  }

  get threads(): number {
    return this.#engine?.threads ?? 1;
  }

  get ready(): boolean {
    return this.state === 'ready' && this.model !== null;
  }

  get changingTo(): ModelDescriptor | null {
    return this.#wanted !== this.model ? this.#wanted : null;
  }

  /** Opens the engine, once; what it measured here before spares it measuring again. */
  open(options: EnginePoolOptions): void {
    if (this.#engine) return;
    this.figures = options.figures?.figures ?? [];
    this.#engine = this.#parts.open(options);
    this.#listen(this.#engine);
  }

  recognise(blob: Blob, options: RecogniseOptions): Promise<Recognition> {
    if (!this.#engine) throw new Error('The engine is not open');
    return this.#engine.recognise(blob, options);
  }

  /** Has a model that is not at work look at a picture, out of everybody's way. */
  lookBeside(model: ModelDescriptor, blob: Blob, fileName: string): Promise<Recognition> {
    if (!this.#engine) throw new Error('The engine is not open');
    return this.#engine.lookBeside(model, blob, fileName);
  }

  labels(): ReturnType<Engine['labelsWithSynonyms']> {
    return this.#engine?.labelsWithSynonyms() ?? [];
  }

  /** The model that answered under this version, if it was at work since the page was opened. */
  modelOf(version: string): ModelDescriptor | null {
    return this.#models.get(version) ?? null;
  }

  /** Loads a model unless it is the one that is (being) loaded. The one at work stays until the new one is warm. */
  async use(model: ModelDescriptor): Promise<void> {
    const engine = this.#engine;
    if (!engine || (this.#wanted?.id === model.id && this.failure === null)) return;
    this.#wanted = model;
    this.#models.set(model.id, model);
    this.failure = null;
    this.loadedBytes = this.totalBytes = 0;
    this.changed();
    try {
      await engine.load(model);
      this.model = model;
    } catch (problem) {
      this.#loadFailed(model, failureOf(problem));
    }
    this.#moved();
  }

  /** The model that was to be put to work and is not, for what `failure` says; null where none was refused. */
  get refused(): ModelDescriptor | null {
    return this.ready && this.failure !== null ? this.changingTo : null;
  }

  /** Tries a model that is not at work, so that the server knows its numbers in this page. */
  async tryOut(model: ModelDescriptor): Promise<void> {
    await this.#engine?.tryOut(model).catch((problem: unknown) => this.note(model.id, problem));
  }

  /** Has it recorded what went wrong with a model that is not at work. */
  note(model: string, problem: unknown): void {
    const { stage, code, sentence } = failureOf(problem);
    this.#parts.happened(stage, code, { model, says: sentence });
  }

  /** Tries again what failed. */
  async retry(): Promise<void> {
    if (this.#wanted && this.failure) await this.use(this.#wanted);
  }

  async prefer(backend: 'auto' | BackendName): Promise<void> {
    await this.#engine?.setPreferred(backend).catch(() => undefined);
    this.#moved();
  }

  async measure(): Promise<void> {
    if (!this.#engine || this.measuring) return;
    this.#setMeasuring(true);
    this.figures = await this.#engine.measure().catch(() => this.figures);
    this.#setMeasuring(false);
  }

  #setMeasuring(measuring: boolean): void {
    this.measuring = measuring;
    this.changed();
  }

  #loadFailed(model: ModelDescriptor, failure: Failure): void {
    if (this.#wanted?.id !== model.id) return;
    this.failure = failure;
    this.#parts.happened(failure.stage, failure.code, { model: model.id, says: failure.sentence });
  }

  #listen(engine: Engine): void {
    engine.on('progress', ({ loadedBytes, totalBytes }) => {
      Object.assign(this, { loadedBytes, totalBytes });
      this.changed();
    });
    engine.on('state', () => this.#moved());
    engine.on('backend', ({ from, to, reason }) => {
      this.#moved();
      if (from !== null) this.#parts.happened('backend', 'changed', { from, to, reason });
    });
    engine.on('context-lost', ({ backend, code }) => {
      this.#moved();
      this.#parts.happened('backend', code, { from: backend });
    });
    engine.on('checked', (numbers) => this.#parts.checked(numbers));
    engine.on('figures', ({ figures }) => {
      this.figures = figures.figures;
      this.#parts.keepFigures(figures);
      this.changed();
    });
  }

  #moved(): void {
    this.#sign();
    this.changed();
  }

  #sign(): void {
    const { signs } = this.#parts;
    signs['ready'] = String(this.ready);
    signs['backend'] = this.backend ?? '';
    signs['model'] = this.model?.id ?? '';
  }
}
