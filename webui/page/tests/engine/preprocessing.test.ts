import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cropBox, cutSquare, scaleToInput } from '../../src/engine/preprocessing';
import { referencePixels } from '../../src/engine/reference-pattern';
import type { Box } from '../../src/engine/triangle-resize';
import type { Preprocessing } from '../../src/engine/types';

interface PictureVector {
  readonly formula: 'pattern' | 'noise' | 'checker' | 'smooth';
  readonly width: number;
  readonly height: number;
  readonly cropFraction: number;
  readonly box: readonly [number, number, number];
  readonly sha256: string;
  readonly samples: readonly number[];
}

interface Vectors {
  readonly size: number;
  readonly pictures: readonly PictureVector[];
  readonly reference: { readonly sha256: string; readonly samples: readonly number[] };
  readonly inputs: readonly { offset: number; scale: number; pixels: number[]; values: number[] }[];
}

// The same file holds the Python side to Pillow's numbers (tests/test_store).
const file = new URL('../../../../tests/vectors/preprocessing.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

const noise = (i: number): number => Math.floor(((i * 1103515245 + 12345) % 2147483648) / 65536);

function pixel(vector: PictureVector, x: number, y: number, c: number): number {
  const { width, height } = vector;
  const i = (y * width + x) * 3 + c;
  if (vector.formula === 'noise') return noise(i) % 256;
  if (vector.formula === 'checker') return (Math.floor(x / 7) + Math.floor(y / 5) + c) % 2 === 1 ? 255 : 0;
  if (vector.formula === 'pattern') return (x * (c + 2) + y * (4 - c) + (noise(i) % 32)) % 256;
  const most = width - 1 + (height - 1) * (c + 1);
  return most === 0 ? 0 : Math.floor((255 * (x + y * (c + 1))) / most);
}

/** RGBA of a part of the picture, as the worker reads it from a canvas. */
function readPart(vector: PictureVector, part: Box): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(part.width * part.height * 4).fill(255);
  for (let y = 0; y < part.height; y++) {
    for (let x = 0; x < part.width; x++) {
      for (let c = 0; c < 3; c++) {
        rgba[(y * part.width + x) * 4 + c] = pixel(vector, part.left + x, part.top + y, c);
      }
    }
  }
  return rgba;
}

function preprocessing(overrides: Partial<Preprocessing>): Preprocessing {
  return {
    size: vectors.size,
    cropFraction: 0.875,
    resize: 'triangle',
    offset: 127.5,
    scale: 127.5,
    ...overrides,
  };
}

function expectSamples(rgb: ArrayLike<number>, samples: readonly number[]): void {
  for (let i = 0; i < samples.length; i += 4) {
    const [x, y, c, value] = samples.slice(i, i + 4) as [number, number, number, number];
    expect(rgb[(y * vectors.size + x) * 3 + c], `pixel ${x}, ${y}, channel ${c}`).toBe(value);
  }
}

const sha256 = (bytes: Uint8Array | Uint8ClampedArray): string =>
  createHash('sha256').update(bytes).digest('hex');

describe('the crop and resize that Python and the page share', () => {
  for (const vector of vectors.pictures) {
    const name = `${vector.formula} ${vector.width} × ${vector.height}, crop ${vector.cropFraction}`;
    test(`${name} gives Pillow's bytes`, () => {
      const how = preprocessing({ cropFraction: vector.cropFraction });
      const rgb = cutSquare((part) => readPart(vector, part), vector.width, vector.height, how);
      expectSamples(rgb, vector.samples);
      expect(sha256(rgb)).toBe(vector.sha256);
    });

    test(`${name} is cut where Python cuts it`, () => {
      const box = cropBox(vector.width, vector.height, vector.cropFraction);
      expect([box.left, box.top, box.width]).toEqual(vector.box);
      expect(box.height).toBe(box.width);
    });
  }

  test('reads the square and the filter’s reach around it, no more, in strips of at most 4 MB', () => {
    const parts: Box[] = [];
    const read = (part: Box): Uint8Array => {
      parts.push(part);
      return new Uint8Array(part.width * part.height * 4).fill(200);
    };
    const square = cutSquare(read, 6000, 4000, preprocessing({}));
    expect(new Set(square)).toEqual(new Set([200]));
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect([part.left, part.width]).toEqual([1250 - 17, 3500 + 34]);
    for (const part of parts) expect(part.width * part.height).toBeLessThanOrEqual(2 ** 20);
    expect(parts[0]?.top).toBe(250 - 17);
    for (const [i, part] of parts.slice(1).entries()) {
      expect(part.top).toBe((parts[i]?.top ?? 0) + (parts[i]?.height ?? 0));
    }
    expect((parts.at(-1)?.top ?? 0) + (parts.at(-1)?.height ?? 0)).toBe(250 + 3500 + 17);
  });
});

describe('the numbers that the network takes', () => {
  for (const vector of vectors.inputs) {
    test(`(pixel - ${vector.offset}) / ${vector.scale} is float32 as in numpy`, () => {
      const input = scaleToInput(Uint8Array.from(vector.pixels), preprocessing(vector));
      expect(Array.from(input)).toEqual(vector.values);
    });
  }

  test('the reference pattern is Python’s', () => {
    const pixels = referencePixels(vectors.size);
    expectSamples(pixels, vectors.reference.samples);
    expect(sha256(pixels)).toBe(vectors.reference.sha256);
  });
});
