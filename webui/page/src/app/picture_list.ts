import { Observable } from '../base/observable';
import type { PictureEntry } from './picture_entry';

/** The pictures of the strip in the order of time, and which one is looked at. */
export class PictureList extends Observable {
  readonly #entries: PictureEntry[] = [];
  readonly #byId = new Map<string, PictureEntry>();
  #selected: PictureEntry | null = null;
  /** Grows when pictures come or go. */
  membership = 0;

  get entries(): readonly PictureEntry[] {
    return this.#entries;
  }

  get selected(): PictureEntry | null {
    return this.#selected;
  }

  get(id: string): PictureEntry | undefined {
    return this.#byId.get(id);
  }

  /** Adds pictures that are not there yet, in their place in time. Returns those that were added. */
  add(entries: readonly PictureEntry[]): PictureEntry[] {
    const fresh = entries.filter(({ id }) => !this.#byId.has(id));
    if (fresh.length === 0) return fresh;
    for (const entry of fresh) this.#byId.set(entry.id, entry);
    this.#entries.push(...fresh);
    this.#entries.sort(inTime);
    this.membership += 1;
    this.changed();
    return fresh;
  }

  /** Takes pictures away. */
  remove(entries: Iterable<PictureEntry>): void {
    const gone = new Set(entries);
    if (gone.size === 0) return;
    for (const { id } of gone) this.#byId.delete(id);
    const left = this.#entries.filter((entry) => !gone.has(entry));
    this.#entries.splice(0, this.#entries.length, ...left);
    if (this.#selected && gone.has(this.#selected)) this.#selected = left.at(-1) ?? null;
    this.membership += 1;
    this.changed();
  }

  update(entry: PictureEntry, changes: Partial<PictureEntry>): void {
    Object.assign(entry, changes);
    entry.revision += 1;
    this.changed();
  }

  select(entry: PictureEntry | null): void {
    if (entry === this.#selected) return;
    this.#selected = entry;
    this.changed();
  }

  /** Looks at the picture so many places further, or at the nearest end. */
  step(places: number): void {
    const last = this.#entries.length - 1;
    const present = this.#selected ? this.#entries.indexOf(this.#selected) : places > 0 ? -1 : last + 1;
    const wanted = Math.min(last, Math.max(0, present + places));
    this.select(this.#entries[wanted] ?? null);
  }
}

function inTime(one: PictureEntry, other: PictureEntry): number {
  return one.at - other.at || (one.id < other.id ? -1 : 1);
}
