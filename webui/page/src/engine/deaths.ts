/** Which backends died so often that they are left alone until the page is loaded again. */

import type { BackendSettings } from './backends';
import type { BackendName } from './types';

const TOLERATED: Readonly<Record<BackendName, number>> = { wasm: 2, cpu: 2, webgl: 0, webgpu: 0 };

type Which = Pick<BackendSettings, 'backend' | 'threads'>;

export class Deaths {
  private readonly counts = new Map<string, number>();

  note(which: Which): void {
    this.counts.set(keyOf(which), this.of(which) + 1);
  }

  readonly isUnfit = (which: Which): boolean => this.of(which) > TOLERATED[which.backend];

  private of(which: Which): number {
    return this.counts.get(keyOf(which)) ?? 0;
  }
}

function keyOf({ backend, threads }: Which): string {
  return `${backend} ${threads}`;
}
