import type { ApiClient } from '../api/client';
import type { ExportRequest } from '../api/record_types';

type DesktopApi = Pick<ApiClient, 'send'>;
interface PickedPath {
  readonly path: string | null;
}

interface DesktopInfo {
  readonly window: boolean;
  readonly notice: string | null;
}

/** What happened to the window since the page was there; told once. */
export async function takeNotice(api: DesktopApi): Promise<string | null> {
  const found = await api.send<DesktopInfo>('/api/desktop').catch(() => null);
  return found?.notice ?? null;
}

/** Whether the page is in Whimbrel's own window, which can show the system's dialogs. */
export async function hasWindow(api: DesktopApi): Promise<boolean> {
  const found = await api.send<{ window: boolean }>('/api/desktop').catch(() => null);
  return found?.window ?? false;
}

/** What the user chose in the system's dialog; empty where it was left. Rejects as `api` does. */
export async function pickPaths(api: DesktopApi, what: 'pictures' | 'folder'): Promise<readonly string[]> {
  const found = await api.send<Partial<PickedPath> & { paths?: string[] }>(`/api/desktop/pick-${what}`, {});
  return found.paths ?? (found.path ? [found.path] : []);
}

/** Asks in the system's dialog where an export shall go; null where the user left it. Shards go into a folder. */
export async function askPlace(
  api: DesktopApi,
  { format, gzip }: Pick<ExportRequest, 'format' | 'gzip'>,
  today: Date,
): Promise<Pick<ExportRequest, 'folder' | 'path'> | null> {
  if (format === 'tfrecord') {
    const { path } = await api.send<PickedPath>('/api/desktop/pick-folder', {});
    return path === null ? null : { folder: path };
  }
  const day = new Intl.DateTimeFormat('sv').format(today);
  const suggested = `whimbrel-training-data-${day}.${format}${gzip ? '.gz' : ''}`;
  const { path } = await api.send<PickedPath>('/api/desktop/save-as', { suggested });
  return path === null ? null : { path };
}
