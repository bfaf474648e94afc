/**
 * Has another model look at pictures that have their answer, while nobody waits for anything. It has a worker of
 * its own, so that no picture waits behind it and its death is nobody else's.
 */

import type { BackendSettings } from './backends';
import type { Idleness } from './measuring';
import { fetchModelFiles } from './model-files';
import { Station } from './station';
import type { ModelDescriptor, Recognition } from './types';

/** One thread: the other cores are for whoever works. */
const SETTINGS: BackendSettings = { backend: 'wasm', threads: 1, halfPrecision: false };
/** How long the model is kept with nothing to look at. */
const KEPT_MS = 60_000;

interface Loaded {
  readonly model: string;
  readonly station: Station;
}

export class SecondLook {
  private loaded: Loaded | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  private restTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly whenIdle: Idleness['whenIdle']) {}

  /** What the model says of the picture. Rejects with RecognitionFailure, and with what `whenIdle` rejects with. */
  answer(model: ModelDescriptor, blob: Blob, fileName: string): Promise<Recognition> {
    const result = this.turn.then(() => this.look(model, blob, fileName));
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Lets the model go; the next picture loads it again. */
  dispose(): void {
    clearTimeout(this.restTimer);
    this.loaded?.station.retire();
    this.loaded = null;
  }

  private async look(model: ModelDescriptor, blob: Blob, fileName: string): Promise<Recognition> {
    clearTimeout(this.restTimer);
    await this.whenIdle();
    const station = await this.stationFor(model);
    await this.whenIdle(); // somebody may have come while it was loaded
    const options = { keepThumbnail: false, keepCrop: false, topK: 1, fileName };
    try {
      return await new Promise((resolve, reject) => {
        station.recognise({ blob, options, resolve, reject, losses: 0 }).then(resolve, reject);
      });
    } finally {
      this.restTimer = setTimeout(() => this.dispose(), KEPT_MS);
    }
  }

  private async stationFor(model: ModelDescriptor): Promise<Station> {
    if (this.loaded?.model === model.id) return this.loaded.station;
    this.dispose();
    const files = await fetchModelFiles(model, null, () => undefined);
    const station = await Station.open(SETTINGS, files, (dead) => this.died(dead));
    this.loaded = { model: model.id, station };
    return station;
  }

  private died(station: Station): void {
    if (this.loaded?.station === station) this.loaded = null;
  }
}
