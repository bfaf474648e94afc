import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { setBackend } from '@tensorflow/tfjs-core';
import { checkEmbeddings, judgeHead } from '../../src/engine/head-check';
import { Head } from '../../src/engine/network';
import { floats, headFiles } from './support/tiny_model';

interface Vectors {
  readonly count: number;
  readonly size: number;
  readonly embeddings: readonly number[];
  readonly kernel: readonly number[];
  readonly bias: readonly number[];
  readonly logits: readonly number[];
}

const shared = JSON.parse(
  readFileSync(new URL('../../../../tests/vectors/head_check.json', import.meta.url), 'utf8'),
) as Vectors;
const check = { count: shared.count, logits: Float32Array.from(shared.logits) };

beforeAll(async () => {
  await import('../../src/engine/backends/cpu');
  await setBackend('cpu');
});

describe('a head’s numbers', () => {
  test('are checked on the same embeddings as numpy’s', () => {
    expect(Array.from(checkEmbeddings(shared.count, shared.size))).toEqual(shared.embeddings);
  });

  test('agree with numpy’s where the head is the same, and do not where one weight is another', async () => {
    const layer = { kernel: floats(shared.kernel, shared.size, 3), bias: floats(shared.bias, 3) };
    const head = await Head.read(headFiles([layer], ['a', 'b', 'c']), shared.size);
    const inputs = checkEmbeddings(shared.count, shared.size);
    const verdict = judgeHead(await head.logitsOf(inputs, shared.count), check, false);
    expect(verdict.correct).toBe(true);
    expect(verdict.relativeError).toBeLessThan(1e-6);
    head.dispose();
    const other = { ...layer, kernel: floats(shared.kernel.map((w, i) => (i === 4 ? w + 0.05 : w)), shared.size, 3) };
    const damaged = await Head.read(headFiles([other], ['a', 'b', 'c']), shared.size);
    expect(judgeHead(await damaged.logitsOf(inputs, shared.count), check, false).correct).toBe(false);
    damaged.dispose();
  });

  test('are refused where they are no numbers or too few', () => {
    const broken = Float32Array.from(check.logits);
    broken[3] = Number.NaN;
    expect(judgeHead(broken, check, false)).toEqual({ correct: false, relativeError: Infinity });
    expect(judgeHead(check.logits.slice(1), check, false).correct).toBe(false);
  });

  test('may be off by more in half precision, while the same label is first', () => {
    const off = check.logits.map((logit) => logit * 1.005);
    expect(judgeHead(off, check, false).correct).toBe(false);
    expect(judgeHead(off, check, true).correct).toBe(true);
    const close = { count: 1, logits: Float32Array.of(10, 9.99) };
    expect(judgeHead(Float32Array.of(9.99, 10), close, true).correct).toBe(false);
  });
});
