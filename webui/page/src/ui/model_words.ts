import type { ModelVersion } from '../api/types';

const FAMILIES: Readonly<Record<string, string>> = {
  mobilenet_v1: 'MobileNet V1',
  mobilenet_v2: 'MobileNet V2',
  efficientnet_lite0: 'EfficientNet-Lite0, of MobileNet V2’s family',
};

/** "MobileNet V2, width 0.75". */
export function architectureWords(architecture: string, alpha: number | null): string {
  const family = FAMILIES[architecture] ?? architecture;
  return alpha === null ? family : `${family}, width ${alpha}`;
}

const MADE: Readonly<Record<string, string>> = {
  starter: 'the starter that Whimbrel brings',
  fetched: 'downloaded from its makers',
  imported: 'imported from a file',
  trained: 'learned from your corrections',
};

export function madeWords(made: string): string {
  return MADE[made] ?? made;
}

const VARIANTS: Readonly<Record<string, string>> = {
  float32: '32-bit weights',
  float16: '16-bit weights',
  uint8: '8-bit weights',
};

export function variantWords(variant: string): string {
  return VARIANTS[variant] ?? variant;
}

/** One form of a model's weights, in words for a table. */
export interface WeightsRow {
  readonly variant: string;
  readonly size: string;
  /** How often it gives the first answer of the 32-bit form, and on what that was measured. */
  readonly agreement: string;
}

/** The forms of a model's weights, as the registry measured them; none where it says nothing. */
export function weightsRows({ metrics }: ModelVersion): WeightsRow[] {
  const variants = record(metrics?.['variants']) ?? {};
  return Object.entries(variants).map(([variant, measured]) => {
    const bytes = record(measured)?.['bytes'];
    const size = typeof bytes === 'number' ? `${(bytes / 1_000_000).toFixed(1)} MB` : '–';
    return { variant, size, agreement: agreementWords(record(record(measured)?.['agreement'])) };
  });
}

function agreementWords(agreement: Record<string, unknown> | null): string {
  const { top1, n, on } = agreement ?? {};
  if (typeof top1 !== 'number' || typeof n !== 'number') return '–';
  const where = typeof on === 'string' ? on.replace(`${n} `, '') : 'pictures';
  return `on ${Math.round(top1 * n)} of ${n} ${where}`;
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}
