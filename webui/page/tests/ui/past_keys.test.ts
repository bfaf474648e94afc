// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { FeedbackLog } from '../../src/app/feedback_log';
import type { PictureEntry } from '../../src/app/picture_entry';
import { pastPressed, type PastKeyParts } from '../../src/ui/past_keys';
import { ViewState } from '../../src/ui/view_state';
import { doneEntry } from '../support/entries';
import { whimbrelWith } from '../support/fake_whimbrel';

let entry: PictureEntry;
let acts: string[];
let parts: PastKeyParts;

beforeEach(() => {
  document.body.replaceChildren();
  acts = [];
  entry = doneEntry();
  const { whimbrel } = whimbrelWith([entry]);
  whimbrel.pictures.select(entry);
  Object.assign(whimbrel, {
    past: { pictures: whimbrel.pictures },
    pastFeedback: new FeedbackLog(whimbrel.pictures, { feedback: () => 'word' }),
  });
  parts = {
    whimbrel,
    view: new ViewState(),
    opened: true,
    move: (places) => acts.push(`move ${places}`),
    open: () => acts.push('open'),
    close: () => acts.push('close'),
  };
});

function press(key: string, changes: KeyboardEventInit = {}, on: HTMLElement = document.body, opened = true): boolean {
  let took = false;
  const listen = (event: KeyboardEvent): void => void (took = pastPressed(event, { ...parts, opened }));
  window.addEventListener('keydown', listen, { once: true });
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...changes }));
  window.removeEventListener('keydown', listen);
  return took;
}

function element(html: string): HTMLElement {
  document.body.innerHTML = html;
  return document.body.firstElementChild as HTMLElement;
}

test('arrows move, Enter opens what is closed, Escape closes what is open', () => {
  press('ArrowDown');
  press('End');
  press('Enter', {}, document.body, false);
  press('Escape');
  expect(acts).toEqual(['move 1', 'move Infinity', 'open', 'close']);
  expect(press('Escape', {}, document.body, false)).toBe(false);
});

test('in an open record the keys say the same as in Recognise', () => {
  press('Enter');
  expect(entry.mark?.isCorrect).toBe(true);
  press('u');
  expect(entry.mark?.isCorrect).toBeNull();
  press('z', { ctrlKey: true });
  expect(entry.mark?.isCorrect).toBe(true);
  press('w');
  expect(parts.view.correcting).toBe(true);
  press('Escape');
  expect([parts.view.correcting, acts]).toEqual([false, []]);
});

test('nothing is said of a record that is not open', () => {
  expect([press('w', {}, document.body, false), press('u', {}, document.body, false)]).toEqual([false, false]);
  expect(entry.mark).toBeNull();
});

test('what is typed or chosen in a filter is left alone', () => {
  expect(press('w', {}, element('<input type="text">'))).toBe(false);
  expect(press('ArrowDown', {}, element('<select></select>'))).toBe(false);
  expect(press('Enter', {}, element('<button></button>'))).toBe(false);
  expect(press('w', {}, element('<dialog open></dialog>'))).toBe(false);
});
