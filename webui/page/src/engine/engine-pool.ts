/**
 * The engine's door for the page: loads models, chooses the backend by measured figures, survives lost
 * devices.
 */

import {
  chooseBackend,
  figuresFor,
  figuresKey,
  firstBatchPlan,
  sameSettings,
  startOrder,
  type Surroundings,
} from './backend-choice';
import type { BackendSettings } from './backends';
import { Crew } from './crew';
import { Deaths } from './deaths';
import { deviceInfo } from './device-info';
import type { RecognitionFailure } from './failure';
import { IdleWatch } from './idle-watch';
import { measureBackends, measureBatchPlan } from './measuring';
import { swapHead, tryHead } from './head-swap';
import { WrongNumbers } from './model-failures';
import { fetchModelFiles, type ModelFiles } from './model-files';
import { openFirst, tryBackbone } from './opening';
import { asFailure } from './outcome';
import { Station } from './station';
import { numbersOf, wrongNumbersOf } from './numbers';
import type { SecondLook } from './second-look';
import type {
  BackendFigure,
  BackendName,
  Engine,
  EngineEvents,
  EngineLabel,
  EnginePoolOptions,
  EngineState,
  ModelDescriptor,
  NumbersCheck,
  RecogniseOptions,
  Recognition,
  StoredFigures,
} from './types';
import type { DeathCode } from './worker-handle';

export class EnginePool extends EventTarget implements Engine {
  private readonly crew = new Crew({ stationDied: (...death) => this.stationDied(...death) });
  private readonly idle = new IdleWatch(this.crew);
  private readonly around: Surroundings = {
    cores: navigator.hardwareConcurrency || 1,
    isolated: globalThis.crossOriginIsolated === true,
  };
  private readonly deaths = new Deaths();
  private preferred: 'auto' | BackendName;
  private stored: StoredFigures | null;
  private files: ModelFiles | null = null;
  private current: EngineState = 'idle';
  private lastBackend: BackendName | null = null;
  /** Loads, changes and replacements, one after the other. */
  private turn: Promise<unknown> = Promise.resolve();
  private measurement: Promise<readonly BackendFigure[]> | null = null;
  private second: Promise<SecondLook> | null = null;

  constructor(options: EnginePoolOptions) {
    super();
    this.preferred = options.preferred;
    this.stored = options.figures;
  }

  get state(): EngineState {
    return this.current;
  }

  get backend(): BackendName | null {
    return this.crew.mainStation?.settings.backend ?? null;
  }

  get threads(): number {
    return this.crew.mainStation?.settings.threads ?? 1;
  }

  get concurrency(): number {
    return this.crew.concurrency;
  }

  labels(): string[] {
    return this.labelsWithSynonyms().map((label) => label.name);
  }

  labelsWithSynonyms(): readonly EngineLabel[] {
    return this.files?.head.info.labels ?? [];
  }

  load(model: ModelDescriptor): Promise<void> {
    return this.inTurn(() => this.loadNow(model));
  }

  tryOut(model: ModelDescriptor): Promise<void> {
    return this.inTurn(() => this.tryNow(model));
  }

  recognise(blob: Blob, options: RecogniseOptions): Promise<Recognition> {
    return new Promise((resolve, reject) => {
      this.crew.submit({ blob, options, resolve, reject, losses: 0 });
    });
  }

  async lookBeside(model: ModelDescriptor, blob: Blob, fileName: string): Promise<Recognition> {
    this.second ??= import('./second-look').then(({ SecondLook }) => new SecondLook(() => this.whenFree()));
    return (await this.second).answer(model, blob, fileName);
  }

  measure(): Promise<readonly BackendFigure[]> {
    this.measurement ??= this.measureNow().finally(() => {
      this.measurement = null;
    });
    return this.measurement;
  }

  setPreferred(preferred: 'auto' | BackendName): Promise<void> {
    this.preferred = preferred;
    return this.inTurn(() => this.changeBackend('It is what you chose.'));
  }

  dispose(): void {
    this.idle.stop();
    void this.second?.then((second) => second.dispose());
    this.crew.dispose();
    this.setState('idle');
  }

  on<K extends keyof EngineEvents>(type: K, listener: (detail: EngineEvents[K]) => void): () => void {
    const hear = (event: Event): void => listener((event as CustomEvent<EngineEvents[K]>).detail);
    this.addEventListener(type, hear);
    return () => this.removeEventListener(type, hear);
  }

  private async loadNow(model: ModelDescriptor): Promise<void> {
    if (this.files === null) this.setState('loading');
    try {
      const files = await this.fetchFiles(model);
      if (this.sharesBackbone(files)) await this.changeHead(files);
      else await this.openMain(files);
      const main = this.crew.mainStation;
      this.tellNumbers(main && numbersOf(main, model, main.relativeError));
    } catch (error) {
      this.setState(this.crew.mainStation ? 'ready' : 'failed');
      throw this.refused(model, error);
    }
    void this.measureIfUnknown();
  }

  private async tryNow(model: ModelDescriptor): Promise<void> {
    try {
      const files = await this.fetchFiles(model);
      const main = this.sharesBackbone(files) ? this.crew.mainStation : null;
      const order = startOrder(this.around, this.preferred, [], this.deaths.isUnfit);
      this.tellNumbers(await (main ? tryHead(main, files) : tryBackbone(order, files)));
    } catch (error) {
      throw this.refused(model, error);
    }
  }

  private fetchFiles(model: ModelDescriptor): Promise<ModelFiles> {
    return fetchModelFiles(model, this.files?.backbone ?? null, (loadedBytes, totalBytes) =>
      this.say('progress', { loadedBytes, totalBytes }),
    );
  }

  private sharesBackbone(files: ModelFiles): boolean {
    return files.backbone === this.files?.backbone && this.crew.mainStation !== null;
  }

  private async changeHead(files: ModelFiles): Promise<void> {
    await swapHead(this.crew, files);
    this.files = files;
  }

  /** Opens the best station that will start for `files` and puts it in charge. */
  private async openMain(files: ModelFiles, reason?: string): Promise<void> {
    if (!this.crew.mainStation) this.setState('warming');
    const figures = await this.figuresOf(files);
    const order = startOrder(this.around, this.preferred, figures?.figures ?? [], this.deaths.isUnfit);
    const station = await openFirst(order, files, this.crew.onDeath);
    this.files = files;
    this.crew.planBatches(figures?.batch ?? firstBatchPlan(this.around));
    this.takeOver(station, files, reason ?? this.reasonFor(station.settings, figures !== null));
  }

  private reasonFor({ backend }: BackendSettings, measured: boolean): string {
    if (backend === this.preferred) return 'It is what you chose.';
    return measured
      ? 'It was the fastest when measured here.'
      : 'It is there at once; the others are measured later.';
  }

  private takeOver(station: Station, files: ModelFiles, reason: string): void {
    const { backend } = station.settings;
    const from = this.lastBackend;
    this.lastBackend = backend;
    this.crew.takeOver(station, files);
    this.setState('ready');
    if (from !== backend) this.say('backend', { from, to: backend, reason });
  }

  private stationDied(settings: BackendSettings, code: DeathCode, wasMain: boolean): void {
    this.deaths.note(settings);
    this.say('context-lost', { backend: settings.backend, code });
    if (!wasMain) return;
    this.setState('warming');
    this.inTurn(() => this.replaceMain()).catch(() => this.setState('failed'));
  }

  private async replaceMain(): Promise<void> {
    if (this.files && !this.crew.mainStation) await this.openMain(this.files, 'The one before gave up.');
  }

  private async whenFree(): Promise<void> {
    await this.measurement?.catch(() => undefined);
    await this.idle.whenIdle();
  }

  private async figuresOf(files: ModelFiles): Promise<StoredFigures | null> {
    return figuresFor(this.stored, await this.keyFor(files));
  }

  private async keyFor(files: ModelFiles): Promise<string> {
    return figuresKey(await deviceInfo(), this.around, files.backbone.url, files.backbone.variant);
  }

  private async measureIfUnknown(): Promise<void> {
    if (this.files && (await this.figuresOf(this.files)) === null)
      await this.measure().catch(() => undefined);
  }

  private async measureNow(): Promise<readonly BackendFigure[]> {
    const { files } = this;
    if (!files) return [];
    const figures = await measureBackends(files, this.around, this.idle, this.deaths.isUnfit);
    const threads = chooseBackend(figures, 'wasm', null)?.settings.threads ?? 1;
    const batch = await measureBatchPlan(files, this.around, threads, this.idle);
    const stored: StoredFigures = { schema: 1, key: await this.keyFor(files), figures, batch };
    this.say('figures', { figures: stored });
    if (this.files?.backbone !== files.backbone) return this.measureNow(); // another backbone came meanwhile
    this.stored = stored;
    if (batch) this.crew.planBatches(batch);
    const choice = chooseBackend(figures, this.preferred, this.crew.mainStation?.settings ?? null);
    if (choice) await this.inTurn(() => this.changeBackend(choice.reason));
    return figures;
  }

  /** Opens what the figures and the user's wish say beside the present station, then hands over to it. */
  private async changeBackend(reason: string): Promise<void> {
    const { files } = this;
    const present = this.crew.mainStation?.settings ?? null;
    if (!files || !present) return;
    const figures = (await this.figuresOf(files))?.figures ?? [];
    const choice = chooseBackend(
      figures.filter((figure) => !this.deaths.isUnfit(figure)),
      this.preferred,
      present,
    );
    const order = startOrder(this.around, this.preferred, figures, this.deaths.isUnfit);
    const wanted =
      choice && (this.preferred === 'auto' || choice.settings.backend === this.preferred)
        ? choice.settings
        : order[0];
    if (!wanted || sameSettings(wanted, present)) return;
    this.takeOver(await Station.open(wanted, files, this.crew.onDeath), files, reason);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** The failure that a model is refused with, told as numbers where it is one of numbers. */
  private refused(model: ModelDescriptor, error: unknown): RecognitionFailure {
    if (error instanceof WrongNumbers) this.tellNumbers(wrongNumbersOf(error, model));
    return asFailure('load', error);
  }

  private tellNumbers(numbers: NumbersCheck | null): void {
    if (numbers) this.say('checked', numbers);
  }

  private setState(state: EngineState): void {
    if (state === this.current) return;
    this.current = state;
    this.say('state', { state });
  }

  private say<K extends keyof EngineEvents>(type: K, detail: EngineEvents[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
