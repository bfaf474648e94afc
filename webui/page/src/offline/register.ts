import type { EngineHost } from '../app/engine_host';

const MODEL_CACHE = 'whimbrel-models';
/** Three backbones and three heads. */
const MOST_SETS = 6;

/**
 * Where the browser has service workers: the page and the model at work are kept, so that both open with no server.
 * An improvement only; nothing depends on it.
 */
export function keepOffline(host: EngineHost, atRest: () => boolean): void {
  if (!('serviceWorker' in navigator)) return;
  void register(atRest).catch(() => undefined);
  let kept: string | null = null;
  host.watch(() => {
    const { model } = host;
    if (!host.ready || !model || model.id === kept) return;
    kept = model.id;
    const { backboneUrl, headUrl, variant } = model;
    const backbone = ['backbone.json', `model.${variant}.json`, `${variant}.bin`, 'reference.json'];
    const urls = [...backbone.map((name) => backboneUrl + name), `${headUrl}head.json`, `${headUrl}head.safetensors`];
    void keep(urls).catch(() => undefined);
  });
}

/**
 * A newer page is taken over while nothing is at work, else when the page is opened next: the server's routes and the
 * page that uses them come from one version.
 */
async function register(atRest: () => boolean): Promise<void> {
  const workers = navigator.serviceWorker;
  const isUpdate = workers.controller !== null;
  const registration = await workers.register('/sw.js', { updateViaCache: 'none' });
  if (!isUpdate) return;
  const changeOver = (): void => {
    if (!registration.waiting || !atRest()) return;
    workers.addEventListener('controllerchange', () => location.reload(), { once: true });
    registration.waiting.postMessage({ type: 'SKIP_WAITING' });
  };
  changeOver();
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', changeOver);
  });
}

/** The files are in the browser's own cache already, so nothing is downloaded twice. */
async function keep(urls: readonly string[]): Promise<void> {
  const cache = await caches.open(MODEL_CACHE);
  for (const url of urls) {
    if (await cache.match(url)) continue;
    const response = await fetch(url, { cache: 'force-cache' });
    if (response.ok) await cache.put(url, response);
  }
  await prune(cache, urls);
}

/** Lets the oldest sets go. */
async function prune(cache: Cache, current: readonly string[]): Promise<void> {
  const keys = await cache.keys();
  const setOf = (url: string): string => new URL(url, location.href).pathname.split('/')[2] ?? '';
  const sets = new Set([...current.map(setOf), ...keys.map(({ url }) => setOf(url)).reverse()]);
  const stay = new Set([...sets].slice(0, MOST_SETS));
  await Promise.all(keys.filter(({ url }) => !stay.has(setOf(url))).map((key) => cache.delete(key)));
}
