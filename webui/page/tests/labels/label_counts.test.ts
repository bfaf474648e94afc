import { expect, test, vi } from 'vitest';
import type { Examples, LabelChange } from '../../src/api/labels';
import { LabelCounts } from '../../src/labels/label_counts';

const nothing: Examples = {
  spaceId: null, needed: 8, labels: [], noneOfThese: { pictures: 0, embeddings: 0, crops: 0 }, history: [],
};
const change: LabelChange = { number: 1, changedAt: 1, kind: 'rename', old: 'wolf', new: 'dog', undoneAt: null, canUndo: true };

function api() {
  return {
    examples: vi.fn((): Promise<Examples> => Promise.resolve(nothing)),
    change: vi.fn((): Promise<LabelChange> => Promise.resolve(change)),
    undo: vi.fn((): Promise<LabelChange> => Promise.resolve(change)),
  };
}

test('asked again while it asks it asks once more, however often', async () => {
  const server = api();
  let answer = (_: Examples): void => undefined;
  server.examples.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
  const counts = new LabelCounts(server);
  const looked = [counts.look(), counts.look(), counts.look()];
  answer(nothing);
  await Promise.all(looked);
  expect(server.examples).toHaveBeenCalledTimes(2);
});

test('a change that was made is said, and what there is now is asked for', async () => {
  const server = api();
  const counts = new LabelCounts(server);
  expect(await counts.change('rename', 'wolf', 'dog')).toBe(true);
  expect(server.change).toHaveBeenCalledWith('rename', 'wolf', 'dog');
  expect([counts.done, counts.found]).toEqual([change, nothing]);
});

test('one that was refused says why, and nothing else changes', async () => {
  const server = api();
  server.undo.mockRejectedValue(new Error('A later change builds on this one'));
  const counts = new LabelCounts(server);
  expect(await counts.undo(1)).toBe(false);
  expect(counts.problem).toBe('A later change builds on this one.');
  expect(server.examples).not.toHaveBeenCalled();
});
