import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { build, type Plugin } from 'vite';

/** One file that the service worker keeps: `revision` is null where the name already carries a hash. */
export interface PrecacheEntry {
  url: string;
  revision: string | null;
}

export interface ServiceWorkerOptions {
  entry: string;
  outDir: string;
}

const HASHED_NAME = /-[\w-]{8}\.\w+$/;

/**
 * Lists every built file but the service worker itself and source maps, in a stable order.
 * `/index.html` is listed as `/`, the only address under which the server gives the page.
 */
export async function precacheEntries(folder: string): Promise<PrecacheEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found
    .filter((item) => item.isFile())
    .map((item) => relative(folder, join(item.parentPath, item.name)).split(sep).join('/'))
    .filter((name) => name !== 'sw.js' && !name.endsWith('.map'))
    .sort();
  return Promise.all(files.map((name) => precacheEntry(folder, name)));
}

async function precacheEntry(folder: string, name: string): Promise<PrecacheEntry> {
  const url = name === 'index.html' ? '/' : `/${name}`;
  if (HASHED_NAME.test(name)) return { url, revision: null };
  const digest = createHash('sha256').update(await readFile(join(folder, name)));
  return { url, revision: digest.digest('hex').slice(0, 16) };
}

/** Builds the service worker after the page, as one classic script `/sw.js` that knows the page's files. */
export function serviceWorker({ entry, outDir }: ServiceWorkerOptions): Plugin {
  return {
    name: 'whimbrel-service-worker',
    apply: 'build',
    async closeBundle() {
      if (this.environment.config.consumer !== 'client') return;
      const manifest = await precacheEntries(outDir);
      await build({
        configFile: false,
        logLevel: 'warn',
        define: {
          __PRECACHE__: JSON.stringify(manifest),
          'process.env.NODE_ENV': '"production"',
        },
        build: {
          outDir,
          emptyOutDir: false,
          target: 'es2022',
          reportCompressedSize: false,
          rollupOptions: {
            input: entry,
            output: { format: 'iife', entryFileNames: 'sw.js' },
          },
        },
      });
    },
  };
}
