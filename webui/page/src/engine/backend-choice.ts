/** Which backend to start with, which to measure, and which to settle on: pure functions of what is known. */

import type { BackendSettings } from './backends';
import type { BackendFigure, BackendName, BatchPlan, DeviceInfo, StoredFigures } from './types';

/** A backend may stay at work while no other correct one is faster by more than this. */
const TOLERATED_SLOWNESS = 1.1;
/** More threads than this never helped a network of this size. */
const MOST_THREADS = 8;
/** More workers than this cost memory and bring little. */
const MOST_WORKERS = 4;

export interface Surroundings {
  /** navigator.hardwareConcurrency. */
  readonly cores: number;
  /** WASM threads need a cross-origin isolated page. */
  readonly isolated: boolean;
}

export interface Choice {
  readonly settings: BackendSettings;
  /** For people: why this one. */
  readonly reason: string;
}

export function settingsOf(backend: BackendName, threads = 1, halfPrecision = false): BackendSettings {
  return { backend, threads, halfPrecision };
}

export function sameSettings(a: BackendSettings, b: BackendSettings): boolean {
  return a.backend === b.backend && a.threads === b.threads && a.halfPrecision === b.halfPrecision;
}

/**
 * Threads to begin with, before anything is measured: all of two cores, else half (the rest may be
 * hyperthreads).
 */
export function firstThreads({ cores, isolated }: Surroundings): number {
  if (!isolated || cores < 2) return 1;
  return Math.min(MOST_THREADS / 2, Math.max(2, Math.floor(cores / 2)));
}

/** What to measure, most promising first: WASM by threads, then the graphics card, then plain JavaScript. */
export function candidates(around: Surroundings): BackendSettings[] {
  const threads = around.isolated
    ? [1, 2, 4, 8].filter((n) => n <= Math.min(around.cores, MOST_THREADS))
    : [1];
  return [
    ...threads.reverse().map((n) => settingsOf('wasm', n)),
    settingsOf('webgl'),
    settingsOf('webgpu'),
    settingsOf('cpu'),
  ];
}

/**
 * What to try to start, in order: the wished or measured best first, then whatever might run.
 * `unfit` leaves out what has failed on this page already.
 */
export function startOrder(
  around: Surroundings,
  preferred: 'auto' | BackendName,
  figures: readonly BackendFigure[],
  unfit: (settings: BackendSettings) => boolean,
): BackendSettings[] {
  const fit = figures.filter((figure) => !unfit(figure));
  const best = chooseBackend(fit, preferred, null);
  const wished =
    preferred === 'auto' ? [] : [settingsOf(preferred, preferred === 'wasm' ? firstThreads(around) : 1)];
  const anything = [
    settingsOf('wasm', firstThreads(around)),
    settingsOf('wasm'),
    settingsOf('webgl'),
    settingsOf('webgpu'),
    settingsOf('cpu'),
  ];
  const measured =
    best && (preferred === 'auto' || best.settings.backend === preferred) ? [best.settings] : [];
  const order: BackendSettings[] = [];
  for (const settings of [...measured, ...wished, ...anything]) {
    if (!unfit(settings) && !order.some((earlier) => sameSettings(earlier, settings))) order.push(settings);
  }
  return order;
}

/**
 * The backend to work with by measured times: the fastest correct one, or the present one where it is at most
 * 10 % slower. A preferred backend is taken if it is correct, however slow. Null where nothing correct was timed.
 */
export function chooseBackend(
  figures: readonly BackendFigure[],
  preferred: 'auto' | BackendName,
  current: BackendSettings | null,
): Choice | null {
  const usable = figures.filter(isUsable).sort((a, b) => a.medianMs - b.medianMs);
  const wished = usable.filter((figure) => figure.backend === preferred);
  const field = wished.length > 0 ? wished : usable;
  const fastest = field[0];
  if (!fastest) return null;
  const present = field.find((figure) => current !== null && sameSettings(figure, current));
  const winner = present && present.medianMs <= fastest.medianMs * TOLERATED_SLOWNESS ? present : fastest;
  const settings = settingsOf(winner.backend, winner.threads, winner.halfPrecision);
  return { settings, reason: reasonFor(winner, usable, preferred) };
}

type UsableFigure = BackendFigure & { readonly medianMs: number };

function isUsable(figure: BackendFigure): figure is UsableFigure {
  return figure.correct && figure.medianMs !== null;
}

function reasonFor(
  winner: UsableFigure,
  usable: readonly UsableFigure[],
  preferred: 'auto' | BackendName,
): string {
  const time = `${backendName(winner)} takes ${Math.round(winner.medianMs)} ms here`;
  if (preferred === winner.backend) return `${time}, and it is what you chose.`;
  const other = usable.find((figure) => figure.backend !== winner.backend);
  return other ? `${time}, ${backendName(other)} ${Math.round(other.medianMs)} ms.` : `${time}.`;
}

/** "WASM, 2 threads": what people read in Settings and under an answer. */
export function backendName({ backend, threads, halfPrecision }: BackendSettings): string {
  const names: Record<BackendName, string> = {
    wasm: 'WASM',
    webgl: 'WebGL',
    webgpu: 'WebGPU',
    cpu: 'JavaScript',
  };
  if (backend === 'wasm' && threads > 1) return `${names.wasm}, ${threads} threads`;
  return halfPrecision ? `${names[backend]}, half precision` : names[backend];
}

/** Ways to run a batch on WASM that are worth measuring on this machine. */
export function batchArrangements({ cores, isolated }: Surroundings, bestThreads: number): BatchPlan[] {
  const plans: BatchPlan[] = [{ workers: 1, threads: bestThreads, picturesPerSecond: null }];
  if (cores < 2) return plans;
  plans.push({ workers: Math.min(cores, MOST_WORKERS), threads: 1, picturesPerSecond: null });
  if (cores >= 4 && isolated) {
    plans.push({
      workers: 2,
      threads: Math.min(MOST_THREADS, Math.floor(cores / 2)),
      picturesPerSecond: null,
    });
  }
  return plans;
}

/** Before anything is measured: a worker a core. */
export function firstBatchPlan({ cores }: Surroundings): BatchPlan {
  return { workers: Math.max(1, Math.min(cores, MOST_WORKERS)), threads: 1, picturesPerSecond: null };
}

/** The fastest plan; more than one worker only where it gains over 10 %, for each costs some 80 MB. */
export function chooseBatchPlan(plans: readonly BatchPlan[]): BatchPlan | null {
  const speed = (plan: BatchPlan): number => plan.picturesPerSecond ?? 0;
  const [fastest] = [...plans].filter((plan) => speed(plan) > 0).sort((a, b) => speed(b) - speed(a));
  if (!fastest) return null;
  const alone = plans.find((plan) => plan.workers === 1 && speed(plan) > 0);
  return alone && speed(fastest) <= speed(alone) * TOLERATED_SLOWNESS ? alone : fastest;
}

/** Figures belong to one device, browser and backbone; anything else has to be measured anew. */
export function figuresKey(
  device: DeviceInfo,
  around: Surroundings,
  backboneUrl: string,
  variant: string,
): string {
  const browser = device.userAgent?.match(/(?:Chrome|Firefox|Version)\/\d+/)?.[0] ?? 'unknown';
  const card = device.gpu?.renderer ?? 'no WebGL';
  return [browser, card, around.cores, around.isolated ? 'isolated' : 'shared', backboneUrl, variant].join(
    ' | ',
  );
}

/** The stored figures if they are for `key`, else none. */
export function figuresFor(stored: StoredFigures | null, key: string): StoredFigures | null {
  return stored !== null && stored.schema === 1 && stored.key === key ? stored : null;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
