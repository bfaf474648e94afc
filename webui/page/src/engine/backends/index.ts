/** Starts one TF.js backend in this worker; each backend's code is loaded only when it is asked for. */

import { engine, getBackend, setBackend } from '@tensorflow/tfjs-core';
import type { BackendName } from '../types';

/** How a worker's backend is to run. */
export interface BackendSettings {
  readonly backend: BackendName;
  /** WASM threads; 1 for the others. */
  readonly threads: number;
  /** WebGL with float16 textures. */
  readonly halfPrecision: boolean;
}

/** How it runs in fact. */
export interface StartedBackend extends BackendSettings {
  /** Throws away what the device lost: true after a lost WebGL context or WebGPU device. */
  isLost(): boolean;
}

/**
 * Starts the backend. `onLost` is told once when its device goes away. Throws Error where it cannot start.
 */
export async function startBackend(settings: BackendSettings, onLost: () => void): Promise<StartedBackend> {
  const starters = { wasm: startWasm, webgl: startWebgl, webgpu: startWebgpu, cpu: startCpu };
  return starters[settings.backend](settings, onLost);
}

async function use(backend: BackendName): Promise<void> {
  const started = await setBackend(backend);
  if (!started || getBackend() !== backend) throw new Error(`The ${backend} backend did not start.`);
}

async function startWasm(settings: BackendSettings): Promise<StartedBackend> {
  const { prepareWasm, wasmThreads } = await import('./wasm');
  prepareWasm(settings.threads);
  await use('wasm');
  const threads = settings.threads > 1 ? wasmThreads() : 1;
  return { backend: 'wasm', threads, halfPrecision: false, isLost: () => false };
}

async function startWebgl(settings: BackendSettings, onLost: () => void): Promise<StartedBackend> {
  const { prepareWebgl, webglContext, webglIsHalf } = await import('./webgl');
  prepareWebgl(settings.halfPrecision);
  await use('webgl');
  const gl = webglContext();
  gl.canvas.addEventListener('webglcontextlost', onLost, { once: true });
  return { backend: 'webgl', threads: 1, halfPrecision: webglIsHalf(), isLost: () => gl.isContextLost() };
}

async function startWebgpu(_: BackendSettings, onLost: () => void): Promise<StartedBackend> {
  if (!(await navigator.gpu?.requestAdapter())) throw new Error('There is no WebGPU adapter.');
  await import('./webgpu');
  await use('webgpu');
  let lost = false;
  const { device } = engine().backend as unknown as { device: GPUDevice };
  void device.lost.then(() => {
    lost = true;
    onLost();
  });
  return { backend: 'webgpu', threads: 1, halfPrecision: false, isLost: () => lost };
}

async function startCpu(): Promise<StartedBackend> {
  await import('./cpu');
  await use('cpu');
  return { backend: 'cpu', threads: 1, halfPrecision: false, isLost: () => false };
}
