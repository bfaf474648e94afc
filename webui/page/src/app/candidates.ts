import type { ApiClient } from '../api/client';
import type { ModelVersion } from '../api/types';
import type { ModelDescriptor } from '../engine/types';
import type { News } from './news';

export interface CandidateParts {
  readonly news: Pick<News, 'on'>;
  readonly api: Pick<ApiClient, 'models'>;
  readonly host: {
    readonly ready: boolean;
    readonly model: Pick<ModelDescriptor, 'spaceId'> | null;
    watch(listener: () => void): () => void;
    tryOut(model: ModelDescriptor): Promise<void>;
  };
}

/**
 * Has this page try the numbers of every version that a training leaves, before anybody puts it to work; and, once it
 * is ready, the newest that was left while no page was open, if that needs no other network.
 */
export function tryCandidates({ news, api, host }: CandidateParts): void {
  const tryOut = async (wanted: (version: ModelVersion) => boolean): Promise<void> => {
    const { versions } = await api.models().catch(() => ({ versions: [] })); // without: who puts it to work tries it then
    const found = versions.findLast(wanted);
    if (found?.descriptor) await host.tryOut(found.descriptor);
  };
  news.on('training', (run) => {
    const { state, version } = run as { state: string; version: string | null };
    if (state === 'done' && version !== null && host.ready) void tryOut(({ id }) => id === version);
  });
  const stop = host.watch(() => {
    if (!host.ready) return;
    stop();
    void tryOut((version) => isUntried(version) && version.descriptor?.spaceId === host.model?.spaceId);
  });
}

function isUntried({ state, made, metrics }: ModelVersion): boolean {
  const gates = metrics?.['gates'];
  return state === 'candidate' && made === 'trained' && !(Array.isArray(gates) && gates.some(({ name }) => name === 'page'));
}
