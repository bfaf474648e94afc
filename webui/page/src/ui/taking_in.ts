/** The ways in for pictures, on every place of the page: drop, paste, choose. */

import { fromDrop, fromFiles, fromPaste, type IntakeItem } from '../app/intake';
import type { Whimbrel } from '../app/whimbrel';
import type { ViewState } from './view_state';
import { plural } from './words';

export interface TakingInParts {
  readonly whimbrel: Whimbrel;
  readonly view: ViewState;
  /** Shows that something would be taken in if it were let go here. */
  readonly hovering: (over: boolean) => void;
}

/** Listens on the whole window, so that a picture can be let go anywhere. Returns how to stop. */
export function takeIn(target: Window, parts: TakingInParts): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  target.addEventListener('dragover', (event) => dragged(event, parts), { signal });
  target.addEventListener('dragleave', (event) => event.relatedTarget === null && parts.hovering(false), { signal });
  target.addEventListener('drop', (event) => void dropped(event, parts), { signal });
  target.addEventListener('paste', (event) => pasted(event, parts), { signal });
  return () => stop.abort();
}

/** Takes what was chosen and makes room for choosing the same again. */
export function chosen(input: HTMLInputElement, parts: Pick<TakingInParts, 'whimbrel' | 'view'>): void {
  take(fromFiles(input.files ?? []).items, parts);
  input.value = '';
}

function dragged(event: DragEvent, { hovering }: TakingInParts): void {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'copy';
  hovering(true);
}

async function dropped(event: DragEvent, parts: TakingInParts): Promise<void> {
  parts.hovering(false);
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  const leftOut = await fromDrop(event.dataTransfer, (items) => take(items, parts));
  const notice = leftOut === 0 ? null : `${plural(leftOut, 'other file', 'other files')} left out`;
  parts.view.set({ notice });
}

function pasted(event: ClipboardEvent, parts: TakingInParts): void {
  if (!event.clipboardData || event.clipboardData.files.length === 0) return;
  event.preventDefault();
  take(fromPaste(event.clipboardData).items, parts);
}

function take(items: readonly IntakeItem[], { whimbrel, view }: Pick<TakingInParts, 'whimbrel' | 'view'>): void {
  if (items.length === 0) return;
  view.goTo('recognise');
  view.set({ camera: false, correcting: false, notice: null });
  whimbrel.pipeline.take(items);
}
