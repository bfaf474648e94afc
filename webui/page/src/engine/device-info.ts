/** The machine as the browser tells it; part of every record, and of the key under which figures are kept. */

import type { DeviceInfo } from './types';

let known: DeviceInfo | null = null;

/** Asked once a page: a WebGL context is not free. */
export async function deviceInfo(): Promise<DeviceInfo> {
  known ??= readDeviceInfo();
  return known;
}

function readDeviceInfo(): DeviceInfo {
  const { deviceMemory } = navigator as Navigator & { deviceMemory?: number };
  return {
    ...readGpu(),
    deviceMemory: deviceMemory ?? null,
    hardwareConcurrency: navigator.hardwareConcurrency ?? null,
    userAgent: navigator.userAgent,
  };
}

function readGpu(): Pick<DeviceInfo, 'gpu' | 'webglVersion'> {
  for (const version of ['webgl2', 'webgl'] as const) {
    const gl = new OffscreenCanvas(1, 1).getContext(version) as WebGLRenderingContext | null;
    if (gl === null) continue;
    const unmasked = gl.getExtension('WEBGL_debug_renderer_info');
    const vendor = text(gl.getParameter(unmasked?.UNMASKED_VENDOR_WEBGL ?? gl.VENDOR));
    const renderer = text(gl.getParameter(unmasked?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
    gl.getExtension('WEBGL_lose_context')?.loseContext(); // browsers allow only a few contexts a page
    return { gpu: { vendor, renderer }, webglVersion: version };
  }
  return { gpu: null, webglVersion: null };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
