import { expect, test } from 'vitest';
import type { ModelVersion } from '../../src/api/types';
import { architectureWords, weightsRows } from '../../src/ui/model_words';

const version = {
  metrics: {
    variants: {
      float32: { bytes: 13_400_008, agreement: null },
      uint8: { bytes: 3_595_912, agreement: { top1: 0.968, n: 125, on: "125 photographs of ImageNet's classes" } },
    },
  },
} as unknown as ModelVersion;

test('the forms of the weights with what was measured of them, counted out', () => {
  expect(weightsRows(version)).toEqual([
    { variant: 'float32', size: '13.4 MB', agreement: '–' },
    { variant: 'uint8', size: '3.6 MB', agreement: "on 121 of 125 photographs of ImageNet's classes" },
  ]);
});

test('a registry that measured nothing makes no table', () => {
  expect(weightsRows({ metrics: {} } as unknown as ModelVersion)).toEqual([]);
});

test('a network that is not known by name is called as the file calls it', () => {
  expect(architectureWords('mobilenet_v2', 0.75)).toBe('MobileNet V2, width 0.75');
  expect(architectureWords('resnet', null)).toBe('resnet');
});
