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

/** The size of the variant that is at work, where the registry knows it. */
export function megabytesOf({ metrics, variant }: ModelVersion): string | null {
  const variants = record(metrics?.['variants']);
  const bytes = record(variants?.[variant])?.['bytes'] ?? metrics?.['bytes'];
  return typeof bytes === 'number' ? `${(bytes / 1_000_000).toFixed(1)} MB` : null;
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}
