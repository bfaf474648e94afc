import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { serviceWorker } from './build/service_worker_plugin.ts';

const outDir = fileURLToPath(new URL('../static', import.meta.url));

export default defineConfig({
  base: '/',
  plugins: [serviceWorker({ entry: 'src/offline/service_worker.ts', outDir })],
  worker: {
    format: 'es',
    rollupOptions: {
      output: {
        entryFileNames: 'assets/inference-worker-[hash].js',
        chunkFileNames: 'assets/engine-[name]-[hash].js',
      },
    },
  },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows no inline anything: every asset is a file of its own with a hash in its name.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1600,
    reportCompressedSize: false,
  },
  test: {
    include: ['tests/**/*.test.ts', 'src/**/*.test.ts'],
    exclude: [...configDefaults.exclude],
    environment: 'node',
    pool: 'threads',
    maxWorkers: 2,
  },
});
