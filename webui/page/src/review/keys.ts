/** Which key does what where pictures are named: the keys are in the field, so a label's letters do nothing else. */

import { isControl, isTyping } from '../ui/keys';

export type Act = 'none' | 'unsure' | 'skip' | 'undo';

const ACTS: Readonly<Record<string, Act>> = { '0': 'none', '?': 'unsure', ArrowRight: 'skip' };

/** What a key asks for while `text` stands in `field`; 'type' where it begins a label from outside of the field. */
export function actOf(event: KeyboardEvent, field: HTMLElement | null, text: string): Act | 'type' | null {
  const { key, target } = event;
  if (event.defaultPrevented || event.altKey || document.querySelector('dialog[open]')) return null;
  if (target !== field && isTyping(target)) return null;
  if (target === field && text !== '') return null;
  if (event.ctrlKey || event.metaKey) return key.toLowerCase() === 'z' && !event.shiftKey ? 'undo' : null;
  const act = ACTS[key];
  if (act) return act;
  const begins = target !== field && key.length === 1 && key !== ' ' && !isControl(target);
  return begins ? 'type' : null;
}
