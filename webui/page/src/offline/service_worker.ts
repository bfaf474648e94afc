/**
 * Keeps the page, the program's own files and the models where they can be read without a server, with the headers
 * that they came with (cross-origin isolation and the policies hold for kept pages too).
 */

import { cleanupOutdatedCaches, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst, NetworkFirst } from 'workbox-strategies';

declare const __PRECACHE__: PrecacheEntry[];

interface ServiceWorkerScope {
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'activate', listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<{ type?: string } | null>) => void): void;
}

const scope = self as unknown as ServiceWorkerScope;
const LAST_KNOWN = ['/api/pictures', '/api/labels', '/api/models'];
/** What a head's numbers have to be: without it no model is put to work. */
const CHECKS = /^\/api\/models\/[^/]+\/checks$/;

precacheAndRoute(__PRECACHE__);
cleanupOutdatedCaches();

registerRoute(({ url }) => url.pathname.startsWith('/models/'), new CacheFirst({ cacheName: 'whimbrel-models' }));
registerRoute(({ url }) => url.pathname.startsWith('/assets/'), new CacheFirst({ cacheName: 'whimbrel-assets' }));
registerRoute(
  ({ url }) => LAST_KNOWN.includes(url.pathname) || CHECKS.test(url.pathname),
  new NetworkFirst({ cacheName: 'whimbrel-last-known' }),
);
// Every visit asks under another session: the last answer counts for the next.
registerRoute(
  ({ url }) => url.pathname === '/api/session',
  new NetworkFirst({
    cacheName: 'whimbrel-last-known',
    plugins: [{ cacheKeyWillBeUsed: async () => '/api/session' }],
  }),
);

scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener('message', ({ data }) => {
  if (data?.type === 'SKIP_WAITING') void scope.skipWaiting();
});
