/** Which key does what in History: moving, opening, and the same words for an answer as in Recognise. */

import { RIGHT, UNSURE } from '../app/feedback_log';
import type { Whimbrel } from '../app/whimbrel';
import { isControl, isTyping } from './keys';
import type { ViewState } from './view_state';

export interface PastKeyParts {
  readonly whimbrel: Whimbrel;
  readonly view: ViewState;
  readonly opened: boolean;
  readonly move: (places: number) => void;
  readonly open: () => void;
  readonly close: () => void;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 8,
  PageUp: -8,
  Home: -Infinity,
  End: Infinity,
};

/** Acts on a key; true where the key was for the list. */
export function pastPressed(event: KeyboardEvent, parts: PastKeyParts): boolean {
  if (event.defaultPrevented || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]')) return false;
  if (event.ctrlKey || event.metaKey) return isUndo(event) && undo(parts);
  const step = STEPS[event.key];
  if (step !== undefined) {
    if (event.target instanceof HTMLElement && event.target.matches('select, input')) return false;
    parts.move(step);
    return true;
  }
  if (event.key === 'Escape') return escape(parts);
  if (event.key === 'Enter' && !parts.opened && !isControl(event.target)) {
    parts.open();
    return true;
  }
  return parts.opened && say(event, parts);
}

function isUndo({ key, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'z' && !shiftKey;
}

function undo({ whimbrel, view }: PastKeyParts): boolean {
  view.set({ correcting: false });
  const entry = whimbrel.pastFeedback.undo();
  if (entry) view.set({ announcement: `Undone for ${entry.fileName}` });
  return true;
}

function escape({ view, opened, close }: PastKeyParts): boolean {
  if (view.correcting) view.set({ correcting: false });
  else if (opened) close();
  else return false;
  return true;
}

function say(event: KeyboardEvent, { whimbrel, view }: PastKeyParts): boolean {
  const { selected } = whimbrel.past.pictures;
  const key = event.key.toLowerCase();
  if (!selected) return false;
  if (key === 'enter' && !isControl(event.target)) whimbrel.pastFeedback.mark(selected, RIGHT);
  else if (key === 'w') view.set({ correcting: true });
  else if (key === 'u') whimbrel.pastFeedback.mark(selected, UNSURE);
  else return false;
  return true;
}
