import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { precacheEntries } from '../../build/service_worker_plugin.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whimbrel-'));
  await mkdir(join(folder, 'assets'));
});

afterEach(() => rm(folder, { recursive: true }));

test('every file but the service worker itself and the maps; hashed names need no revision', async () => {
  for (const name of ['index.html', 'sw.js', 'assets/index-C-oPQTmm.css', 'assets/index-CtTwM5RS.js.map']) {
    await writeFile(join(folder, name), name);
  }
  expect(await precacheEntries(folder)).toEqual([
    { url: '/assets/index-C-oPQTmm.css', revision: null },
    { url: '/', revision: expect.stringMatching(/^[0-9a-f]{16}$/) },
  ]);
});

test('the page gets another revision when it changes', async () => {
  const page = join(folder, 'index.html');
  await writeFile(page, 'one');
  const [before] = await precacheEntries(folder);
  await writeFile(page, 'two');
  const [after] = await precacheEntries(folder);
  expect(after?.revision).not.toBe(before?.revision);
});
