import type { TeamLabel } from '../api/labels';
import type { EngineLabel } from '../engine/types';

export interface Completion {
  readonly label: string;
  /** The other name by which it was found, or that it was typed here before. */
  readonly hint: string | null;
}

interface Known {
  readonly label: string;
  readonly folded: string;
  readonly others: readonly { readonly name: string; readonly folded: string }[];
  /** What is said of it where nothing else is: how it came to be known. */
  readonly origin: string | null;
}

/** All labels that can be said: those of the team and of the model with their other names, and those the user has typed. */
export class LabelBook {
  #ofModel: readonly Known[] = [];
  #ofTeam: readonly Known[] = [];
  #typed: readonly Known[] = [];

  modelKnows(labels: readonly EngineLabel[]): void {
    this.#ofModel = labels.map(({ name, synonyms }) => known(name, synonyms, null));
  }

  /** The labels that the team shares; their other names count before anybody else's. */
  ofTeam(labels: readonly TeamLabel[]): void {
    this.#ofTeam = labels.map(({ name, scientific, synonyms }) => known(name, [...(scientific ? [scientific] : []), ...synonyms], TEAM));
  }

  /** Remembers names that the user has typed; the newest come first. */
  typed(names: readonly string[]): void {
    const seen = new Set<string>();
    const all = [...names.map((name) => known(name, [], TYPED)), ...this.#typed];
    this.#typed = all.filter(({ folded }) => !seen.has(folded) && seen.add(folded));
  }

  /** Forgets what was typed for these: names that were changed are not offered any more. */
  retyped(names: readonly string[]): void {
    this.#typed = [];
    this.typed(names);
  }

  /** Remembers a label that was just given, unless it is one of the model's. */
  used(label: string): void {
    const folded = fold(label);
    if (![...this.#ofTeam, ...this.#ofModel].some((known) => known.folded === folded)) this.typed([label]);
  }

  /** The label as it is written elsewhere, where the text is one or another name of one; else the text itself. */
  settle(text: string): string {
    const plain = text.trim().replace(/\s+/g, ' ').slice(0, 256);
    const folded = fold(plain);
    const named = (label: Known): boolean => label.folded === folded;
    const also = ({ others }: Known): boolean => others.some((other) => other.folded === folded);
    const rest = [...this.#ofModel, ...this.#typed];
    const found = this.#ofTeam.find(named) ?? this.#ofTeam.find(also) ?? rest.find(named) ?? rest.find(also);
    return found?.label ?? plain;
  }

  /** Up to `limit` labels for what was typed so far: whole beginnings first, then beginnings of words, then parts. */
  complete(text: string, limit: number): Completion[] {
    const wanted = fold(text.trim());
    if (wanted === '') return [...this.#typed, ...this.#ofTeam].slice(0, limit).map(({ label, origin }) => ({ label, hint: origin }));
    return this.#all()
      .map((label) => ({ label, ...closeness(label, wanted) }))
      .filter(({ rank }) => rank < NOT_AT_ALL)
      .sort((one, other) => one.rank - other.rank || one.label.folded.length - other.label.folded.length)
      .slice(0, limit)
      .map(({ label, hint }) => ({ label: label.label, hint: hint ?? label.origin }));
  }

  /** Each label once, and none that is another name of one of the team's. */
  #all(): readonly Known[] {
    const seen = new Set(this.#ofTeam.flatMap(({ others }) => others.map(({ folded }) => folded)));
    return [...this.#ofTeam, ...this.#ofModel, ...this.#typed].filter(({ folded }) => !seen.has(folded) && seen.add(folded));
  }
}

const TYPED = 'typed here';
const TEAM = 'your team’s';

const NOT_AT_ALL = 9;

function closeness(label: Known, wanted: string): { rank: number; hint: string | null } {
  let best = { rank: rankOf(label.folded, wanted), hint: null as string | null };
  for (const { name, folded } of label.others) {
    const rank = rankOf(folded, wanted) + 0.5;
    if (rank < best.rank) best = { rank, hint: name };
  }
  return best;
}

function rankOf(name: string, wanted: string): number {
  if (name === wanted) return 0;
  const at = name.indexOf(wanted);
  if (at === 0) return 1;
  if (at > 0) return /[\s\-'(/]/.test(name[at - 1] ?? '') ? 2 : 3;
  return NOT_AT_ALL;
}

function known(label: string, synonyms: readonly string[], origin: string | null): Known {
  const others = synonyms.filter((name) => name !== label).map((name) => ({ name, folded: fold(name) }));
  return { label, folded: fold(label), others, origin };
}

/** Lower case without accents: what people mean when they type quickly. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
