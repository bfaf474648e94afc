import { expect, test, vi } from 'vitest';
import { ApiProblem } from '../../src/api/client';
import type { Job } from '../../src/api/record_types';
import { FORMS, VersionExport } from '../../src/training/version_export';

function job(changes: Partial<Job> = {}): Job {
  return {
    id: 'first', kind: 'model-export', state: 'working', sentence: 'Writing the model.', advice: '', progress: 0.4,
    secondsLeft: null, path: null, records: null, ...changes,
  };
}

function api(answers: { started?: () => Promise<Job>; now?: Job } = {}) {
  return {
    send: vi.fn(answers.started ?? ((): Promise<Job> => Promise.resolve(job()))) as never,
    job: vi.fn((): Promise<Job> => Promise.resolve(answers.now ?? job())),
    cancelJob: vi.fn((): Promise<Job> => Promise.resolve(job({ state: 'cancelled' }))),
  };
}

test('it asks for what was chosen, and tells how it goes', async () => {
  const server = api();
  const one = new VersionExport(server);
  await one.start('shore birds', 'tfjs', 'uint8');
  expect(server.send).toHaveBeenCalledWith('/api/models/shore%20birds/export', { form: 'tfjs', quantise: 'uint8' });
  one.heard(job({ progress: 0.9 }));
  expect(one.job?.progress).toBe(0.9);
});

test('one that was done before its id was known is not missed', async () => {
  const one = new VersionExport(api({ now: job({ state: 'done', path: '/home/me/x' }) }));
  await one.start('v', 'tfjs', null);
  expect(one.job?.state).toBe('done');
});

test('what is told of another job, or late, changes nothing', async () => {
  const one = new VersionExport(api());
  await one.start('v', 'tfjs', null);
  one.heard(job({ id: 'another', state: 'failed' }));
  expect(one.job?.state).toBe('working');
  await one.cancel();
  one.heard(job({ progress: 0.9 }));
  expect(one.job?.state).toBe('cancelled');
});

test('without the training component the sentence of the server is shown', async () => {
  const why = 'Writing this form needs the training component, which is not installed.';
  const one = new VersionExport(api({ started: () => Promise.reject(new ApiProblem(422, 'no', why)) }));
  await one.start('v', 'keras', null);
  expect(one.problem).toBe(why);
  expect(one.job).toBeNull();
});

test('every form is offered once', () => {
  expect(new Set(FORMS.map(({ form }) => form)).size).toBe(7);
});
