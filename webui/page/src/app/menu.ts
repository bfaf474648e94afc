/**
 * What the menu of Whimbrel's own window asks for (desktop/window_menu.py is the other side), and the two keys that are
 * the same in a browser. Fetched after the page: a part that has a command registers it here.
 */

import type { Theme } from '../api/types';
import type { HelpDialog } from '../ui/help_dialog';
import { sayInLine } from '../ui/said_line';
import type { Place, ViewState } from '../ui/view_state';
import { pickPaths, takeNotice } from './desktop';
import type { Whimbrel } from './whimbrel';

export type Act = () => void | Promise<void>;
export interface MenuParts {
  readonly whimbrel: Whimbrel;
  readonly view: ViewState;
}
const PLACES: readonly Place[] = ['recognise', 'review', 'history', 'model', 'performance', 'sending', 'settings'];
const THEMES: readonly Theme[] = ['system', 'light', 'dark', 'sun'];
const acts = new Map<string, Act>();

/** Has a command do something; the last that was said counts. */
export function onCommand(name: string, act: Act): void {
  acts.set(name, act);
}

/** Every command that does something. */
export function commandNames(): string[] {
  return [...acts.keys()];
}

/** Listens for the menu, and says what happened to the window while the page was away. Returns how to stop. */
export function listenToMenu(target: Window, parts: MenuParts): () => void {
  const { whimbrel, view } = parts;
  for (const place of PLACES) onCommand(place, () => view.goTo(place));
  for (const theme of THEMES) onCommand(`theme-${theme}`, () => whimbrel.settings.change({ theme }));
  for (const what of ['pictures', 'folder'] as const) onCommand(`open-${what}`, () => openPaths(parts, what));
  onCommand('undo', () => again('undo', 'z'));
  onCommand('redo', () => again('redo', 'y'));
  onCommand('export', () => exportHistory(view));
  onCommand('diagnostics', () => view.goTo('settings', 'at=diagnostics'));
  onCommand('help', () => showHelp(whimbrel, false));
  onCommand('about', () => showHelp(whimbrel, true));
  const stop = new AbortController();
  const { signal } = stop;
  target.addEventListener('whimbrel-menu', (event) => void acts.get((event as CustomEvent<string>).detail)?.(), { signal });
  target.addEventListener('keydown', (event) => helpKey(event), { signal });
  onCommand('notice', () => tellNotice(whimbrel));
  void tellNotice(whimbrel);
  return () => stop.abort();
}

/** What happened to the window, or to what was let go over it. */
async function tellNotice({ api }: Whimbrel): Promise<void> {
  const notice = await takeNotice(api);
  if (notice !== null) sayInLine(notice);
}

/** In a field the browser's own undo; elsewhere the place takes it as if the keys had been pressed. */
function again(command: 'undo' | 'redo', key: string): void {
  const focused = document.activeElement ?? document.body;
  if (focused.matches('input:not([type=radio], [type=checkbox]), textarea')) document.execCommand(command);
  else focused.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey: true, bubbles: true, cancelable: true }));
}

/** They are recognised where they are, however many there are. */
async function openPaths({ whimbrel, view }: MenuParts, what: 'pictures' | 'folder'): Promise<void> {
  try {
    const paths = await pickPaths(whimbrel.api, what);
    if (paths.length === 0) return;
    view.goTo('recognise');
    await whimbrel.folders.open(paths);
  } catch (problem) {
    sayInLine(problem instanceof Error ? problem.message : 'The system could not be asked.');
  }
}

/** The dialog is History's own: it exports what is asked for there. */
async function exportHistory(view: ViewState): Promise<void> {
  view.goTo('history', view.place === 'history' ? view.query : '');
  const { HistoryView } = await import('../ui/history_view');
  for (let frames = 0; frames < 60; frames += 1) {
    const shown = document.querySelector('whimbrel-history');
    if (shown instanceof HistoryView) return shown.export();
    await new Promise(requestAnimationFrame);
  }
}

async function showHelp(whimbrel: Whimbrel, about: boolean): Promise<void> {
  await import('../ui/help_dialog');
  document.querySelector('whimbrel-help')?.remove();
  const dialog = document.createElement('whimbrel-help') as HelpDialog;
  document.body.append(Object.assign(dialog, { whimbrel, about }));
}

function helpKey(event: KeyboardEvent): void {
  if (event.key !== 'F1' || event.defaultPrevented) return;
  event.preventDefault();
  void acts.get('help')?.();
}
