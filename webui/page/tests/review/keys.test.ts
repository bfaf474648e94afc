// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { actOf } from '../../src/review/keys';

const field = document.createElement('input');
field.type = 'text';
const button = document.createElement('button');
document.body.append(field, button);

function act(key: string, on: HTMLElement, text = '', changes: KeyboardEventInit = {}): ReturnType<typeof actOf> {
  let found: ReturnType<typeof actOf> = null;
  const listen = (event: KeyboardEvent): void => void (found = actOf(event, field, text));
  window.addEventListener('keydown', listen, { once: true });
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...changes }));
  return found;
}

test('with nothing in the field, three keys name without a label', () => {
  expect(['0', '?', 'ArrowRight'].map((key) => act(key, field))).toEqual(['none', 'unsure', 'skip']);
  expect(act('z', field, '', { ctrlKey: true })).toBe('undo');
});

test('while something is typed, every key is for the text', () => {
  expect(['0', '?', 'ArrowRight'].map((key) => act(key, field, 'wol'))).toEqual([null, null, null]);
  expect(act('z', field, 'wol', { ctrlKey: true })).toBeNull();
});

test('outside of the field a letter begins a label, but not on a button', () => {
  expect(act('w', document.body)).toBe('type');
  expect(act('0', document.body)).toBe('none');
  expect([act('w', button), act(' ', document.body), act('Tab', document.body)]).toEqual([null, null, null]);
});
