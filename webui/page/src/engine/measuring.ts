/**
 * Times every backend, each in a worker of its own that is thrown away, while the page has nothing else to
 * do.
 */

import {
  batchArrangements,
  candidates,
  chooseBackend,
  chooseBatchPlan,
  median,
  settingsOf,
  type Surroundings,
} from './backend-choice';
import type { BackendSettings } from './backends';
import type { ModelFiles } from './model-files';
import { asFailure } from './outcome';
import { Station } from './station';
import type { BackendFigure, BatchPlan } from './types';

const TIMED_RUNS = 15;
const TIMING_BUDGET_MS = 3_000;
/** After its first run (which compiles) a backend this much slower than the best is timed no further. */
const HOPELESS = 10;
/** A backend whose first run takes longer is not timed at all: it would keep the machine busy for nothing. */
const FIRST_RUN_LIMIT_MS = 15_000;
const BATCH_PICTURES = 24;
/** Before them, so many a worker: until then its code is not compiled, and many workers would look slow. */
const WARM_UP_PICTURES = 6;
/** Measurements that pictures disturbed are thrown away and done again, so often. */
const MOST_ATTEMPTS = 3;

export interface Idleness {
  /** Resolves when nobody has wanted anything for a while; rejects when the measuring is off. */
  whenIdle(): Promise<void>;
  /** Changes with every picture. */
  activity(): number;
}

/** Figures of every candidate, in the order measured. Rejects only with what `idle` rejects with. */
export async function measureBackends(
  files: ModelFiles,
  around: Surroundings,
  idle: Idleness,
  unfit: (settings: BackendSettings) => boolean,
): Promise<BackendFigure[]> {
  const figures: BackendFigure[] = [];
  const measure = async (settings: BackendSettings): Promise<BackendFigure> => {
    const best = chooseBackend(figures, 'auto', null)?.settings;
    const bestMs =
      figures.find((figure) => best !== undefined && isOf(figure, best))?.medianMs ??
      Number.POSITIVE_INFINITY;
    const figure = await undisturbed(idle, () => measureOne(settings, files, bestMs));
    figures.push(figure);
    return figure;
  };
  for (const settings of candidates(around).filter((candidate) => !unfit(candidate))) {
    const figure = await measure(settings);
    const isQuickWebgl = settings.backend === 'webgl' && figure.correct && figure.note === null;
    if (isQuickWebgl && !figure.halfPrecision) await measure(settingsOf('webgl', 1, true));
  }
  return figures;
}

/** The best way to run a batch on WASM, measured with whole pictures; null where none could be timed. */
export async function measureBatchPlan(
  files: ModelFiles,
  around: Surroundings,
  bestThreads: number,
  idle: Idleness,
): Promise<BatchPlan | null> {
  const plans: BatchPlan[] = [];
  for (const plan of batchArrangements(around, bestThreads)) {
    plans.push(await undisturbed(idle, () => measurePlan(plan, files)));
  }
  return chooseBatchPlan(plans);
}

function isOf(figure: BackendFigure, settings: BackendSettings): boolean {
  return (
    figure.backend === settings.backend &&
    figure.threads === settings.threads &&
    figure.halfPrecision === settings.halfPrecision
  );
}

async function undisturbed<T>(idle: Idleness, measure: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    await idle.whenIdle();
    const before = idle.activity();
    const figure = await measure();
    if (idle.activity() === before || attempt >= MOST_ATTEMPTS) return figure;
  }
}

async function measureOne(
  settings: BackendSettings,
  files: ModelFiles,
  bestMs: number,
): Promise<BackendFigure> {
  const failed = { ...settings, correct: false, relativeError: null, medianMs: null };
  let station: Station | null = null;
  try {
    station = await Station.open(settings, files, () => undefined, FIRST_RUN_LIMIT_MS);
    const giveUpMs = bestMs * HOPELESS;
    const plan = { runs: TIMED_RUNS, budgetMs: TIMING_BUDGET_MS, giveUpMs };
    const times = await station.handle.call((worker) => worker.time(plan), TIMING_BUDGET_MS * HOPELESS);
    const medianMs = median(times);
    const note = medianMs >= giveUpMs ? `more than ${HOPELESS} times slower than the best` : null;
    return { ...station.settings, correct: true, relativeError: station.relativeError, medianMs, note };
  } catch (error) {
    return { ...failed, note: asFailure('backend', error).sentence };
  } finally {
    station?.handle.terminate();
  }
}

async function measurePlan(plan: BatchPlan, files: ModelFiles): Promise<BatchPlan> {
  const settings = settingsOf('wasm', plan.threads);
  const opened = await Promise.allSettled(
    Array.from({ length: plan.workers }, () => Station.open(settings, files, () => undefined)),
  );
  const stations = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    if (stations.length < plan.workers) return plan;
    const each = Math.ceil(BATCH_PICTURES / plan.workers);
    const together = (count: number): Promise<number[]> =>
      Promise.all(stations.map((station) => station.handle.call((worker) => worker.timeBatch(count))));
    await together(WARM_UP_PICTURES);
    const times = await together(each);
    return { ...plan, picturesPerSecond: (each * plan.workers * 1000) / Math.max(...times) };
  } catch {
    return plan; // a worker that went down is no plan
  } finally {
    for (const station of stations) station.handle.terminate();
  }
}
