import { expect, test } from 'vitest';
import { type Task, TaskQueue } from '../../src/engine/task-queue';
import type { RecogniseOptions } from '../../src/engine/types';

interface Watched extends Task {
  outcome: string | null;
}

function task(name: string, options: Partial<RecogniseOptions> = {}): Watched {
  const made: Watched = {
    blob: new File([], name),
    options: { keepThumbnail: false, keepCrop: false, ...options },
    losses: 0,
    outcome: null,
    resolve: () => undefined,
    reject: (failure) => {
      made.outcome = failure.code;
    },
  };
  return made;
}

test('interactive pictures go before a waiting batch, each in its order', () => {
  const queue = new TaskQueue();
  const [a, b, c, d] = [
    task('a', { priority: 'batch' }),
    task('b', { priority: 'batch' }),
    task('c'),
    task('d'),
  ];
  for (const each of [a, b, c, d]) queue.push(each);
  expect([queue.next(), queue.next(), queue.next(), queue.next(), queue.next()]).toEqual([
    c,
    d,
    a,
    b,
    undefined,
  ]);
});

test('a picture whose worker died goes back in front', () => {
  const queue = new TaskQueue();
  const [a, b] = [task('a', { priority: 'batch' }), task('b', { priority: 'batch' })];
  queue.push(a);
  queue.push(b);
  const first = queue.nextBatch() as Task;
  queue.pushFirst(first);
  expect(queue.next()).toBe(a);
});

test('batch workers take no interactive pictures and the other way round', () => {
  const queue = new TaskQueue();
  queue.push(task('a'));
  expect(queue.nextBatch()).toBeUndefined();
  queue.push(task('b', { priority: 'batch' }));
  expect(queue.waitingBatch).toBe(1);
  queue.nextInteractive();
  expect(queue.nextInteractive()).toBeUndefined();
  expect(queue.length).toBe(1);
});

test('a picture given up while it waits is rejected as cancelled; the others stay', () => {
  const queue = new TaskQueue();
  const control = new AbortController();
  const [gone, stays] = [task('gone', { signal: control.signal }), task('stays')];
  queue.push(gone);
  queue.push(stays);
  queue.dropCancelled();
  expect(gone.outcome).toBeNull();
  control.abort();
  queue.dropCancelled();
  expect(gone.outcome).toBe('cancelled');
  expect(stays.outcome).toBeNull();
  expect(queue.next()).toBe(stays);
});

test('clearing rejects all that wait', () => {
  const queue = new TaskQueue();
  const [a, b] = [task('a'), task('b', { priority: 'batch' })];
  queue.push(a);
  queue.push(b);
  queue.clear();
  expect([a.outcome, b.outcome, queue.length]).toEqual(['cancelled', 'cancelled', 0]);
});
