import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('../../src/look/tokens.css', import.meta.url), 'utf8');
type Colours = Readonly<Record<string, string>>;

function block(selector: string): string {
  const start = css.indexOf(`${selector} {`);
  if (start < 0) throw new Error(`tokens.css has no ${selector}`);
  return css.slice(start, css.indexOf('}', start));
}

function declared(text: string): Colours {
  return Object.fromEntries([...text.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]));
}

/** One side of every `light-dark(a, b)`. */
function side(colours: Colours, which: 0 | 1): Colours {
  const pick = (value: string): string => /light-dark\((oklch\([^)]*\)),\s*(oklch\([^)]*\))\)/.exec(value)?.[which + 1] ?? value;
  return Object.fromEntries(Object.entries(colours).map(([name, value]) => [name, pick(value)]));
}

const roles = declared(block(':root'));
const themes: [string, Colours][] = [
  ['light', side(roles, 0)],
  ['dark', side(roles, 1)],
  ['bright sun', { ...side(roles, 0), ...declared(block(":root[data-theme='sun']")) }],
];

/** Relative luminance (WCAG 2) of `oklch(L% C H)`; Björn Ottosson's OKLab to linear sRGB. */
function luminance(colour: string): number {
  const parts = /oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)/.exec(colour);
  if (!parts) throw new Error(`not a plain oklch colour: ${colour}`);
  const [lightness, chroma, hue] = [Number(parts[1]) / 100, Number(parts[2]), (Number(parts[3]) * Math.PI) / 180];
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const red = clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  const green = clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  const blue = clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(colours: Colours, one: string, other: string): number {
  const [high, low] = [one, other].map((name) => luminance(colours[name] ?? '')).sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const GROUNDS = ['ground', 'surface', 'raised'];
const TEXT: [string, string][] = [
  ...GROUNDS.flatMap((ground) => ['ink', 'ink-soft', 'accent-ink'].map((ink): [string, string] => [ink, ground])),
  ['ink', 'accent-soft'],
  ['on-accent', 'accent-fill'],
];
const SHAPES: [string, string][] = [
  ...GROUNDS.flatMap((ground) =>
    ['accent', 'edge', 'right', 'wrong', 'unsure'].map((shape): [string, string] => [shape, ground]),
  ),
  ...['right', 'wrong', 'unsure'].flatMap((mark): [string, string][] => [
    ['on-mark', mark],
    [mark, 'accent-soft'],
  ]),
];

describe.each(themes)('in the %s theme', (_, colours) => {
  test.each(TEXT)('text in %s on %s has 4.5 : 1', (ink, ground) => {
    expect(contrast(colours, ink, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(SHAPES)('%s on %s has 3 : 1', (shape, ground) => {
    expect(contrast(colours, shape, ground)).toBeGreaterThanOrEqual(3);
  });
});

test('black on white is 21 : 1, as WCAG says', () => {
  expect(contrast({ ink: 'oklch(0% 0 0)', paper: 'oklch(100% 0 0)' }, 'ink', 'paper')).toBeCloseTo(21, 1);
});
