import { expect, test } from 'vitest';
import { ServerAway } from '../../src/api/client';
import { askPlace, hasWindow } from '../../src/app/desktop';

const DAY = new Date(2026, 10, 5, 23, 30);

function answering(answer: unknown): { asked: [string, unknown][]; send: <T>(path: string, body?: object) => Promise<T> } {
  const asked: [string, unknown][] = [];
  return {
    asked,
    send: async <T>(path: string, body?: object) => {
      asked.push([path, body]);
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
  };
}

test('whether there is a window is what the server says; where it says nothing there is none', async () => {
  expect(await hasWindow(answering({ window: true }))).toBe(true);
  expect(await hasWindow(answering({ window: false }))).toBe(false);
  expect(await hasWindow(answering(new ServerAway('x')))).toBe(false);
});

test('a file is asked for by its name of today, shards by their folder', async () => {
  const file = answering({ path: '/field/mine.csv.gz' });
  expect(await askPlace(file, { format: 'csv', gzip: true }, DAY)).toEqual({ path: '/field/mine.csv.gz' });
  expect(file.asked).toEqual([['/api/desktop/save-as', { suggested: 'whimbrel-training-data-2026-11-05.csv.gz' }]]);
  const folder = answering({ path: '/field' });
  expect(await askPlace(folder, { format: 'tfrecord', gzip: false }, DAY)).toEqual({ folder: '/field' });
  expect(folder.asked).toEqual([['/api/desktop/pick-folder', {}]]);
});

test('who leaves the dialog has named no place', async () => {
  expect(await askPlace(answering({ path: null }), { format: 'json', gzip: false }, DAY)).toBeNull();
  expect(await askPlace(answering({ path: null }), { format: 'tfrecord', gzip: false }, DAY)).toBeNull();
});
