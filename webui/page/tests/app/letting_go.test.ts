import { expect, test } from 'vitest';
import type { Erased } from '../../src/api/retention';
import { letGo } from '../../src/app/letting_go';
import { PictureList } from '../../src/app/picture_list';
import type { WaitingRow } from '../../src/statistics/outbox';
import type { LightRecord } from '../../src/statistics/records';
import { doneEntry } from '../support/entries';
import { feedback, inference } from '../support/records';

const HASH = inference().picture.sha256;
const NOTHING: Erased = { number: 1, pictureSha256: null, sessionId: null, everything: false };

function row(record: LightRecord, sessionId = 'mine'): WaitingRow {
  return { id: record.id, sessionId, device: null, addedAt: 0, record, heavy: null };
}

async function left(erased: Partial<Erased>, rows: readonly WaitingRow[], pictures = new PictureList()): Promise<string[]> {
  let kept = [...rows];
  const queue = {
    unsent: async () => kept,
    letGo: async (fits: (one: WaitingRow) => boolean) => {
      kept = kept.filter((one) => !fits(one));
    },
  };
  await letGo({ ...NOTHING, ...erased }, pictures, queue, 'mine');
  return kept.map(({ id }) => id);
}

test('records of an erased picture that wait go, with what was said of them', async () => {
  const one = inference();
  const other = { ...inference(), picture: { ...one.picture, sha256: 'f'.repeat(64) } };
  const about = feedback(one.id);
  expect(await left({ pictureSha256: HASH }, [row(one), row(other), row(about)])).toEqual([other.id]);
});

test('the erased picture leaves the strip, and what was said of it while it was there goes too', async () => {
  const pictures = new PictureList();
  const seen = doneEntry({ id: 'seen', sha256: HASH });
  pictures.add([seen, doneEntry({ id: 'another' })]);
  expect(await left({ pictureSha256: HASH }, [row(feedback('seen'))], pictures)).toEqual([]);
  expect(pictures.entries.map(({ id }) => id)).toEqual(['another']);
});

test('a session takes its own records and no others', async () => {
  const mine = inference();
  const theirs = inference();
  expect(await left({ sessionId: 'mine' }, [row(mine), row(theirs, 'theirs')])).toEqual([theirs.id]);
});

test('a session takes what it answered of folders, whose bytes are not here any more', async () => {
  const pictures = new PictureList();
  const address = '/api/queue/picture/1';
  pictures.add([doneEntry({ id: 'here', address }), doneEntry({ id: 'before' })]);
  await left({ sessionId: 'mine' }, [], pictures);
  expect(pictures.entries.map(({ id }) => id)).toEqual(['before']);
});

test('everything is everything that was answered; what waits for its turn stays', async () => {
  const pictures = new PictureList();
  pictures.add([doneEntry({ id: 'done' }), doneEntry({ id: 'coming', state: 'waiting' })]);
  expect(await left({ everything: true }, [row(inference()), row(feedback('x'))], pictures)).toEqual([]);
  expect(pictures.entries.map(({ id }) => id)).toEqual(['coming']);
});
