import { beforeEach, expect, test } from 'vitest';
import type { AuditPicture, AuditQueue } from '../../src/api/audit';
import { ApiProblem, ServerAway } from '../../src/api/client';
import type { PerformanceFigures } from '../../src/api/performance';
import { FeedbackLog } from '../../src/app/feedback_log';
import type { PictureEntry } from '../../src/app/picture_entry';
import { PictureList } from '../../src/app/picture_list';
import { ReviewQueue } from '../../src/review/review_queue';
import type { UserFeedback } from '../../src/statistics/records';
import { card } from '../support/cards';
import { doneEntry } from '../support/entries';
import { ManualClock } from '../support/manual_clock';
import { emptyFigures, figure } from '../support/performance_figures';

let waiting: string[];
let failing: Error | null;
let marks: [string, string][];
let said: [string, UserFeedback | null, string | null][];
let asked: string[];
let here: PictureEntry[];
let heard: number[];
let clock: ManualClock;
let queue: ReviewQueue;

function picture(id: string): AuditPicture {
  return { id, sha256: id.repeat(64).slice(0, 64), width: 640, height: 480, timestamp: 1 };
}

/** Does as the server: who was named or left out is handed out no more. */
async function next(): Promise<AuditQueue> {
  if (failing) throw failing;
  const [first, ...following] = waiting.map(picture);
  return { picture: first ?? null, following, waiting: waiting.length };
}

async function performance(query: string): Promise<PerformanceFigures> {
  asked.push(query);
  const none = emptyFigures('all');
  return { ...none, accuracy: { ...none.accuracy, audited: figure(0.8, 12, { records: 'drawn=true' }) } };
}

beforeEach(() => {
  [waiting, marks, said, asked, here, heard, failing] = [['a', 'b', 'c'], [], [], [], [], [], null];
  clock = new ManualClock();
  const pictures = new PictureList();
  const feedback = (id: string, word: UserFeedback | null, retracts: string | null): string => {
    waiting = word ? waiting.filter((one) => one !== id) : [id, ...waiting];
    return `word ${said.push([id, word, retracts])}`;
  };
  const mark = async (id: string, state: string): Promise<void> => {
    marks.push([id, state]);
    waiting = state === 'skipped' ? waiting.filter((one) => one !== id) : [id, ...waiting];
  };
  queue = new ReviewQueue({
    audit: { next, mark },
    api: { record: async (id) => ({ card: card({ id }) }) as never, smallCopy: async () => new Blob(['small']), performance },
    feedback: new FeedbackLog(pictures, { feedback }),
    pictures,
    sent: async () => undefined,
    known: (id) => here.find((entry) => entry.id === id),
    atWork: () => 'lite0',
    heard: (count) => void heard.push(count),
    clock,
  });
});

/** Lets everything run that does not wait for the clock. */
async function settle(): Promise<void> {
  await new Promise((done) => setTimeout(done, 0));
}

const shown = (): string | undefined => queue.current?.picture.id;

test('one picture after the other, without waiting for the server, and how far it is', async () => {
  await queue.look();
  expect([shown(), queue.progress]).toEqual(['a', { place: 1, of: 3 }]);
  queue.name('wolf');
  expect([shown(), queue.progress]).toEqual(['b', { place: 2, of: 3 }]);
  queue.unsure();
  queue.name('');
  expect(shown()).toBeUndefined();
  expect(said.map(([id, word]) => [id, word?.isCorrect, word?.correctedLabel])).toEqual([
    ['a', false, 'wolf'],
    ['b', null, null],
    ['c', false, null],
  ]);
  expect(heard.slice(0, 4)).toEqual([3, 2, 1, 0]);
});

test("who names the model's answer without having seen it says that it is right", async () => {
  await queue.look();
  queue.name('fox');
  expect(said[0]?.[1]).toMatchObject({ isCorrect: true, correctedLabel: null });
});

test('in the end there is what came of it, of the model at work', async () => {
  waiting = ['a'];
  await queue.look();
  expect(queue.finished).toBe(false);
  queue.name('wolf');
  await settle();
  expect([queue.finished, queue.honest?.figure.n, asked]).toEqual([true, 12, ['window=all&modelVersion=lite0']]);
});

test('a picture that is left out is asked for no more, until that is taken back', async () => {
  await queue.look();
  queue.skip();
  await settle();
  expect([marks, shown(), waiting]).toEqual([[['a', 'skipped']], 'b', ['b', 'c']]);
  expect(queue.undo()).toBe(true);
  await queue.look();
  expect([marks.at(-1), shown(), queue.progress]).toEqual([['a', 'waiting'], 'a', { place: 1, of: 3 }]);
});

test('what was said is taken back with its record, and the picture is there again', async () => {
  await queue.look();
  queue.name('wolf');
  queue.undo();
  expect(said[1]).toEqual(['a', null, 'word 1']);
  expect([shown(), queue.progress, queue.last]).toEqual(['a', { place: 1, of: 3 }, null]);
  queue.name('fox');
  expect(shown()).toBe('b');
  expect(queue.undo() && queue.undo()).toBe(false);
});

test.each([new ServerAway('gone'), new ApiProblem(503, 'Busy', 'The memory is busy.')])('what passes is asked again by itself: %s', async (problem) => {
  failing = problem;
  await queue.look();
  expect([queue.problem, queue.finished]).toEqual([expect.stringContaining('.'), false]);
  failing = null;
  clock.advance(2_000);
  await settle();
  expect([queue.problem, shown()]).toEqual([null, 'a']);
});

test('while the server is away, those at hand go on', async () => {
  await queue.look();
  failing = new ServerAway('gone');
  queue.name('wolf');
  await settle();
  expect(shown()).toBe('b');
  expect(said).toHaveLength(1);
});

test('what the server does not know of yet is not shown again', async () => {
  await queue.look();
  queue.name('wolf');
  waiting = ['a', 'b', 'c'];
  await queue.look();
  expect([shown(), queue.waiting]).toEqual(['b', 2]);
});

test('a picture of this visit is shown as it is, and one that has a word already is not', async () => {
  here = [doneEntry({ id: 'a', mark: { isCorrect: true, correctedLabel: null, confidence: 1, feedbackId: 'x' } }), doneEntry({ id: 'b', blob: new Blob(['large']) })];
  await queue.look();
  expect([shown(), await queue.current?.image.text()]).toEqual(['b', 'large']);
});

test('after an erasure it begins with what the server has', async () => {
  await queue.look();
  waiting = ['c'];
  queue.forget();
  expect(shown()).toBeUndefined();
  await settle();
  expect([shown(), queue.canUndo]).toEqual(['c', false]);
});

test('who has gone away asks for nothing any more', async () => {
  failing = new ServerAway('gone');
  await queue.look();
  queue.stop();
  expect(clock.pending()).toEqual([]);
});
