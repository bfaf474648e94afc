import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { serviceWorker } from './build/service_worker_plugin.ts';

// `dev.py dev` starts the real server beside Vite's own and names it here.
const server = process.env['WHIMBREL_DEV_SERVER'] ?? '';
const proxy = Object.fromEntries(
  (server ? ['/api', '/models', '/enter'] : []).map((path) => [
    path,
    { target: server, changeOrigin: true, headers: { origin: server } },
  ]),
);
const outDir = fileURLToPath(new URL('../static', import.meta.url));

export default defineConfig({
  base: '/',
  plugins: [serviceWorker({ entry: 'src/offline/service_worker.ts', outDir })],
  server: {
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
    proxy,
  },
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
    rollupOptions: { input: ['index.html', 'recovery.html'] },
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome125', 'firefox125', 'safari17.5'],
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
    // TF.js's deep modules are ES modules without saying so: Node alone would refuse them.
    server: { deps: { inline: [/@tensorflow/] } },
  },
});
