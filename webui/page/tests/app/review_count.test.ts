import { expect, test } from 'vitest';
import { ApiProblem } from '../../src/api/client';
import { ReviewCount } from '../../src/app/review_count';
import { ManualClock } from '../support/manual_clock';

test('many pictures that come in together are looked at once', async () => {
  let looks = 0;
  const clock = new ManualClock();
  const count = new ReviewCount(async () => ({ waiting: (looks += 1) }), clock);
  for (let picture = 0; picture < 100; picture += 1) count.soon();
  clock.advance(3_000);
  await Promise.resolve();
  expect([looks, count.waiting]).toEqual([1, 1]);
  count.soon();
  clock.advance(3_000);
  expect(looks).toBe(2);
});

test('a server that is too busy is asked again', async () => {
  const answers = [new ApiProblem(503, 'Busy', ''), { waiting: 4 }];
  const clock = new ManualClock();
  const count = new ReviewCount(async () => {
    const answer = answers.shift();
    if (!answer || answer instanceof ApiProblem) throw answer;
    return answer;
  }, clock);
  await count.look();
  expect(count.waiting).toBe(0);
  clock.advance(2_000);
  await Promise.resolve();
  expect(count.waiting).toBe(4);
});
