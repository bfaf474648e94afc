import type { Change, Figure, PerformanceFigures, WindowName } from '../../src/api/performance';

export const HOUR = 3_600_000;
export const NOON = Date.UTC(2026, 10, 24, 12);

export function figure(value: number | null, n: number, changes: Partial<Figure> = {}): Figure {
  return { value, n, low: null, high: null, change: null, records: null, ...changes };
}

export function change(value: number, low: number, high: number): Change {
  return { value, low, high };
}

/** Figures of a window without anything in it, as the server answers on a new data folder. */
export function emptyFigures(name: WindowName = '7d'): PerformanceFigures {
  const none = figure(0, 0);
  const nothing = figure(null, 0);
  const timing = { n: 0, p50: null, p95: null, p99: null };
  return {
    window: { name, from: NOON - 168 * HOUR, to: NOON, bucketMs: HOUR },
    previous: { from: NOON - 336 * HOUR, to: NOON - 168 * HOUR },
    pending: 0,
    counts: { answers: none, pictures: none, feedback: none, corrections: none, errors: none, sessions: none },
    latency: [],
    accuracy: { overall: nothing, byModelVersion: [], audited: nothing },
    errors: [],
    devices: [],
    memory: { numBytes: nothing, numTensors: nothing },
    server: { requests: none, errors: none, routes: [] },
    database: { fileBytes: 4096, walBytes: 0, freeBytes: 0, commit: timing, query: timing },
    storage: [],
    retraining: { triggers: none, causes: [] },
    series: { latency: [], accuracy: [], memory: [], answers: [], errors: [], requests: [] },
  };
}
