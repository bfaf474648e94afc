/** Changes the head of stations that are at work: first all of them have it and have tried it, then it answers. */

import type { Crew } from './crew';
import type { ModelFiles } from './model-files';
import { numbersOf } from './numbers';
import { asFailure } from './outcome';
import type { ReferenceVerdict } from './reference-pattern';
import type { Station } from './station';
import type { NumbersCheck } from './types';
import { isDeath } from './worker-handle';

/** The measures that a swap leaves in the browser's timeline (`performance.getEntriesByName`). */
export const SWAP = 'whimbrel-swap';

interface Prepared {
  readonly station: Station;
  readonly verdict: ReferenceVerdict | null;
}

/**
 * Puts the head of `files` to work on every station of the crew. Where one finds wrong numbers none changes,
 * and it rejects with WrongNumbers. A station that dies meanwhile is left to the crew. How long the change
 * took, from asking for it to the last station that works with it, is a measure of the name `SWAP`.
 */
export async function swapHead(crew: Crew, files: ModelFiles): Promise<void> {
  const prepared = await prepareAll(crew.stations, files);
  const begun = performance.now();
  crew.filesChanged(files, prepared.map(({ station }) => station));
  await Promise.all(prepared.map(({ station, verdict }) => alive(station.swapHead(verdict))));
  performance.measure(SWAP, { start: begun, detail: { model: files.model.id } });
}

/** What a head's numbers are on a station that goes on with another. Rejects as `swapHead`. */
export async function tryHead(station: Station, files: ModelFiles): Promise<NumbersCheck | null> {
  try {
    const verdict = await station.prepareHead(files);
    return numbersOf(station, files.model, verdict?.relativeError ?? null);
  } finally {
    await alive(station.dropHead());
  }
}

async function prepareAll(stations: readonly Station[], files: ModelFiles): Promise<Prepared[]> {
  const results = await Promise.allSettled(
    stations.map(async (station) => ({ station, verdict: await station.prepareHead(files) })),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const wrong = failures.find((failure) => !isDeath(asFailure('load', failure)));
  if (wrong === undefined) return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  await Promise.all(stations.map((station) => alive(station.dropHead())));
  throw wrong;
}

/** Whether the station lived through it; what else fails is thrown. */
async function alive(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isDeath(asFailure('load', error))) throw error;
  }
}
