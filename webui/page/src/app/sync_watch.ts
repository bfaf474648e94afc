import type { SyncState } from '../api/sync';
import { Observable } from '../base/observable';

/** How sending is doing, as the server told last; null before it did. */
export class SyncWatch extends Observable {
  state: SyncState | null = null;
  readonly #ask: () => Promise<SyncState>;

  constructor(ask: () => Promise<SyncState>) {
    super();
    this.#ask = ask;
  }

  /** An answer may come after the news of what has happened since. */
  heard(state: SyncState): void {
    if (this.state?.run === state.run && this.state.number > state.number) return;
    this.state = state;
    this.changed();
  }

  async look(): Promise<void> {
    const found = await this.#ask().catch(() => null);
    if (found) this.heard(found);
  }

  /** In a few words, for the bar; null where nothing is sent from here. */
  get words(): string | null {
    const { phase = 'no_consent', accounts } = this.state ?? {};
    if (phase === 'no_consent' || phase === 'not_enrolled') return null;
    if (phase === 'sending') return 'sending…';
    const waiting = accounts?.waiting ?? 0;
    if (phase === 'paused') return 'sending is paused';
    if (phase === 'update_needed') return 'update to send';
    return waiting > 0 ? `${waiting.toLocaleString('en')} waiting to be sent` : 'all is sent';
  }
}
