import { Observable } from '../base/observable';
import type { History } from './history';
import type { PictureList } from './picture_list';
import type { SettingsStore } from './settings_store';

export interface FirstRunParts {
  readonly settings: SettingsStore;
  readonly pictures: PictureList;
  readonly history: History;
  /** Whether the server has told of itself and answers still. */
  readonly serverTold: () => boolean;
}

/** The first steps: due until they were taken or a picture came, which the server remembers for good. */
export class FirstRun extends Observable {
  readonly #parts: FirstRunParts;
  /** Also where the server keeps nothing: a visit is asked once. */
  #ended = false;

  constructor(parts: FirstRunParts) {
    super();
    this.#parts = parts;
    const { settings, pictures, history } = parts;
    for (const part of [settings, pictures, history]) part.watch(() => this.#look());
  }

  /** Whether nothing was ever shown to Whimbrel and the steps were not taken. */
  get due(): boolean {
    const { history, pictures } = this.#parts;
    return this.#open && history.complete && pictures.entries.length === 0;
  }

  end(): Promise<void> {
    this.#ended = true;
    return this.#parts.settings.change({ firstRunDone: true });
  }

  get #open(): boolean {
    const { settings, serverTold } = this.#parts;
    return !this.#ended && serverTold() && !settings.values.firstRunDone;
  }

  #look(): void {
    if (this.#open && this.#parts.pictures.entries.length > 0) void this.end();
    this.changed();
  }
}
