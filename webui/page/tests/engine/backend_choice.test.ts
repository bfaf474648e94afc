import { describe, expect, test } from 'vitest';
import {
  batchArrangements,
  candidates,
  chooseBackend,
  chooseBatchPlan,
  figuresFor,
  figuresKey,
  firstThreads,
  median,
  settingsOf,
  startOrder,
  type Surroundings,
} from '../../src/engine/backend-choice';
import type { BackendFigure, BatchPlan, DeviceInfo } from '../../src/engine/types';

const DESKTOP: Surroundings = { cores: 8, isolated: true };
const SMALL: Surroundings = { cores: 2, isolated: true };

function figure(
  backend: BackendFigure['backend'],
  medianMs: number | null,
  more: Partial<BackendFigure> = {},
): BackendFigure {
  return {
    backend,
    threads: 1,
    halfPrecision: false,
    correct: true,
    relativeError: 1e-6,
    medianMs,
    note: null,
    ...more,
  };
}

const chosen = (figures: BackendFigure[], current = settingsOf('wasm')): string | undefined =>
  chooseBackend(figures, 'auto', current)?.settings.backend;

describe('the backend is chosen by its figures', () => {
  test('and swapped figures swap the choice', () => {
    const times = [24, 412] as const;
    expect(chosen([figure('wasm', times[0]), figure('webgl', times[1])])).toBe('wasm');
    expect(chosen([figure('wasm', times[1]), figure('webgl', times[0])])).toBe('webgl');
  });

  test('never settling on one that is over 10 % slower than another correct one', () => {
    for (let slow = 1; slow <= 3; slow += 0.01) {
      const figures = [figure('wasm', 20 * slow), figure('webgl', 20), figure('cpu', 900)];
      const settled = figures.find((each) => each.backend === chosen(figures));
      expect(settled?.medianMs).toBeLessThanOrEqual(20 * 1.1);
    }
  });

  test('keeping the present one while it is within 10 %', () => {
    const figures = [figure('wasm', 21.9), figure('webgl', 20)];
    expect(chosen(figures, settingsOf('wasm'))).toBe('wasm');
    expect(chosen(figures, settingsOf('webgl'))).toBe('webgl');
  });

  test('a fast one with wrong numbers is not taken, nor one without a time', () => {
    expect(chosen([figure('wasm', 30), figure('webgl', 3, { correct: false })])).toBe('wasm');
    expect(chosen([figure('wasm', 30), figure('webgpu', null)])).toBe('wasm');
  });

  test('threads and half precision are told apart', () => {
    const figures = [
      figure('wasm', 34),
      figure('wasm', 21, { threads: 2 }),
      figure('webgl', 18),
      figure('webgl', 12, { halfPrecision: true }),
    ];
    expect(chooseBackend(figures, 'auto', settingsOf('wasm'))?.settings).toEqual(
      settingsOf('webgl', 1, true),
    );
    expect(chooseBackend(figures, 'wasm', null)?.settings).toEqual(settingsOf('wasm', 2));
  });

  test('what the user prefers is taken however slow, but not if its numbers are wrong', () => {
    const figures = [figure('wasm', 20), figure('cpu', 800)];
    expect(chooseBackend(figures, 'cpu', null)?.settings.backend).toBe('cpu');
    expect(
      chooseBackend([figure('wasm', 20), figure('cpu', 800, { correct: false })], 'cpu', null)?.settings
        .backend,
    ).toBe('wasm');
  });

  test('nothing correct means no choice', () => {
    expect(chooseBackend([figure('wasm', 20, { correct: false })], 'auto', null)).toBeNull();
  });

  test('the reason names both times', () => {
    const choice = chooseBackend([figure('wasm', 21.2, { threads: 2 }), figure('webgl', 412)], 'auto', null);
    expect(choice?.reason).toBe('WASM, 2 threads takes 21 ms here, WebGL 412 ms.');
  });
});

describe('what is started first', () => {
  const nothing = (): boolean => false;

  test('is WASM with threads, then WASM without, then the graphics card, then JavaScript', () => {
    expect(startOrder(SMALL, 'auto', [], nothing)).toEqual([
      settingsOf('wasm', 2),
      settingsOf('wasm'),
      settingsOf('webgl'),
      settingsOf('webgpu'),
      settingsOf('cpu'),
    ]);
  });

  test('is what the figures say where there are any', () => {
    const figures = [figure('wasm', 40), figure('webgl', 9)];
    expect(startOrder(SMALL, 'auto', figures, nothing)[0]).toEqual(settingsOf('webgl'));
  });

  test('is what the user prefers, measured or not', () => {
    expect(startOrder(SMALL, 'webgl', [], nothing)[0]).toEqual(settingsOf('webgl'));
    expect(
      startOrder(SMALL, 'wasm', [figure('webgl', 9), figure('wasm', 30, { threads: 1 })], nothing)[0],
    ).toEqual(settingsOf('wasm'));
  });

  test('is nothing that has failed here before', () => {
    const order = startOrder(SMALL, 'webgl', [figure('webgl', 9)], ({ backend }) => backend === 'webgl');
    expect(order.map(({ backend }) => backend)).not.toContain('webgl');
    expect(order[0]).toEqual(settingsOf('wasm', 2));
  });

  test('has no threads where the page is not isolated', () => {
    expect(firstThreads({ cores: 8, isolated: false })).toBe(1);
    expect(firstThreads(SMALL)).toBe(2);
    expect(firstThreads(DESKTOP)).toBe(4);
    expect(firstThreads({ cores: 1, isolated: true })).toBe(1);
  });
});

describe('what is measured', () => {
  test('is WASM with every useful number of threads, and every other backend', () => {
    const threads = (around: Surroundings): number[] =>
      candidates(around)
        .filter(({ backend }) => backend === 'wasm')
        .map((settings) => settings.threads);
    expect(threads(SMALL)).toEqual([2, 1]);
    expect(threads(DESKTOP)).toEqual([8, 4, 2, 1]);
    expect(threads({ cores: 64, isolated: true })).toEqual([8, 4, 2, 1]);
    expect(threads({ cores: 8, isolated: false })).toEqual([1]);
    expect(
      candidates(SMALL)
        .slice(2)
        .map(({ backend }) => backend),
    ).toEqual(['webgl', 'webgpu', 'cpu']);
  });

  test('the median is the middle, or the mean of the two middles', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
  });
});

describe('batches', () => {
  const plan = (workers: number, threads: number, picturesPerSecond: number | null): BatchPlan => ({
    workers,
    threads,
    picturesPerSecond,
  });

  test('are tried on one worker with threads, and on a worker a core', () => {
    const shapes = (around: Surroundings, best: number): number[][] =>
      batchArrangements(around, best).map(({ workers, threads }) => [workers, threads]);
    expect(shapes(SMALL, 2)).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect(shapes(DESKTOP, 4)).toEqual([
      [1, 4],
      [4, 1],
      [2, 4],
    ]);
    expect(shapes({ cores: 1, isolated: true }, 1)).toEqual([[1, 1]]);
  });

  test('go to the faster plan by measurement, both ways round', () => {
    expect(chooseBatchPlan([plan(1, 2, 30), plan(2, 1, 40)])?.workers).toBe(2);
    expect(chooseBatchPlan([plan(1, 2, 40), plan(2, 1, 30)])?.workers).toBe(1);
  });

  test('stay on one worker for a gain under 10 %, and ignore plans that failed', () => {
    expect(chooseBatchPlan([plan(1, 2, 30), plan(2, 1, 32)])?.workers).toBe(1);
    expect(chooseBatchPlan([plan(1, 2, 30), plan(2, 1, null)])?.workers).toBe(1);
    expect(chooseBatchPlan([plan(1, 2, null)])).toBeNull();
  });
});

describe('stored figures', () => {
  const device: DeviceInfo = {
    gpu: { vendor: 'Intel', renderer: 'Iris Pro' },
    webglVersion: 'webgl2',
    deviceMemory: 8,
    hardwareConcurrency: 8,
    userAgent: 'Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  };
  const key = figuresKey(device, DESKTOP, '/models/aa/', 'float32');
  const stored = { schema: 1, key, figures: [], batch: null } as const;

  test('hold for the same browser, device and backbone', () => {
    expect(figuresFor(stored, figuresKey(device, DESKTOP, '/models/aa/', 'float32'))).toBe(stored);
  });

  test('do not hold for another card, core count, isolation, browser, backbone or variant', () => {
    const others = [
      figuresKey({ ...device, gpu: { vendor: 'x', renderer: 'y' } }, DESKTOP, '/models/aa/', 'float32'),
      figuresKey(device, SMALL, '/models/aa/', 'float32'),
      figuresKey(device, { ...DESKTOP, isolated: false }, '/models/aa/', 'float32'),
      figuresKey({ ...device, userAgent: 'Firefox/140' }, DESKTOP, '/models/aa/', 'float32'),
      figuresKey(device, DESKTOP, '/models/bb/', 'float32'),
      figuresKey(device, DESKTOP, '/models/aa/', 'uint8'),
    ];
    for (const other of others) expect(figuresFor(stored, other)).toBeNull();
    expect(figuresFor(null, key)).toBeNull();
  });
});
