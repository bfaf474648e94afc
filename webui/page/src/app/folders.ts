import type { FolderJobs } from '../api/folders';
import { Observable } from '../base/observable';
import type { FolderQueue } from '../folders/folder_queue';
import type { Locks } from '../statistics/session_locks';
import type { Whimbrel } from './whimbrel';

/** The way to the server's folder queue; what working on it takes is loaded when there is something in it. */
export class Folders extends Observable {
  queue: FolderQueue | null = null;
  readonly #whimbrel: Whimbrel;
  readonly #locks: Locks | null;

  constructor(whimbrel: Whimbrel, locks: Locks | null) {
    super();
    this.#whimbrel = whimbrel;
    this.#locks = locks;
    whimbrel.news.on('queue', (data) => void this.#heard(data as FolderJobs));
    for (const kind of ['back', 'erased'] as const) whimbrel.news.on(kind, () => void this.look());
  }

  /** Asks what is in it; a server that is away is asked again when it is back. */
  async look(): Promise<void> {
    const found = await this.#whimbrel.api.send<FolderJobs>('/api/queue').catch(() => null);
    if (found) await this.#heard(found);
  }

  /** Has files and folders recognised by their whole paths, nothing of which is copied here. Rejects as `api` does. */
  async open(paths: readonly string[]): Promise<void> {
    await this.#whimbrel.api.send('/api/queue', { paths });
    await this.look();
  }

  async #heard({ jobs }: FolderJobs): Promise<void> {
    if (jobs.length > 0 && !this.queue) {
      const place = await import('../folders/place').catch(() => null); // away again: it tells again when it is back
      this.queue ??= place?.openFolders(this.#whimbrel, this.#locks, () => this.changed()) ?? null;
    }
    this.queue?.heard(jobs);
  }
}
