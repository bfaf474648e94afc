import type {
  BackendFigure, BackendName, Engine, EngineEvents, EngineLabel, EngineState, ModelDescriptor, Recognition,
} from '../../src/engine/types';

/** The engine's outside, moved by a test. */
export class FakeEngine extends EventTarget implements Engine {
  backend: BackendName | null = null;
  threads = 1;
  state: EngineState = 'idle';
  concurrency = 1;
  readonly loads: { model: ModelDescriptor; done: () => void; fail: (problem: unknown) => void }[] = [];
  readonly preferred: string[] = [];
  readonly tried: string[] = [];

  load(model: ModelDescriptor): Promise<void> {
    return new Promise((done, fail) => {
      this.loads.push({ model, done, fail });
    });
  }

  async tryOut(model: ModelDescriptor): Promise<void> {
    this.tried.push(model.id);
  }

  lookBeside(): Promise<Recognition> {
    throw new Error('no picture is looked at here');
  }

  recognise(): Promise<Recognition> {
    throw new Error('no picture is recognised here');
  }

  async measure(): Promise<readonly BackendFigure[]> {
    return [];
  }

  labels(): string[] {
    return [];
  }

  labelsWithSynonyms(): readonly EngineLabel[] {
    return [];
  }

  async setPreferred(preferred: string): Promise<void> {
    this.preferred.push(preferred);
  }

  dispose(): void {
    this.state = 'idle';
  }

  on<K extends keyof EngineEvents>(type: K, listener: (detail: EngineEvents[K]) => void): () => void {
    const hear = (event: Event): void => listener((event as CustomEvent<EngineEvents[K]>).detail);
    this.addEventListener(type, hear);
    return () => this.removeEventListener(type, hear);
  }

  say<K extends keyof EngineEvents>(type: K, detail: EngineEvents[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  become(state: EngineState, backend: BackendName | null = this.backend): void {
    this.state = state;
    this.backend = backend;
    this.say('state', { state });
  }
}

export function descriptor(id: string): ModelDescriptor {
  return {
    id,
    name: `The model ${id}`,
    made: 'starter',
    architecture: 'efficientnet_lite0',
    alpha: null,
    spaceId: 'ab'.repeat(32),
    variant: 'float32',
    backboneUrl: '/models/aa/',
    headUrl: '/models/bb/',
    checkUrl: `/api/models/${id}/checks`,
    labelCount: 1000,
    calibrated: false,
    reject: null,
    source: 'a test',
    licence: 'Apache-2.0',
  };
}
