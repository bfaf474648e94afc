import { expect, test } from 'vitest';
import { folderWords } from '../../src/ui/past_words';

test.each([
  ['Pictures/2026/IMG_1.jpg', 'Pictures/2026'],
  ['IMG_1.jpg', null],
  [null, null],
])('the folder of %s is %s', (path, folder) => {
  expect(folderWords(path)).toBe(folder);
});
