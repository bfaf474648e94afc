import { beforeEach, expect, test } from 'vitest';
import { ApiProblem, ServerAway } from '../../src/api/client';
import type { RecordCard, RecordPage } from '../../src/api/record_types';
import { PastList } from '../../src/app/past_list';
import type { PictureEntry } from '../../src/app/picture_entry';
import type { WaitingRow } from '../../src/statistics/outbox';
import { card } from '../support/cards';
import { doneEntry } from '../support/entries';

let asked: [string, string | null][];
let answers: (RecordPage | Error | Promise<RecordPage>)[];
let unsent: WaitingRow[];
let known: PictureEntry[];
let list: PastList;

beforeEach(() => {
  asked = [];
  answers = [];
  unsent = [];
  known = [];
  const records = async (query: string, before: string | null): Promise<RecordPage> => {
    asked.push([query, before]);
    const answer = await answers.shift();
    if (!answer) throw new Error('nothing more was prepared');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  list = new PastList({
    api: { records },
    queue: { unsent: async () => unsent },
    known: (id) => known.find((entry) => entry.id === id),
  });
});

const page = (count: number, next: string | null): RecordPage => ({ records: Array.from({ length: count }, () => card()), next });

test('answers are asked for where nothing else is said, and events for a code', async () => {
  answers = [page(1, null), page(1, null), page(1, null)];
  await list.ask('label=fox');
  await list.ask('code=x');
  await list.ask('kind=feedback');
  expect(asked.map(([query]) => query)).toEqual(['label=fox&kind=inference', 'code=x&kind=event', 'kind=feedback']);
});

test('it asks on while the server has looked at many rows and found few', async () => {
  answers = [page(0, '900.9'), page(3, '800.8'), page(60, '700.7')];
  await list.ask('label=fox');
  expect(asked.map(([, before]) => before)).toEqual([null, '900.9', '800.8']);
  expect([list.rows.length, list.complete, list.reached, list.loading]).toEqual([63, false, 700, false]);
  answers = [page(1, null)];
  await list.more();
  expect([list.rows.length, list.complete]).toEqual([64, true]);
  await list.more();
  expect(asked).toHaveLength(4);
});

test('an answer to an earlier question is dropped', async () => {
  let late: (page: RecordPage) => void = () => undefined;
  answers = [new Promise<RecordPage>((resolve) => (late = resolve)), page(2, null)];
  const first = list.ask('label=fox');
  await list.ask('label=wolf');
  late(page(5, null));
  await first;
  expect([list.query, list.rows.length, list.loading]).toEqual(['label=wolf', 2, false]);
});

test('a server that is away is said, and asked again from where it was', async () => {
  answers = [page(60, '5.5'), new ServerAway('x'), page(2, null)];
  await list.ask('');
  await list.more();
  expect(list.problem?.sentence).toBe("Whimbrel's server is not answering.");
  expect(list.rows).toHaveLength(60);
  await list.more();
  expect([list.problem, list.rows.length]).toEqual([null, 62]);
});

test('what the server refuses is said in its own words', async () => {
  answers = [new ApiProblem(400, 'Bad', 'The parameter mark is not valid.')];
  await list.ask('mark=x');
  expect(list.problem?.sentence).toBe('The parameter mark is not valid.');
});

test('a picture of the strip is the same entry here', async () => {
  const entry = doneEntry();
  known = [entry];
  const own: RecordCard = card({ id: entry.id });
  answers = [{ records: [own, card(), card({ kind: 'event', predictions: [] })], next: null }];
  await list.ask('');
  expect(list.rows.map((row) => row.entry === entry)).toEqual([true, false, false]);
  expect(list.rows[2]?.entry).toBeNull();
});

test('a word that was not sent yet counts', async () => {
  const own = card();
  const userFeedback = { isCorrect: true, correctedLabel: null, confidence: 1 };
  const record = { kind: 'feedback', id: 'f', timestamp: 1, inferenceId: own.id, userFeedback, retracts: null } as const;
  unsent = [{ record } as unknown as WaitingRow];
  answers = [{ records: [own], next: null }];
  await list.ask('');
  expect(list.rows[0]?.entry?.mark).toEqual({ ...userFeedback, feedbackId: 'f' });
});
