import { expect, test } from 'vitest';
import { distinctNames } from '../../src/app/version_names';

const at = (hours: number, minutes: number, seconds = 0): number => new Date().setHours(hours, minutes, seconds, 0);

test('trainings from as many pictures are told apart by when they were', () => {
  const versions = [
    { id: 'a', name: 'Starter', createdAt: at(8, 0) },
    { id: 'b', name: 'Learned from 96 pictures', createdAt: at(9, 5) },
    { id: 'c', name: 'Learned from 96 pictures', createdAt: at(14, 31) },
  ];
  expect([...distinctNames(versions).values()]).toEqual([
    'Starter',
    'Learned from 96 pictures, 09:05',
    'Learned from 96 pictures, 14:31',
  ]);
});

test('within one minute the seconds tell them apart', () => {
  const versions = [7, 40].map((seconds) => ({ id: String(seconds), name: 'Learned', createdAt: at(14, 31, seconds) }));
  expect([...distinctNames(versions).values()]).toEqual(['Learned, 14:31:07', 'Learned, 14:31:40']);
});
