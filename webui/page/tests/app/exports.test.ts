import { beforeEach, expect, test } from 'vitest';
import { ApiProblem, ServerAway } from '../../src/api/client';
import type { Job } from '../../src/api/record_types';
import { Exports } from '../../src/app/exports';
import { workingWords } from '../../src/ui/export_lines';

const job = (changes: Partial<Job> = {}): Job => ({
  id: 'a', kind: 'export', state: 'working', sentence: '', advice: '', progress: null, secondsLeft: null, path: null,
  records: null, ...changes,
});
const request = { format: 'csv', filters: {}, gzip: false } as const;
let answer: Job | Error;
let exports: Exports;

beforeEach(() => {
  answer = job();
  const tell = async (): Promise<Job> => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  exports = new Exports({ startExport: tell, cancelJob: tell, job: tell });
});

test('one that was started is shown, and what the server tells of it', async () => {
  expect(await exports.start(request)).toBe(true);
  exports.heard(job({ progress: 0.5, secondsLeft: 12 }));
  expect(exports.jobs.map(({ progress }) => progress)).toEqual([0.5]);
  exports.heard(job({ id: 'b', kind: 'fetch' }));
  expect(exports.jobs).toHaveLength(1);
});

test('the answer to the start does not undo an end that was told before it', async () => {
  exports.heard(job({ state: 'done', path: '/x' }));
  await exports.start(request);
  expect(exports.jobs[0]?.state).toBe('done');
});

test('one that was cancelled or put away is gone', () => {
  exports.heard(job());
  exports.heard(job({ state: 'cancelled' }));
  expect(exports.jobs).toEqual([]);
  exports.heard(job({ id: 'b', state: 'done' }));
  exports.putAway('b');
  expect(exports.jobs).toEqual([]);
});

test('why it was not started is said', async () => {
  answer = new ApiProblem(503, 'Busy', 'Many exports wait already.');
  expect(await exports.start(request)).toBe(false);
  expect(exports.problem).toBe('Many exports wait already.');
  answer = new ServerAway('x');
  await exports.start(request);
  expect(exports.problem).toContain('not answering');
});

test('after a restart of the program one that worked has ended', async () => {
  exports.heard(job());
  answer = new ApiProblem(404, 'Not found', '');
  await exports.refresh();
  expect(exports.jobs[0]).toMatchObject({ state: 'failed', advice: 'Export again.' });
});

test('how far it is, in words', () => {
  expect(workingWords({ progress: null, secondsLeft: null })).toBe('The export waits for its turn');
  expect(workingWords({ progress: 0.419, secondsLeft: 12 })).toBe('Exporting: 41\u202f%, about 12 s left');
  expect(workingWords({ progress: 0, secondsLeft: null })).toBe('Exporting: 0\u202f%');
});
