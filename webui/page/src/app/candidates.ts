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
 * Has this page try the numbers of every version that a training leaves or that comes from the team's collector, before
 * anybody puts it to work; and, once it is ready, the newest that was left while no page was open, if that is one of the
 * collector's or needs no other network.
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
  news.on('versions', () => host.ready && void tryOut((version) => isRelease(version) && isUntried(version)));
  const stop = host.watch(() => {
    if (!host.ready) return;
    stop();
    void tryOut(
      (version) => isUntried(version) && (isRelease(version) || version.descriptor?.spaceId === host.model?.spaceId),
    );
  });
}

function isUntried(version: ModelVersion): boolean {
  const gates = version.metrics?.['gates'];
  const own = version.made === 'trained' || isRelease(version);
  return version.state === 'candidate' && own && !(Array.isArray(gates) && gates.some(({ name }) => name === 'page'));
}

/** Whether it came from the team's collector. */
function isRelease({ metrics }: ModelVersion): boolean {
  return typeof metrics?.['release'] === 'number';
}
