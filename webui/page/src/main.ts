/** Puts the page's parts together. */

import { Whimbrel } from './app/whimbrel';
import { systemClock } from './base/clock';
import { deviceInfo } from './engine/device-info';
import { EnginePool } from './engine/engine-pool';
import { keepOffline } from './offline/register';
import { flushWithPage, openOutbox, pageStorage } from './statistics/queue';
import type { AppShell } from './ui/app_shell';
import './ui/elements';
import { followTheme } from './ui/theme';

async function open(): Promise<void> {
  const signs = document.documentElement.dataset;
  const storage = pageStorage();
  const whimbrel = new Whimbrel({
    outbox: await openOutbox(),
    fetcher: (input, init) => fetch(input, init),
    clock: systemClock,
    storage,
    locks: navigator.locks ?? null,
    openEngine: (options) => new EnginePool(options),
    describeDevice: deviceInfo,
    signs,
    leaveTo: (address) => location.replace(address),
    news: {
      channel: typeof BroadcastChannel === 'function' ? new BroadcastChannel('whimbrel-news') : null,
      connect: () => new EventSource('/api/events'),
    },
  });
  followTheme(whimbrel.settings, signs, storage);
  flushWithPage(whimbrel.queue.sender, document, window);
  const shell = document.querySelector<AppShell>('whimbrel-app');
  if (shell) shell.whimbrel = whimbrel;
  if (shell) void import('./app/menu').then(({ listenToMenu }) => listenToMenu(window, { whimbrel, view: shell.view }));
  keepOffline(whimbrel.host, () => whimbrel.atRest);
  await whimbrel.start();
}

void open();
