import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ModelVersion } from '../../src/api/types';
import { BASE_MODELS, downloadWords, offersOf } from '../../src/first_run/base_models';

const version = (id: string, changes: Partial<ModelVersion> = {}): ModelVersion => ({
  id, name: id, architecture: 'efficientnet_lite0', alpha: null, variant: 'float32', state: 'candidate', made: 'starter',
  source: '', licence: '', labelCount: 1000, createdAt: 1, ...changes,
});

test('the figures are those of docs/models.md', () => {
  const rows = readFileSync(new URL('../../../../docs/models.md', import.meta.url), 'utf8').split('\n');
  for (const { title, parameters, right } of BASE_MODELS) {
    const cells = rows.find((row) => row.startsWith(`| ${title} |`))?.split('|').map((cell) => cell.trim()) ?? [];
    expect([title, cells[3], cells[8]]).toEqual([title, `${parameters.toFixed(2)} M`, `${right} %`]);
  }
});

test('what is at work comes first and is not offered again', () => {
  const offers = offersOf({
    active: 'mine',
    versions: [version('starter-1'), version('mine', { architecture: 'mobilenet_v2', alpha: 1, made: 'trained', labelCount: 12 })],
  });
  expect(offers.map(({ title }) => title)).toEqual([
    'mine', 'starter-1', 'MobileNet V2 1.0', 'MobileNet V2 0.5', 'MobileNet V1 0.25',
  ]);
  expect(offers.map(({ facts }) => facts)).toEqual([
    '12 labels · here, and ready',
    'Right first time for 75 of 100 pictures · here already',
    'Right first time for 72 of 100 pictures · a little quicker · 14 MB to fetch',
    'Right first time for 65 of 100 pictures · three times as quick · 8 MB to fetch',
    'Right first time for 51 of 100 pictures · the quickest, for very small machines · 2 MB to fetch',
  ]);
});

test('the starter came with Whimbrel', () => {
  const offers = offersOf({ active: 'a', versions: [version('a', { architecture: 'mobilenet_v2', alpha: 1, made: 'fetched' })] });
  expect(offers[1]?.facts).toContain('came with Whimbrel');
  expect(BASE_MODELS.map(downloadWords)).toEqual(['19 MB', '14 MB', '8 MB', '2 MB']);
});
