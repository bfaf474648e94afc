import { expect, test } from 'vitest';
import type { FolderJob } from '../../src/api/folders';
import { leftOutWords, leftWords, nameOf, paceWords, progressParts, wentOnWords } from '../../src/folders/words';
import { folderJob } from '../support/folder_jobs';

const NOTHING = { hidden: 0, other: 0, unreadable: 0, gone: 0, again: 0 };

test.each<[Partial<FolderJob>, boolean, string[]]>([
  [{ rate: 9.1, secondsLeft: 2160 }, false, ['412 of 20,000 pictures', '9 a second', 'about 36 minutes left']],
  [{ finding: true, rate: 9.1 }, false, ['412 of 20,000 pictures found so far', '9 a second']],
  [{}, true, ['20,000 pictures', 'waiting for its turn']],
  [{ state: 'paused' }, false, ['Paused at 412 of 20,000 pictures']],
  [{ state: 'cancelled' }, false, ['Cancelled after 412 of 20,000 pictures']],
  [{ state: 'done' }, false, ['412 pictures looked at']],
])('a job says in words how it is doing: %o', (changes, waits, words) => {
  expect(progressParts(folderJob(changes), waits)).toEqual(words);
});

test('a folder without pictures says so', () => {
  const counts = { waiting: 0, taken: 0, done: 0, failed: 0, dropped: 0 };
  expect(progressParts(folderJob({ state: 'done', counts }))).toEqual(['No picture was found there']);
});

test.each([
  [['/home/me/Photos 2024/'], 'Photos 2024'],
  [['C:\\Users\\Me\\owl.jpg', 'C:\\Users\\Me\\b.jpg', 'C:\\c.jpg'], 'owl.jpg and 2 others'],
  [['/'], '/'],
])('%o is called %s', (paths, name) => {
  expect(nameOf(folderJob({ paths }))).toBe(name);
});

test('pace and time are rounded to what one can use', () => {
  expect([0.2, 0.001, 1.44, 9.4].map(paceWords)).toEqual(['12 a minute', '1 a minute', '1.4 a second', '9 a second']);
  expect([20, 60, 2160, 9000].map(leftWords)).toEqual([
    'less than a minute left', 'about 1 minute left', 'about 36 minutes left', 'about 2.5 hours left',
  ]);
});

test('what was passed by is said once, and nothing of nothing', () => {
  expect(leftOutWords(NOTHING)).toBeNull();
  expect(leftOutWords({ hidden: 1, other: 3, unreadable: 1, gone: 0, again: 1 })).toBe(
    '4 other files left out, 1 file or folder could not be opened, 1 folder was linked twice',
  );
});

test('what the page went on with is one sentence', () => {
  expect(wentOnWords(folderJob())).toBe('Photos 2024 goes on where it stopped: 412 of 20,000 pictures were looked at before.');
});
