import type { Clock } from '../base/clock';
import type { Sender } from '../statistics/sender';

/** Soon, and not a batch for every single picture of many. */
export const HAND_OVER_MS = 500;

type HandingSender = Pick<Sender, 'watch' | 'waiting' | 'sending' | 'trouble' | 'sendNow'>;

/**
 * Has what was just recognised sent within half a second instead of twenty, while somebody looks at figures that are
 * made of what was sent. Where sending fails, the sender's own patience holds.
 */
export class HandingOver {
  readonly #sender: HandingSender;
  readonly #clock: Clock;
  readonly #unwatch: () => void;
  #wanted = false;
  /** What stayed behind although everything was sent: it belongs to another open page, which sends it itself. */
  #left = 0;
  #cancel: (() => void) | null = null;

  constructor(sender: HandingSender, clock: Clock) {
    this.#sender = sender;
    this.#clock = clock;
    this.#unwatch = sender.watch(() => this.#follow());
  }

  wanted(wanted: boolean): void {
    this.#wanted = wanted;
    this.#follow();
  }

  stop(): void {
    this.#unwatch();
    this.wanted(false);
  }

  #follow(): void {
    const { waiting, sending, trouble } = this.#sender;
    this.#left = Math.min(this.#left, waiting);
    if (this.#wanted && !sending && trouble === null && waiting > this.#left) {
      this.#cancel ??= this.#clock.after(HAND_OVER_MS, () => void this.#send());
      return;
    }
    this.#cancel?.();
    this.#cancel = null;
  }

  async #send(): Promise<void> {
    this.#cancel = null;
    await this.#sender.sendNow();
    this.#left = this.#sender.waiting;
    this.#follow();
  }
}
