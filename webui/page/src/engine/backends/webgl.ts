/** TF.js on WebGL, drawing on an OffscreenCanvas of the worker. */

import { backend, env, registerKernel } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgl/dist/base';
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl/dist/base';
import { addConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Add';
import { batchMatMulConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/BatchMatMul';
import { castConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Cast';
import { conv2DConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Conv2D';
import { depthwiseConv2dNativeConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/DepthwiseConv2dNative';
import { fusedConv2DConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/FusedConv2D';
import { fusedDepthwiseConv2DConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/FusedDepthwiseConv2D';
import { identityConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Identity';
import { meanConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Mean';
import { multiplyConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Multiply';
import { realDivConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/RealDiv';
import { reluConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Relu';
import { relu6Config } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Relu6';
import { reshapeConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Reshape';
import { softmaxConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Softmax';
import { sqrtConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Sqrt';
import { transposeConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Transpose';
import { _fusedMatMulConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/_FusedMatMul';

// What the networks and their heads are made of (a mean transposes); everything else stays out of the bundle.
const KERNELS = [
  addConfig,
  batchMatMulConfig,
  castConfig,
  conv2DConfig,
  depthwiseConv2dNativeConfig,
  fusedConv2DConfig,
  fusedDepthwiseConv2DConfig,
  identityConfig,
  meanConfig,
  multiplyConfig,
  realDivConfig,
  reluConfig,
  relu6Config,
  reshapeConfig,
  softmaxConfig,
  sqrtConfig,
  transposeConfig,
  _fusedMatMulConfig,
];

for (const kernel of KERNELS) registerKernel(kernel);

/**
 * Must run before the backend starts. `halfPrecision` stores every tensor as float16 textures; packing is
 * TF.js's default.
 */
export function prepareWebgl(halfPrecision: boolean): void {
  env().set('WEBGL_FORCE_F16_TEXTURES', halfPrecision);
  // Software drawing is refused by default; whether it is fast enough is measured here, not assumed.
  env().set('SOFTWARE_WEBGL_ENABLED', true);
}

/** The context that the started backend draws with. */
export function webglContext(): WebGLRenderingContext {
  return (backend() as MathBackendWebGL).gpgpu.gl;
}

/** Whether the started backend computes in half precision, asked for or because the device has no more. */
export function webglIsHalf(): boolean {
  return !env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
}
