/** Something that tells its watchers that it changed; they read it anew. */
export class Observable {
  readonly #watchers = new Set<() => void>();

  /** Calls `watcher` after every change until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  protected changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
