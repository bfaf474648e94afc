import { expect, test } from 'vitest';
import type { Retention, RetentionApi, Run } from '../../src/api/retention';
import { Upkeep } from '../../src/app/upkeep';

const WORKING: Run = {
  number: 7,
  what: 'erasure',
  asked: true,
  state: 'working',
  gone: {},
  backups: 0,
  damagedCopies: 0,
  keptBackups: 0,
  startedAt: 0,
  told: true,
};
const DONE: Run = { ...WORKING, state: 'done' };

/** A server whose log holds these removals. */
function upkeepOver(runs: Run[]): Upkeep {
  const found: Retention = { rules: [], preview: { token: 't', items: [], bytes: 0 }, runs, clockProblem: null };
  return new Upkeep({ look: () => Promise.resolve(found) } as RetentionApi);
}

test('a removal that is done before its beginning is answered is seen done', async () => {
  const upkeep = upkeepOver([DONE]);
  upkeep.heard(DONE);
  await upkeep.began(WORKING);
  expect([upkeep.begun, upkeep.done]).toEqual([null, DONE]);
});

test('a removal that goes on is followed until it is done', async () => {
  const runs = [WORKING];
  const upkeep = upkeepOver(runs);
  await upkeep.began(WORKING);
  expect([upkeep.begun, upkeep.done]).toEqual([WORKING, null]);
  upkeep.heard(DONE);
  expect([upkeep.begun, upkeep.done]).toEqual([null, DONE]);
});

test('an end that nobody told of is found by the next look', async () => {
  const runs = [WORKING];
  const upkeep = upkeepOver(runs);
  await upkeep.began(WORKING);
  runs[0] = DONE;
  await upkeep.look();
  expect([upkeep.begun, upkeep.done]).toEqual([null, DONE]);
});
