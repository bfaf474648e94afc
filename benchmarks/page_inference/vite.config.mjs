// Built with the page's own Vite and settings, so that the worker measured is the worker shipped.
export default {
  base: '/',
  publicDir: 'public',
  worker: {
    format: 'es',
    rollupOptions: { output: { entryFileNames: 'assets/inference-worker-[hash].js' } },
  },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
};
