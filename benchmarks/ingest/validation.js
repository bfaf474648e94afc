// The form of a batch and of an inference, with the limits that Whimbrel has.

import Ajv from 'ajv';

const ajv = new Ajv();
const text = { type: 'string', maxLength: 1024, pattern: '^[^\\u0000]*$' };
const name = { ...text, minLength: 1, maxLength: 256 };
const count = { type: 'integer', minimum: 0, maximum: 2 ** 53 };
const milliseconds = { type: 'number', minimum: 0, maximum: 86_400_000 };
const probability = { type: 'number', minimum: 0, maximum: 1 };
const digest = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const uuid = {
  type: 'string',
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
};

function object(properties, ...required) {
  return { type: 'object', properties, required };
}

const device = object({
  gpu: object({ vendor: text, renderer: text }),
  webglVersion: text,
  deviceMemory: { type: 'number', minimum: 0, maximum: 1_048_576 },
  hardwareConcurrency: { type: 'integer', minimum: 0, maximum: 65_536 },
  userAgent: text,
});

const prediction = object(
  { className: name, probability, rank: { type: 'integer', minimum: 1, maximum: 1000 } },
  'className', 'probability', 'rank',
);

const inference = object(
  {
    kind: { const: 'inference' },
    id: uuid,
    timestamp: count,
    modelVersion: name,
    predictions: { type: 'array', items: prediction, minItems: 1, maxItems: 100 },
    inferenceTime: milliseconds,
    preprocessingTime: milliseconds,
    totalTime: milliseconds,
    memoryUsage: object(
      { numTensors: count, numBytes: count, numDataBuffers: count }, 'numTensors', 'numBytes', 'numDataBuffers',
    ),
    backend: name,
    variant: { enum: ['float32', 'float16', 'uint8'] },
    spaceId: digest,
    source: { enum: ['file', 'camera', 'paste', 'folder'] },
    picture: object(
      { sha256: digest, fileName: name, path: text, width: count, height: count, bytes: count, capturedAt: text },
      'sha256', 'fileName',
    ),
    deviceInfo: device,
  },
  'id', 'modelVersion', 'predictions', 'inferenceTime', 'preprocessingTime', 'totalTime', 'memoryUsage',
);

export const checkBatch = ajv.compile(
  object(
    { sessionId: name, deviceInfo: device, statistics: { type: 'array', maxItems: 1000, items: { type: 'object' } } },
    'sessionId', 'statistics',
  ),
);
export const checkRecord = ajv.compile(inference);

export function reasonOf(check) {
  const [error] = check.errors;
  return `Change ${error.instancePath || 'the record'}: it ${error.message}.`;
}
