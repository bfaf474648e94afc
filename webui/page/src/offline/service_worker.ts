import { precacheAndRoute, type PrecacheEntry } from 'workbox-precaching';

declare const __PRECACHE__: PrecacheEntry[];

precacheAndRoute(__PRECACHE__);
