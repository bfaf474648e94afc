import { beforeEach, expect, test } from 'vitest';
import type { PictureEntry } from '../../src/app/picture_entry';
import { Shadowing, type ShadowingParts } from '../../src/app/shadowing';
import { Shadows } from '../../src/app/shadows';
import type { ModelDescriptor, Recognition } from '../../src/engine/types';
import { doneEntry } from '../support/entries';
import { descriptor } from '../support/fake_engine';
import { recognition } from '../support/recognitions';

const BLOB = new Blob(['a picture']);

let looked: string[];
let told: { path: string; answers: Record<string, unknown>[] }[];
let noted: string[];
let beside: ModelDescriptor | null;
let gone: Set<string>;
let answer: () => Promise<Recognition>;
let parts: ShadowingParts;

beforeEach(() => {
  [looked, told, noted, beside, gone] = [[], [], [], other('new'), new Set()];
  answer = async () => recognition({ totalTime: 61, predictions: [{ className: 'egret', probability: 0.75, rank: 1 }] });
  parts = {
    engine: {
      lookBeside: ({ id }, _, fileName) => {
        looked.push(`${id} ${fileName}`);
        return answer();
      },
    },
    beside: () => beside,
    isThere: ({ id }) => !gone.has(id),
    sent: async () => undefined,
    send: async <T>(path: string, body?: object) => {
      told.push({ path, ...(body as { answers: Record<string, unknown>[] }) });
      return { unknown: [] } as T;
    },
    bytes: async (address) => (address === '/gone' ? Promise.reject(new Error('410')) : BLOB),
    gaveUp: ({ id }) => void noted.push(id),
  };
});

function other(id: string): ModelDescriptor {
  return { ...descriptor(id), spaceId: 'cd'.repeat(32) };
}

function picture(changes: Partial<PictureEntry> = {}): PictureEntry {
  return doneEntry({ blob: BLOB, ...changes });
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((done) => setTimeout(done));
}

test('pictures are looked at one after the other, and told together with what they cost', async () => {
  const shadowing = new Shadowing(parts);
  const pictures = [picture(), picture()];
  for (const entry of pictures) shadowing.take(entry);
  await settled();
  expect(looked).toEqual(['new heron.jpg', 'new heron.jpg']);
  const answers = pictures.map(({ id }) => ({ inferenceId: id, label: 'egret', probability: 0.75, ms: 61 }));
  expect(told).toEqual([{ path: '/api/models/new/shadow/answers', answers }]);
});

test('a picture of a folder is fetched again, and one that is gone by then harms nothing', async () => {
  const shadowing = new Shadowing(parts);
  for (const address of ['/gone', '/there']) shadowing.take(picture({ blob: null, address, fileName: `${address}.jpg` }));
  await settled();
  expect(looked).toEqual(['new /there.jpg']);
  expect(noted).toEqual([]);
});

test('what was erased, or is wanted no more, is not looked at', async () => {
  const shadowing = new Shadowing(parts);
  const erased = picture();
  gone.add(erased.id);
  shadowing.take(erased);
  await settled();
  beside = null;
  shadowing.take(picture());
  await settled();
  expect([looked, told]).toEqual([[], []]);
});

test('while fifty wait, no more are taken', async () => {
  const shadowing = new Shadowing(parts);
  let free = (): void => undefined;
  answer = () => new Promise((done) => (free = () => done(recognition())));
  for (let number = 0; number < 80; number++) shadowing.take(picture());
  answer = async () => recognition();
  free();
  await settled();
  expect(looked.length).toBe(51);
  expect(told.map(({ answers }) => answers.length)).toEqual([25, 25, 1]);
});

test('a model that fails three times is left alone, and others are not', async () => {
  const shadowing = new Shadowing(parts);
  answer = async () => Promise.reject(new Error('dead'));
  for (let number = 0; number < 5; number++) shadowing.take(picture());
  await settled();
  expect([looked.length, noted]).toEqual([3, ['new']]);
  beside = other('newer');
  shadowing.take(picture());
  await settled();
  expect(looked.at(-1)).toBe('newer heron.jpg');
});

/** Which of three versions a picture is shown to, with a draw by chance. */
async function shownTo(draw: number, share: number, entry = picture()): Promise<string[]> {
  const shadows = new Shadows({ ...parts, atWork: () => descriptor('at work'), share: () => share, random: () => draw });
  shadows.heard([other('older'), other('newer'), descriptor('same backbone')]);
  shadows.answered(entry);
  await import('../../src/app/shadowing');
  await settled();
  return looked;
}

test('a share of the pictures is shown to the newest over another backbone', async () => {
  expect(await shownTo(0.09, 0.1)).toEqual(['newer heron.jpg']);
});

test('the rest of them is not, nor one whose file is not here', async () => {
  expect(await shownTo(0.1, 0.1)).toEqual([]);
  expect(await shownTo(0, 1, picture({ blob: null }))).toEqual([]);
});
