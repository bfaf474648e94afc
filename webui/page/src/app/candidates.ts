import type { ApiClient } from '../api/client';
import type { ModelDescriptor } from '../engine/types';
import type { News } from './news';

export interface CandidateParts {
  readonly news: Pick<News, 'on'>;
  readonly api: Pick<ApiClient, 'models'>;
  readonly host: { readonly ready: boolean; tryOut(model: ModelDescriptor): Promise<void> };
}

/** Has this page try the numbers of every version that a training leaves, before anybody puts it to work. */
export function tryCandidates({ news, api, host }: CandidateParts): void {
  news.on('training', (run) => {
    const { state, version } = run as { state: string; version: string | null };
    if (state !== 'done' || version === null || !host.ready) return;
    void api.models().then(
      ({ versions }) => {
        const found = versions.find(({ id }) => id === version);
        if (found?.descriptor) void host.tryOut(found.descriptor);
      },
      () => undefined, // the server is away; who puts it to work tries it then
    );
  });
}
