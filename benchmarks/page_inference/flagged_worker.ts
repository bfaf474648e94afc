/** The page's inference worker with TF.js's flags as the worker's name says ("WEBGL_PACK:false"). */

import { env } from '../../webui/page/node_modules/@tensorflow/tfjs-core';
import '../../webui/page/src/engine/inference-worker';

const given = self.name.split(',').filter((flag) => flag.includes(':'));
// What TF.js itself reads from the address; a backend's flags take it up when its code is loaded.
Object.assign((env() as unknown as { urlFlags: object }).urlFlags, {
  ...Object.fromEntries(given.map((flag) => [flag.split(':')[0], flag.split(':')[1] === 'true'])),
});
