import { beforeEach, expect, test } from 'vitest';
import { ServerAway } from '../../src/api/client';
import type { PerformanceFigures } from '../../src/api/performance';
import { PerformanceFeed, POLL_MS, REST_MS } from '../../src/performance/feed';
import { ManualClock } from '../support/manual_clock';
import { emptyFigures } from '../support/performance_figures';

interface Asked {
  readonly query: string;
  readonly answer: (figures: PerformanceFigures) => Promise<void>;
  readonly fail: () => Promise<void>;
}

let clock: ManualClock;
let asked: Asked[];
let feed: PerformanceFeed;

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  const ask = (query: string): Promise<PerformanceFigures> =>
    new Promise((resolve, reject) => {
      const answer = (figures: PerformanceFigures): Promise<void> => (resolve(figures), settled());
      const fail = (): Promise<void> => (reject(new ServerAway(null)), settled());
      asked.push({ query, answer, fail });
    });
  feed = new PerformanceFeed({ ask, clock });
});

/** Asks `window=30d` and has it answered. */
async function answered(): Promise<void> {
  feed.question('window=30d');
  feed.wake();
  clock.advance(0);
  await asked[0]?.answer(emptyFigures('30d'));
}

test('asks when somebody looks, not before', async () => {
  feed.question('window=30d');
  clock.advance(POLL_MS);
  expect(asked).toEqual([]);
  feed.wake();
  clock.advance(0);
  expect(asked.map(({ query }) => query)).toEqual(['window=30d']);
});

test('asks again soon after something was recorded, once however much it was', async () => {
  await answered();
  for (let heard = 0; heard < 50; heard += 1) feed.heard();
  clock.advance(REST_MS);
  expect(asked).toHaveLength(2);
});

test('never has two questions under way, and catches up with what it heard meanwhile', async () => {
  await answered();
  feed.heard();
  clock.advance(REST_MS);
  feed.heard();
  clock.advance(POLL_MS);
  expect(asked).toHaveLength(2);
  await asked[1]?.answer(emptyFigures());
  clock.advance(POLL_MS);
  expect(asked).toHaveLength(3);
});

test('asks every ten seconds where no news comes', async () => {
  await answered();
  clock.advance(POLL_MS - 1);
  expect(asked).toHaveLength(1);
  clock.advance(1);
  expect(asked).toHaveLength(2);
});

test('asks nothing while nobody looks', async () => {
  await answered();
  feed.sleep();
  feed.heard();
  clock.advance(10 * POLL_MS);
  expect(asked).toHaveLength(1);
  feed.wake();
  clock.advance(REST_MS);
  expect(asked).toHaveLength(2);
});

test('gives a slow server as much rest as it took', async () => {
  await answered();
  feed.heard();
  clock.advance(REST_MS);
  clock.advance(3_000);
  feed.heard();
  await asked[1]?.answer(emptyFigures());
  clock.advance(2_999);
  expect(asked).toHaveLength(2);
  clock.advance(1);
  expect(asked).toHaveLength(3);
});

test('keeps the old answer in sight until the new question is answered, and says that it is behind', async () => {
  await answered();
  feed.question('window=90d');
  expect([feed.answered?.query, feed.behind]).toEqual(['window=30d', true]);
  clock.advance(0);
  await asked[1]?.answer(emptyFigures('90d'));
  expect([feed.answered?.query, feed.behind]).toEqual(['window=90d', false]);
});

test('an answer to a question that is no longer asked is not shown', async () => {
  await answered();
  feed.heard();
  clock.advance(REST_MS);
  feed.question('window=90d');
  await asked[1]?.answer(emptyFigures('24h'));
  expect(feed.answered?.figures.window.name).toBe('30d');
  clock.advance(0);
  expect(asked[2]?.query).toBe('window=90d');
});

test('a server that is away leaves the figures, is told, and is asked again', async () => {
  await answered();
  feed.heard();
  clock.advance(REST_MS);
  await asked[1]?.fail();
  expect(feed.problem).toMatch(/not answering/);
  expect(feed.answered?.query).toBe('window=30d');
  clock.advance(POLL_MS);
  await asked[2]?.answer(emptyFigures('30d'));
  expect(feed.problem).toBeNull();
});

test('a clock that is set back by years does not stop it', async () => {
  await answered();
  clock.jump(-10 * 365 * 86_400_000);
  feed.heard();
  clock.advance(POLL_MS);
  expect(asked).toHaveLength(2);
});
