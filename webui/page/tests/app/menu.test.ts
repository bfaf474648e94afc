// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { commandNames, listenToMenu, onCommand, type MenuParts } from '../../src/app/menu';
import { ViewState } from '../../src/ui/view_state';

let stop: () => void;
let changes: object[];
let notice: string | null;
let view: ViewState;

beforeEach(() => {
  location.hash = '';
  document.body.innerHTML = '<div class="lines"></div><input id="field" type="text">';
  changes = [];
  notice = null;
  view = new ViewState();
  listen();
});
afterEach(() => stop());

function listen(): void {
  const whimbrel = {
    api: { send: async () => ({ window: true, notice }) },
    settings: { change: async (change: object) => void changes.push(change) },
  } as unknown as MenuParts['whimbrel'];
  stop = listenToMenu(window, { whimbrel, view });
}

function menu(command: string): void {
  window.dispatchEvent(new CustomEvent('whimbrel-menu', { detail: command }));
}

test('every command that the window hands on does something here', () => {
  const source = readFileSync('../../desktop/window_menu.py', 'utf-8');
  const names = (text: string | undefined): string[] => [...(text ?? '').matchAll(/"([a-z-]+)"/g)].map(([, name]) => name as string);
  const here = new Set(names(source.match(/HERE = frozenset\(([^)]*)\)/)?.[1]));
  const all = [...source.matchAll(/Command\("([a-z-]+)"/g)].map(([, name]) => name as string);
  expect(here.size).toBeGreaterThan(5);
  expect(all.filter((name) => !here.has(name) && !commandNames().includes(name))).toEqual([]);
  expect(commandNames().filter((name) => here.has(name))).toEqual([]);
});

test('places are gone to and themes are set', () => {
  menu('performance');
  expect([view.place, location.hash]).toEqual(['performance', '#/performance']);
  menu('theme-dark');
  expect(changes).toEqual([{ theme: 'dark' }]);
  menu('unheard-of');
});

test('undo is the keys of the place, and in a field the field\'s own', () => {
  const pressed: KeyboardEvent[] = [];
  const heard = (event: KeyboardEvent): void => void pressed.push(event);
  window.addEventListener('keydown', heard);
  menu('undo');
  expect(pressed.map(({ key, ctrlKey }) => [key, ctrlKey])).toEqual([['z', true]]);
  const ofTheField = vi.fn();
  document.execCommand = ofTheField;
  document.querySelector<HTMLElement>('#field')?.focus();
  menu('undo');
  expect(pressed).toHaveLength(1);
  expect(ofTheField).toHaveBeenCalledWith('undo');
  window.removeEventListener('keydown', heard);
});

test('what happened to the window is said in a line that can be put away', async () => {
  stop();
  notice = 'The page ended by itself.';
  listen();
  await vi.waitFor(() => expect(document.querySelector('[data-said]')?.textContent).toContain('The page ended by itself.'));
  document.querySelector<HTMLElement>('[data-said] button')?.click();
  expect(document.querySelector('[data-said]')).toBeNull();
});

test('what was chosen in the dialog is opened where it is, and what went wrong is said', async () => {
  stop();
  const opened: (readonly string[])[] = [];
  let answer: object = { path: '/field', window: true, notice: null };
  const whimbrel = {
    api: { send: async () => answer },
    folders: { open: async (paths: readonly string[]) => {
      opened.push(paths);
      if (opened.length > 2) throw new Error('There is nothing at /gone.');
    } },
  } as unknown as MenuParts['whimbrel'];
  stop = listenToMenu(window, { whimbrel, view });
  menu('open-folder');
  await vi.waitFor(() => expect(opened).toEqual([['/field']]));
  expect(view.place).toBe('recognise');
  answer = { paths: ['/a.jpg', '/b.jpg'], notice: null };
  menu('open-pictures');
  await vi.waitFor(() => expect(opened[1]).toEqual(['/a.jpg', '/b.jpg']));
  answer = { path: null, notice: null };
  menu('open-folder');
  answer = { paths: ['/gone'], notice: null };
  menu('open-pictures');
  await vi.waitFor(() => expect(document.querySelector('[data-said]')?.textContent).toContain('nothing at /gone'));
  expect(opened).toHaveLength(3);
});

test('another part registers its command', () => {
  const act = vi.fn();
  onCommand('hatch', act);
  menu('hatch');
  expect(act).toHaveBeenCalledOnce();
});
