import { expect, test } from 'vitest';
import type { ModelList } from '../../src/api/types';
import { tryCandidates } from '../../src/app/candidates';
import { descriptor } from '../support/fake_engine';

/** What is tried after these runs, by a page whose model is warm or not. */
async function triedAfter(runs: readonly object[], ready = true): Promise<string[]> {
  const tried: string[] = [];
  let tell = (_: unknown): void => undefined;
  const versions = ['old', 'new'].map((id) => ({ id, descriptor: descriptor(id) }));
  tryCandidates({
    news: {
      on: (kind, listener) => {
        if (kind === 'training') tell = listener;
        return () => undefined;
      },
    },
    api: { models: async () => ({ active: 'old', versions }) as unknown as ModelList },
    host: { ready, tryOut: async ({ id }) => void tried.push(id) },
  });
  for (const run of runs) tell(run);
  await new Promise((done) => setTimeout(done));
  return tried;
}

test('a page tries what a training left, and nothing that is not finished or not there', async () => {
  expect(await triedAfter([{ state: 'running', version: null }, { state: 'done', version: 'new' }])).toEqual(['new']);
  expect(await triedAfter([{ state: 'failed', version: null }, { state: 'done', version: 'erased' }])).toEqual([]);
});

test('a page without a warm model tries nothing', async () => {
  expect(await triedAfter([{ state: 'done', version: 'new' }], false)).toEqual([]);
});
