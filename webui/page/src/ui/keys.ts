/** Which key does what on the Recognise page; what is typed into a field is left alone. */

import { RIGHT, UNSURE } from '../app/feedback_log';
import type { Whimbrel } from '../app/whimbrel';
import type { ViewState } from './view_state';

export interface KeyParts {
  readonly whimbrel: Whimbrel;
  readonly view: ViewState;
  readonly takePicture: () => void;
}

/** Acts on a key; true where the key was for the page. */
export function pressed(event: KeyboardEvent, parts: KeyParts): boolean {
  if (event.defaultPrevented || event.altKey || isTyping(event.target)) return false;
  if (parts.view.place !== 'recognise' || document.querySelector('dialog[open]')) return false;
  if (event.ctrlKey || event.metaKey) return isUndo(event) && undo(parts);
  if (parts.view.camera) return cameraKey(event, parts);
  return moveKey(event, parts) || sayKey(event, parts);
}

function isUndo({ key, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'z' && !shiftKey;
}

function undo({ whimbrel, view }: KeyParts): boolean {
  view.set({ correcting: false });
  const entry = whimbrel.feedback.undo();
  if (entry) view.set({ announcement: `Undone for ${entry.fileName}` });
  return true;
}

function cameraKey(event: KeyboardEvent, { view, takePicture }: KeyParts): boolean {
  if (event.key === 'Escape') view.set({ camera: false });
  else if ((event.key === ' ' || event.key === 'Enter') && !isControl(event.target)) takePicture();
  else return false;
  return true;
}

function moveKey({ key, target }: KeyboardEvent, { whimbrel, view }: KeyParts): boolean {
  const places: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    Home: -Infinity,
    End: Infinity,
  };
  const step = places[key];
  if (step === undefined || isChooser(target)) return false;
  view.set({ correcting: false });
  whimbrel.pictures.step(step);
  const { selected } = whimbrel.pictures;
  if (selected) whimbrel.pipeline.promote(selected);
  return true;
}

function sayKey(event: KeyboardEvent, { whimbrel, view }: KeyParts): boolean {
  const { selected } = whimbrel.pictures;
  const key = event.key.toLowerCase();
  if (key === 'c') {
    view.set({ camera: true, correcting: false });
    return true;
  }
  if (key === 'escape' && view.correcting) {
    view.set({ correcting: false });
    return true;
  }
  if (selected?.state !== 'done') return false;
  if (key === 'enter' && !isControl(event.target)) whimbrel.feedback.mark(selected, RIGHT);
  else if (key === 'w') view.set({ correcting: true });
  else if (key === 'u') whimbrel.feedback.mark(selected, UNSURE);
  else return false;
  return true;
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=radio], [type=checkbox]), textarea');
}

/** Something that Enter and the space bar work on by themselves; a picture of the strip is looked at already. */
export function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('button:not(.frame), a, select, summary, input');
}

function isChooser(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('select, input');
}
