import type { Tone } from './chart';

/** The tokens of the present theme as a canvas takes them. */
export interface Colours {
  readonly tones: Readonly<Record<Tone, string>>;
  readonly axis: string;
  readonly line: string;
  /** The lines of the scale, behind everything. */
  readonly grid: string;
  /** Behind a line: between what its values likely are. */
  readonly soft: string;
  readonly font: string;
  /** Of the thinnest line, px. */
  readonly hair: number;
  /** How much heavier lines are than usual. */
  readonly weight: number;
}

const TONES: readonly Tone[] = ['accent', 'ink', 'ink-soft', 'right', 'wrong', 'unsure'];

/** Reads them as they hold at an element: a canvas knows neither custom properties nor `light-dark()`. */
export function colours(host: Element): Colours {
  const probe = host.appendChild(document.createElement('i'));
  const colour = (name: string): string => {
    probe.className = `tone-${name}`;
    return getComputedStyle(probe).color;
  };
  const tones = Object.fromEntries(TONES.map((tone) => [tone, colour(tone)])) as Record<Tone, string>;
  const style = getComputedStyle(host);
  const hair = parseFloat(style.getPropertyValue('--hair')) || 1;
  const read = { line: colour('line'), grid: colour('grid'), soft: colour('band'), font: `12px ${style.fontFamily}` };
  probe.remove();
  return { tones, axis: tones['ink-soft'], ...read, hair, weight: hair > 1 ? 1.6 : 1 };
}

/** Calls back when the page is dressed otherwise, by the user or by the system. */
export function onDress(changed: () => void): () => void {
  const watcher = new MutationObserver(changed);
  watcher.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  const stop = new AbortController();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed, { signal: stop.signal });
  return () => {
    watcher.disconnect();
    stop.abort();
  };
}
