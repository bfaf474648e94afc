import { beforeEach, expect, test } from 'vitest';
import { EngineHost } from '../../src/app/engine_host';
import type { NumbersCheck } from '../../src/engine/types';
import { RecognitionFailure } from '../../src/engine/failure';
import { descriptor, FakeEngine } from '../support/fake_engine';

let engine: FakeEngine;
let signs: Record<string, string | undefined>;
let happened: [string, string, Record<string, string | null>][];
let checked: NumbersCheck[];
let host: EngineHost;

const unreachable = new RecognitionFailure({
  stage: 'load',
  code: 'model-unreachable',
  sentence: 'The model could not be loaded.',
  advice: 'Start Whimbrel again.',
});

beforeEach(() => {
  engine = new FakeEngine();
  signs = {};
  happened = [];
  checked = [];
  host = new EngineHost({
    open: () => engine,
    signs,
    happened: (...event) => void happened.push(event),
    keepFigures: () => undefined,
    checked: (numbers) => void checked.push(numbers),
  });
  host.open({ preferred: 'auto', figures: null });
});

test('the page is ready when the model is warm, not before', async () => {
  const using = host.use(descriptor('one'));
  engine.become('loading');
  expect(signs).toMatchObject({ ready: 'false', model: '' });
  engine.become('ready', 'wasm');
  engine.loads[0]?.done();
  await using;
  expect(signs).toEqual({ ready: 'true', backend: 'wasm', model: 'one' });
});

test('the same model is not loaded twice, however often the server tells of it', () => {
  void host.use(descriptor('one'));
  void host.use(descriptor('one'));
  expect(engine.loads).toHaveLength(1);
});

test('while a new model loads the old one stays at work', async () => {
  const first = host.use(descriptor('one'));
  engine.become('ready', 'wasm');
  engine.loads[0]?.done();
  await first;
  const second = host.use(descriptor('two'));
  expect([host.ready, host.model?.id, host.changingTo?.id]).toEqual([true, 'one', 'two']);
  engine.loads[1]?.done();
  await second;
  expect([host.model?.id, host.changingTo]).toEqual(['two', null]);
});

test('a model that fails says why, is an event, and can be tried again', async () => {
  const using = host.use(descriptor('one'));
  engine.loads[0]?.fail(unreachable);
  await using;
  expect(host.failure).toMatchObject({ sentence: 'The model could not be loaded.' });
  expect(happened).toMatchObject([['load', 'model-unreachable', { model: 'one' }]]);
  void host.retry();
  expect(engine.loads).toHaveLength(2);
  expect(host.failure).toBeNull();
});

test('the failure of a model that is no longer wanted is not shown', async () => {
  const first = host.use(descriptor('one'));
  const second = host.use(descriptor('two'));
  engine.loads[0]?.fail(unreachable);
  engine.loads[1]?.done();
  await Promise.all([first, second]);
  expect([host.failure, host.model?.id]).toEqual([null, 'two']);
});

test('a lost context and the change of backend after it are events; the first backend is none', () => {
  engine.say('backend', { from: null, to: 'webgl', reason: 'it was the fastest' });
  engine.say('context-lost', { backend: 'webgl', code: 'context-lost' });
  engine.say('backend', { from: 'webgl', to: 'wasm', reason: 'the one before gave up' });
  expect(happened).toEqual([
    ['backend', 'context-lost', { from: 'webgl' }],
    ['backend', 'changed', { from: 'webgl', to: 'wasm', reason: 'the one before gave up' }],
  ]);
});

test('the model at work is not ready while its backend is being replaced', async () => {
  const using = host.use(descriptor('one'));
  engine.become('ready', 'webgl');
  engine.loads[0]?.done();
  await using;
  engine.become('warming');
  expect(signs['ready']).toBe('false');
  engine.become('ready', 'wasm');
  expect(signs).toMatchObject({ ready: 'true', backend: 'wasm' });
});

test('a model that counts wrongly is not used: the one before goes on, and the page can say which', async () => {
  const first = host.use(descriptor('one'));
  engine.become('ready', 'wasm');
  engine.loads[0]?.done();
  await first;
  const second = host.use(descriptor('two'));
  engine.say('checked', { model: 'two', backend: 'wasm', maxRelative: 0.5, halfPrecision: false, correct: false });
  engine.loads[1]?.fail(unreachable);
  await second;
  expect([host.model?.id, host.refused?.id, signs['model'], signs['ready']]).toEqual(['one', 'two', 'one', 'true']);
  expect(checked).toEqual([{ model: 'two', backend: 'wasm', maxRelative: 0.5, halfPrecision: false, correct: false }]);
  void host.use(descriptor('one'));
  expect(host.refused).toBeNull();
});

test('a candidate is tried without being put to work', async () => {
  await host.tryOut(descriptor('three'));
  expect([engine.tried, engine.loads]).toEqual([['three'], []]);
});
