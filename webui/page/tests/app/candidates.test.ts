import { expect, test } from 'vitest';
import type { ModelList } from '../../src/api/types';
import { tryCandidates } from '../../src/app/candidates';
import { descriptor } from '../support/fake_engine';

interface Left {
  readonly state?: string;
  readonly made?: string;
  readonly metrics?: object;
  readonly spaceId?: string;
}

/** A page that opens on these versions; what is tried after these runs, where its model is warm or not. */
async function tried(left: Readonly<Record<string, Left>>, runs: readonly object[], ready = true, came = 0): Promise<string[]> {
  const found: string[] = [];
  let tell = (_: unknown): void => undefined;
  let changed = (_: unknown): void => undefined;
  const versions = Object.entries(left).map(([id, { spaceId = 'same', ...facts }]) => ({ id, descriptor: { ...descriptor(id), spaceId }, ...facts }));
  let warm = (): void => undefined;
  const host = {
    ready: false,
    model: { spaceId: 'same' },
    watch: (listener: () => void) => {
      warm = listener;
      return () => (warm = () => undefined);
    },
    tryOut: async ({ id }: { id: string }) => void found.push(id),
  };
  tryCandidates({
    news: {
      on: (kind, listener) => {
        if (kind === 'training') tell = listener;
        if (kind === 'versions') changed = listener;
        return () => undefined;
      },
    },
    api: { models: async () => ({ active: 'old', versions }) as unknown as ModelList },
    host,
  });
  warm();
  host.ready = ready;
  warm();
  warm();
  for (const run of runs) tell(run);
  for (let times = 0; times < came; times++) changed(null);
  await new Promise((done) => setTimeout(done));
  return found;
}

const OLD = { old: { state: 'active', made: 'starter' }, new: { state: 'retired', made: 'trained' } };

test('a page tries what a training left, and nothing that is not finished or not there', async () => {
  expect(await tried(OLD, [{ state: 'running', version: null }, { state: 'done', version: 'new' }])).toEqual(['new']);
  expect(await tried(OLD, [{ state: 'failed', version: null }, { state: 'done', version: 'erased' }])).toEqual([]);
});

test("what comes from the team's collector is tried when it comes, or when a page opens, over whatever network", async () => {
  const release = { state: 'candidate', made: 'fetched', metrics: { release: 7 }, spaceId: 'other' };
  expect(await tried({ release, own: { state: 'candidate', made: 'imported' } }, [])).toEqual(['release']);
  expect(await tried({ release }, [], true, 1)).toEqual(['release', 'release']);
  expect(await tried({ mine: { state: 'candidate', made: 'trained' } }, [], true, 1)).toEqual(['mine']);
  expect(await tried({ done: { ...release, metrics: { release: 7, gates: [{ name: 'page', passed: true }] } } }, [], true, 1)).toEqual([]);
});

test('a page without a warm model tries nothing', async () => {
  expect(await tried({ new: { state: 'candidate', made: 'trained' } }, [{ state: 'done', version: 'new' }], false)).toEqual([]);
});

test('what was left while no page was open is tried once, the newest, if no page has yet and no other network is needed', async () => {
  const candidate = { state: 'candidate', made: 'trained' };
  expect(await tried({ first: candidate, second: candidate }, [])).toEqual(['second']);
  expect(await tried({ first: { ...candidate, metrics: { gates: [{ name: 'page', passed: true }] } } }, [])).toEqual([]);
  expect(await tried({ first: { ...candidate, spaceId: 'another' }, second: { ...candidate, made: 'imported' } }, [])).toEqual([]);
});
