import type { LabelChange, LabelCount } from '../api/labels';

/** What the typed text would do to a label. */
export type Consequence =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rename' | 'merge'; readonly to: string };

/** Merges into the label of that name where there is one, whatever its case; else renames. */
export function consequence(label: string, text: string, labels: readonly LabelCount[]): Consequence {
  const to = text.trim().replace(/\s+/g, ' ');
  if (to === '' || to === label) return { kind: 'nothing' };
  const others = labels.filter((one) => one.label !== label);
  const same = others.find((one) => one.label === to) ?? others.find((one) => fold(one.label) === fold(to));
  return same ? { kind: 'merge', to: same.label } : { kind: 'rename', to };
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** "“wolf” is now “grey wolf”." */
export function changeWords(change: LabelChange): string {
  const { kind, old, new: name } = change;
  const what = kind === 'rename' ? `“${old}” is called “${name}”` : `“${old}” was merged into “${name}”`;
  return change.undoneAt === null ? `${what}.` : `${what}: undone.`;
}

/** The address of History with the answers behind a count. */
export function recordsOf(filters: Readonly<Record<string, string>>): string {
  return `#/history?${new URLSearchParams({ kind: 'inference', ...filters }).toString()}`;
}
