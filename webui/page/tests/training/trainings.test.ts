import { expect, test, vi } from 'vitest';
import type { TrainingRun } from '../../src/api/training';
import { Trainings } from '../../src/training/trainings';

function run(changes: Partial<TrainingRun> = {}): TrainingRun {
  return {
    id: 'first', mode: 'head', labelMode: 'mine', state: 'running', askedBy: 'user', parentVersion: 'base', version: null,
    stage: 'fit', sentence: 'Learning.', advice: '', progress: 0.5, secondsLeft: 2, epochs: [], createdAt: 1000, endedAt: null,
    ...changes,
  };
}

function api(runs: readonly TrainingRun[] = []) {
  return {
    runs: vi.fn((): Promise<readonly TrainingRun[]> => Promise.resolve(runs)),
    start: vi.fn((): Promise<TrainingRun> => Promise.resolve(run())),
    cancel: vi.fn((): Promise<TrainingRun> => Promise.resolve(run({ state: 'cancelled' }))),
  };
}

test('after a reload the one that runs is shown again', async () => {
  const trainings = new Trainings(api([run(), run({ id: 'older', state: 'done', createdAt: 1 })]));
  await trainings.look();
  expect(trainings.last?.id).toBe('first');
});

test('one that has ended stays so, whatever comes late', () => {
  const trainings = new Trainings(api());
  trainings.heard(run({ state: 'done', version: 'new' }));
  trainings.heard(run({ progress: 0.9 }));
  expect(trainings.last?.state).toBe('done');
  trainings.heard(run({ id: 'second', createdAt: 900 }));
  expect(trainings.last?.id, 'a clock that was set back makes a new one no older').toBe('second');
});

test('the end of an older one does not take the place of a newer one', () => {
  const trainings = new Trainings(api());
  trainings.heard(run({ id: 'second', createdAt: 2000 }));
  trainings.heard(run({ state: 'cancelled' }));
  expect(trainings.last?.id).toBe('second');
});

test('what was put away stays away, also when the server tells of it again', async () => {
  const trainings = new Trainings(api([run({ state: 'done' })]));
  await trainings.look();
  trainings.putAway();
  await trainings.look();
  expect(trainings.last).toBeNull();
});

test('a refusal says why, and the next attempt forgets it', async () => {
  const server = api();
  server.start.mockRejectedValueOnce(new Error('Correct 3 more of “wolf”'));
  const trainings = new Trainings(server);
  await trainings.start('head', 'mine');
  expect(trainings.problem).toBe('Correct 3 more of “wolf”.');
  await trainings.start('head', 'extend');
  expect(server.start).toHaveBeenLastCalledWith('head', 'extend');
  expect([trainings.problem, trainings.last?.id]).toEqual([null, 'first']);
  await trainings.cancel('first');
  expect(trainings.last?.state).toBe('cancelled');
});
