import { LitElement, type ReactiveController, type ReactiveControllerHost } from 'lit';
import type { Observable } from '../base/observable';

/** A component whose content is in the page itself, so that one set of style sheets and one tab order hold for all. */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}

/** Draws a component anew when something that it shows has changed. */
export class Watch implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #sources: () => readonly Observable[];
  #stop: (() => void)[] = [];

  /** `sources` is asked when the component enters the page, after its properties are set. */
  constructor(host: ReactiveControllerHost, sources: () => readonly Observable[]) {
    this.#host = host;
    this.#sources = sources;
    host.addController(this);
  }

  hostConnected(): void {
    this.#stop = this.#sources().map((source) => source.watch(() => this.#host.requestUpdate()));
  }

  hostDisconnected(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }
}
