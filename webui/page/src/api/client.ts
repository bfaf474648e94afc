import type { KnownLabels } from './labels';
import type { PerformanceFigures } from './performance';
import type {
  ExportFilters, ExportPreview, ExportRequest, Facets, Job, RecordPage, WholeRecord,
} from './record_types';
import type { NumbersCheck } from '../engine/types';
import { RetentionApi } from './retention';
import type { BackendChoice, ExampleMeans, ModelList, PicturePage, Session, Settings } from './types';

/** The server answered, and not with what was asked for; `detail` says why in a sentence for people. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly type = '',
  ) {
    super(detail || title);
    this.name = 'ApiProblem';
  }

  /** The memory was damaged, and the server only asks what shall become of it. */
  get recovering(): boolean {
    return this.type === 'urn:whimbrel:problem:recovering';
  }

  /** The cookie is missing or from another installation: only a fresh link helps. */
  get signedOut(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** Whether the same question may well be answered in a while: the server is away, or too busy for it now. */
export function mayPass(problem: unknown): boolean {
  return problem instanceof ServerAway || (problem instanceof ApiProblem && problem.status === 503 && !problem.recovering);
}

/** No answer at all: the server is not running, or the connection broke. */
export class ServerAway extends Error {
  constructor(cause: unknown) {
    super("Whimbrel's server is not answering", { cause });
    this.name = 'ServerAway';
  }
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** Reads problem+json (RFC 9457) from an answer that is not ok. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
  return new ApiProblem(response.status, text('title') || `Status ${response.status}`, text('detail'), text('type'));
}

/** The local API, one method a route. Every method rejects with ServerAway or ApiProblem. */
export class ApiClient {
  readonly #fetch: Fetch;

  constructor(fetcher: Fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetcher;
  }

  /** A share of the sessions may be given another model than the one at work to try. */
  session(sessionId: string): Promise<Session> {
    return this.#json(`/api/session?sessionId=${encodeURIComponent(sessionId)}`);
  }

  pictures(before: string | null, limit: number): Promise<PicturePage> {
    const cursor = before === null ? '' : `&before=${encodeURIComponent(before)}`;
    return this.#json(`/api/pictures?limit=${limit}${cursor}`);
  }

  /** `query` is as in the address of the page's History: the filters. */
  records(query: string, before: string | null, limit: number): Promise<RecordPage> {
    const given = new URLSearchParams(query);
    given.set('limit', String(limit));
    if (before !== null) given.set('before', before);
    return this.#json(`/api/records?${given.toString()}`);
  }

  record(id: string): Promise<WholeRecord> {
    return this.#json(`/api/records/${encodeURIComponent(id)}`);
  }

  /** The small copy of a picture, to be kept at hand. */
  smallCopy(sha256: string): Promise<Blob> {
    return this.bytes(thumbnailUrl(sha256));
  }

  /** What is at an address, to be kept at hand; rejects with the browser's own error where it breaks off. */
  async bytes(path: string): Promise<Blob> {
    return (await this.#answer(path)).blob();
  }

  facets(): Promise<Facets> {
    return this.#json('/api/records/facets');
  }

  startExport(request: ExportRequest): Promise<Job> {
    return this.#json('/api/exports', this.#body('POST', request));
  }

  previewExport(filters: ExportFilters): Promise<ExportPreview> {
    return this.#json('/api/exports/preview', this.#body('POST', { filters }));
  }

  job(id: string): Promise<Job> {
    return this.#json(`/api/jobs/${encodeURIComponent(id)}`);
  }

  cancelJob(id: string): Promise<Job> {
    return this.#json(`/api/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Labels that were typed here, and those of the team. */
  labels(): Promise<KnownLabels> {
    return this.#json('/api/labels');
  }

  /** The mean direction of each label in a space, base64 of float32. */
  exampleMeans(spaceId: string): Promise<ExampleMeans> {
    return this.#json(`/api/examples/means?spaceId=${encodeURIComponent(spaceId)}`);
  }

  /** `query` as in the page's address, such as `window=30d&backend=wasm`. */
  performance(query: string): Promise<PerformanceFigures> {
    return this.#json(`/api/metrics/performance${query === '' ? '' : `?${query}`}`);
  }

  changeSettings(changes: Partial<Settings> & { backend?: BackendChoice }): Promise<Settings> {
    return this.patch('/api/settings', changes);
  }

  models(): Promise<ModelList> {
    return this.#json('/api/models');
  }

  /** Tells how far this page's numbers of a model are from the reference. */
  async reportNumbers({ model, backend, maxRelative, halfPrecision }: NumbersCheck): Promise<void> {
    const said = { backend, maxRelative, halfPrecision };
    await this.#json(`/api/models/${encodeURIComponent(model)}/checks`, this.#body('POST', said));
  }

  /** What is kept for how long, and erasing. */
  readonly retention = new RetentionApi((path, body) => this.send(path, body));

  /** Posts a body, or gets without one: for the routes of a part that has its own list of them. */
  send<T>(path: string, body?: object): Promise<T> {
    return this.#json(path, body && this.#body('POST', body));
  }

  /** Changes some of what an address has. */
  patch<T>(path: string, body: object): Promise<T> {
    return this.#json(path, this.#body('PATCH', body));
  }

  /** Asks the server to remove something. */
  remove<T>(path: string): Promise<T> {
    return this.#json(path, { method: 'DELETE' });
  }

  #body(method: string, value: unknown): RequestInit {
    return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
  }

  async #json<T>(path: string, init?: RequestInit): Promise<T> {
    return (await (await this.#answer(path, init)).json()) as T;
  }

  async #answer(path: string, init?: RequestInit): Promise<Response> {
    const response = await this.#fetch(path, init).catch((cause: unknown) => {
      throw new ServerAway(cause);
    });
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

/** Where the server keeps the small copy of a picture. */
export function thumbnailUrl(sha256: string): string {
  return `/api/pictures/${sha256}/thumbnail`;
}
