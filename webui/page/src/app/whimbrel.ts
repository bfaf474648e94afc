import { ApiClient, ApiProblem, type Fetch } from '../api/client';
import { NO_LABELS } from '../api/labels';
import type { Job } from '../api/record_types';
import type { MemoryState, ModelStatus, Session, Settings } from '../api/types';
import type { SyncState } from '../api/sync';
import type { Clock } from '../base/clock';
import { Observable } from '../base/observable';
import type { DeviceInfo, Engine, EnginePoolOptions, ModelDescriptor } from '../engine/types';
import { Learning } from '../learning/learning';
import { StatisticsQueue, type QueueParts } from '../statistics/queue';
import { tryCandidates } from './candidates';
import { EngineHost } from './engine_host';
import { Exports } from './exports';
import type { Erased, Run } from '../api/retention';
import { FeedbackLog } from './feedback_log';
import { Folders } from './folders';
import { FirstRun } from './first_run';
import { History } from './history';
import { LabelBook } from './label_book';
import { letGo } from './letting_go';
import { News, type NewsParts } from './news';
import { AWAY, SIGNED_OUT, type PageProblem } from './page_problem';
import { PastList } from './past_list';
import type { PictureEntry } from './picture_entry';
import { PictureList } from './picture_list';
import { Pipeline } from './pipeline';
import { Recorder } from './recorder';
import { ReviewCount } from './review_count';
import { SettingsStore } from './settings_store';
import { Shadows } from './shadows';
import { SyncWatch } from './sync_watch';
import { isUnknown } from './unknown';
import { Upkeep } from './upkeep';
import { distinctNames } from './version_names';
import { Thumbnails } from './thumbnails';

export interface WhimbrelParts extends QueueParts {
  readonly fetcher: Fetch;
  readonly clock: Clock;
  readonly openEngine: (options: EnginePoolOptions) => Engine;
  readonly describeDevice: () => Promise<DeviceInfo>;
  readonly signs: DOMStringMap;
  /** Leaves the page for another address of the server. */
  readonly leaveTo: (address: string) => void;
  readonly news: Omit<NewsParts, 'locks' | 'clock'>;
}

type ModelNews = Pick<Session, 'model' | 'modelStatus' | 'shadows'>;

const WELL: MemoryState = { state: 'well', sentence: '', advice: '' };
const ASK_AGAIN_MS = 3_000;

/** The page behind what is drawn: its parts and how they hear of each other. */
export class Whimbrel extends Observable {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly news: News;
  readonly queue: StatisticsQueue;
  readonly pictures = new PictureList();
  readonly thumbnails = new Thumbnails();
  readonly labels = new LabelBook();
  readonly settings: SettingsStore;
  readonly recorder: Recorder;
  readonly host: EngineHost;
  readonly pipeline: Pipeline;
  readonly learning: Learning;
  readonly shadows: Shadows;
  readonly feedback: FeedbackLog;
  readonly history: History;
  readonly firstRun: FirstRun;
  readonly past: PastList;
  readonly pastFeedback: FeedbackLog;
  readonly exports: Exports;
  readonly upkeep: Upkeep;
  readonly review: ReviewCount;
  readonly sync: SyncWatch;
  readonly folders: Folders;
  session: Session | null = null;
  modelStatus: ModelStatus | null = null;
  memory: MemoryState = WELL;
  problem: PageProblem | null = null;
  /** Whether the server was there when it was last heard of. */
  serverAnswers = true;
  readonly #parts: WhimbrelParts;
  #modelNames: ReadonlyMap<string, string> = new Map();
  #cancelAsking: (() => void) | null = null;

  constructor(parts: WhimbrelParts) {
    super();
    const { clock, fetcher } = parts;
    this.#parts = parts;
    this.clock = clock;
    this.api = new ApiClient(fetcher);
    this.queue = new StatisticsQueue(parts);
    this.settings = new SettingsStore(this.api);
    this.host = new EngineHost({
      open: parts.openEngine,
      signs: parts.signs,
      happened: (stage, code, detail) => void this.recorder.event(stage, code, detail),
      keepFigures: (backendFigures) => void this.settings.change({ backendFigures }),
      checked: (numbers) => void this.api.reportNumbers(numbers).catch(() => undefined),
    });
    this.recorder = new Recorder({
      queue: this.queue,
      clock,
      keepEmbedding: () => this.settings.values.keepEmbeddings,
      modelOf: (version) => this.host.modelOf(version),
      atWork: () => ({ modelVersion: this.host.model?.id ?? null, backend: this.host.backend }),
    });
    this.pipeline = new Pipeline({
      engine: this.host,
      pictures: this.pictures,
      recorder: this.recorder,
      clock,
      keepCrop: () => this.settings.values.keepCrops,
      keepThumbnail: () => this.settings.values.keepThumbnails,
      learned: (found) => this.learning.answered(found),
      answered: (entry) => this.shadows.answered(entry),
    });
    this.shadows = new Shadows({
      engine: this.host,
      atWork: () => this.host.model,
      share: () => this.settings.values.shadowShare,
      random: () => clock.random(),
      isThere: ({ id }) => this.pictures.get(id) !== undefined,
      sent: () => this.queue.sender.sendNow(),
      send: (path, body) => this.api.send(path, body),
      bytes: (address) => this.api.bytes(address),
      gaveUp: ({ id }, problem) => this.host.note(id, problem),
    });
    this.learning = new Learning({
      api: this.api,
      pictures: this.pictures,
      sent: () => this.queue.sender.sendNow(),
      spaceOf: (version) => this.host.modelOf(version)?.spaceId ?? null,
    });
    const heard = this.learning.said.bind(this.learning);
    this.feedback = new FeedbackLog(this.pictures, this.recorder, heard);
    this.upkeep = new Upkeep(this.api.retention);
    this.history = new History(this.api, this.queue, this.pictures, clock);
    const { settings, pictures, history } = this;
    this.firstRun = new FirstRun({ settings, pictures, history, serverTold: () => this.session !== null && this.serverAnswers });
    const known = (id: string): PictureEntry | undefined => this.pictures.get(id);
    this.past = new PastList({ api: this.api, queue: this.queue, known });
    this.pastFeedback = new FeedbackLog(this.past.pictures, this.recorder, heard);
    this.exports = new Exports(this.api);
    this.review = new ReviewCount(() => this.api.send('/api/audit/next'), clock);
    this.sync = new SyncWatch(() => this.api.send('/api/sync'));
    this.news = new News({ ...parts.news, locks: parts.locks, clock });
    this.folders = new Folders(this, parts.locks);
  }

  async start(): Promise<void> {
    this.host.watch(() => this.pipeline.pump());
    this.#hearNews();
    await Promise.all([this.#describeDevice(), this.refresh(), this.history.start(), this.folders.look()]);
    await this.queue.sender.start();
  }

  /** Asks the server how things are, again and again while it does not answer. */
  async refresh(): Promise<void> {
    try {
      const session = await this.api.session(this.queue.sessionId);
      this.session = session;
      this.problem = null;
      this.settings.heard(session.settings);
      this.#heardMemory(session.memory);
      this.host.open({ preferred: session.settings.backend, figures: session.settings.backendFigures });
      this.#heardModel(session);
      void this.#askNames();
      void this.upkeep.look();
      void this.review.look();
      void this.sync.look();
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.recovering) return this.#parts.leaveTo('/recovery');
      this.problem = problem instanceof ApiProblem && problem.signedOut ? SIGNED_OUT : AWAY;
      this.#cancelAsking?.();
      this.#cancelAsking = this.#parts.clock.after(ASK_AGAIN_MS, () => void this.refresh());
    }
    this.changed();
  }

  /** Whether nothing of this visit would be lost to sight by opening the page anew. */
  get atRest(): boolean {
    return this.pipeline.progress.total === 0 && this.pictures.selected === null;
  }

  /** The name of a model version, for people; its id where the name is not known. */
  modelName(version: string): string {
    return this.#modelNames.get(version) ?? this.host.modelOf(version)?.name ?? version;
  }

  /** Whether the model is too unsure of an answer for it to be given as one. */
  unknown(entry: PictureEntry): boolean {
    return isUnknown(entry, this.settings.values.rejectBelow, (version) => this.host.modelOf(version));
  }

  async chooseBackend(backend: Settings['backend']): Promise<void> {
    await this.settings.change({ backend });
    await this.host.prefer(backend);
  }

  async #describeDevice(): Promise<void> {
    this.queue.device = await this.#parts.describeDevice().catch(() => null);
  }

  #hearNews(): void {
    this.news.on('model', (data) => this.#heardOfModel(data as ModelNews));
    tryCandidates(this);
    this.news.on('training', (run) => (run as { state: string }).state === 'done' && void this.#askNames());
    this.news.on('memory', (data) => this.#heardMemory(data as MemoryState));
    this.news.on('erased', (data) => {
      void letGo(data as Erased, this.pictures, this.queue, this.queue.sessionId);
      if (this.past.query !== null) void this.past.ask(this.past.query);
    });
    for (const kind of ['records', 'erased', 'settings'] as const) this.news.on(kind, () => this.review.soon());
    this.news.on('sync', (data) => this.#heardSync(data as SyncState));
    this.news.on('upkeep', (data) => this.upkeep.heard(data as Run));
    this.news.on('settings', (data) => this.#heardSettings((data as { settings: Settings }).settings));
    this.news.on('away', () => {
      this.#heardServer(false);
      void this.refresh();
    });
    this.news.on('job', (data) => this.exports.heard(data as Job));
    this.news.on('back', () => {
      this.#heardServer(true);
      void this.refresh();
      void this.queue.sender.sendNow();
      void this.exports.refresh();
      if (this.past.problem) void this.past.more();
      if (!this.history.complete) void this.history.older();
    });
    this.news.start();
  }

  /** What waits here is sent as soon as the server takes it again. */
  #heardMemory(memory: MemoryState): void {
    const again = this.memory.state !== 'well' && memory.state === 'well';
    this.memory = memory;
    this.changed();
    if (again) void this.queue.sender.sendNow();
  }

  #heardServer(answers: boolean): void {
    this.serverAnswers = answers;
    this.changed();
  }

  /** Which one is at work says nothing to a session that tries another: it asks what it is to do now. */
  #heardOfModel(state: ModelNews): void {
    if (this.session?.tries) void this.refresh();
    else this.#heardModel(state);
  }

  #heardModel({ model, modelStatus, shadows }: ModelNews): void {
    this.modelStatus = modelStatus;
    this.shadows.heard(shadows);
    if (model) void this.#useModel(model);
    this.changed();
  }

  async #useModel(model: ModelDescriptor): Promise<void> {
    await this.host.use(model);
    this.labels.modelKnows(this.host.labels());
    if (this.host.model) void this.learning.modelIs(this.host.model, this.host.labels());
    this.changed();
  }

  #heardSettings(values: Settings): void {
    const { backend, trialVersion, trialShare } = this.settings.values;
    this.settings.heard(values);
    if (values.backend !== backend) void this.host.prefer(values.backend);
    if (values.trialVersion !== trialVersion || values.trialShare !== trialShare) void this.refresh();
  }

  async #askLabels(): Promise<void> {
    const { labels, shared = [] } = await this.api.labels().catch(() => NO_LABELS);
    this.labels.typed(labels);
    this.labels.ofTeam(shared);
  }

  #heardSync(state: SyncState): void {
    const before = this.sync.state?.labels;
    this.sync.heard(state);
    if (before !== undefined && before !== this.sync.state?.labels) void this.#askLabels();
  }

  /** What the labels and the models of the past are called; the page can do without. */
  async #askNames(): Promise<void> {
    await this.#askLabels();
    const { versions } = await this.api.models().catch(() => ({ versions: null }));
    if (versions) this.#modelNames = distinctNames(versions);
    this.changed();
  }
}
