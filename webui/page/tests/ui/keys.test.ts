// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import type { PictureEntry } from '../../src/app/picture_entry';
import { pressed, type KeyParts } from '../../src/ui/keys';
import { ViewState } from '../../src/ui/view_state';
import { doneEntry } from '../support/entries';
import { whimbrelWith, type Word } from '../support/fake_whimbrel';

let parts: KeyParts;
let words: Word[];
let entries: PictureEntry[];
let taken: number;

beforeEach(() => {
  document.body.replaceChildren();
  entries = [doneEntry(), doneEntry(), doneEntry({ state: 'waiting' })];
  const made = whimbrelWith(entries);
  words = made.words;
  taken = 0;
  parts = { whimbrel: made.whimbrel, view: new ViewState(), takePicture: () => (taken += 1) };
  made.whimbrel.pictures.select(entries[0] ?? null);
});

/** Presses a key on an element; true where the page took it. */
function press(key: string, on: HTMLElement = document.body, changes: KeyboardEventInit = {}): boolean {
  let took = false;
  const listen = (event: KeyboardEvent): void => void (took = pressed(event, parts));
  window.addEventListener('keydown', listen, { once: true });
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...changes }));
  window.removeEventListener('keydown', listen);
  return took;
}

function element(html: string): HTMLElement {
  document.body.innerHTML = html;
  return document.body.firstElementChild as HTMLElement;
}

test('Enter says right, U says unsure, W asks', () => {
  press('Enter');
  press('u');
  expect(words.map(({ said }) => said?.isCorrect)).toEqual([true, null]);
  press('W');
  expect(parts.view.correcting).toBe(true);
});

test('Enter on a picture of the strip says right; on another button it is that button', () => {
  expect(press('Enter', element('<button class="frame"></button>'))).toBe(true);
  expect(press('Enter', element('<button>Undo</button>'))).toBe(false);
  expect(words).toHaveLength(1);
});

test('what is typed into a field is left alone', () => {
  const field = element('<input type="text">');
  expect(['w', 'u', 'c', 'Enter', 'ArrowLeft'].map((key) => press(key, field))).not.toContain(true);
});

test('arrows, Home and End go through the strip, and a waiting picture then goes first', () => {
  press('End');
  expect(parts.whimbrel.pictures.selected).toBe(entries[2]);
  press('ArrowLeft');
  expect(parts.whimbrel.pictures.selected).toBe(entries[1]);
  press('Home');
  expect(parts.whimbrel.pictures.selected).toBe(entries[0]);
});

test('a picture without an answer takes no mark', () => {
  press('End');
  expect([press('Enter'), press('w'), press('u')]).toEqual([false, false, false]);
  expect(words).toEqual([]);
});

test('Ctrl or Cmd with Z takes back, with Shift it does not', () => {
  press('Enter');
  expect(press('z', document.body, { ctrlKey: true, shiftKey: true })).toBe(false);
  expect(press('z', document.body, { metaKey: true })).toBe(true);
  expect(words.at(-1)?.said).toBeNull();
});

test('the browser keeps its own shortcuts', () => {
  expect(press('u', document.body, { ctrlKey: true })).toBe(false);
  expect(press('ArrowLeft', document.body, { altKey: true })).toBe(false);
});

test('C opens the camera; there space and Enter take a picture and Escape closes', () => {
  press('c');
  expect(parts.view.camera).toBe(true);
  press(' ');
  press('Enter');
  expect(taken).toBe(2);
  press('Escape');
  expect(parts.view.camera).toBe(false);
});

test('on the other places of the page these keys mean nothing', () => {
  parts.view.set({ place: 'model' });
  expect(['Enter', 'w', 'c', 'ArrowRight'].map((key) => press(key))).not.toContain(true);
});
