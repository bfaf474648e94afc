import type { ModelList, ModelVersion } from '../api/types';
import { distinctNames } from '../app/version_names';

/** A model that can be fetched; docs/models.md has the figures and where they are from (a test holds the two together). */
export interface BaseModel {
  readonly name: 'mobilenet_v2' | 'mobilenet_v1' | 'starter';
  readonly architecture: string;
  readonly alpha: number | null;
  readonly title: string;
  /** Millions, the head's among them; a download has four bytes for each. */
  readonly parameters: number;
  /** Of 100 pictures of ImageNet's, so many get the right first answer. */
  readonly right: number;
  readonly says: string;
}

export const BASE_MODELS: readonly BaseModel[] = [
  { name: 'starter', architecture: 'efficientnet_lite0', alpha: null, title: 'EfficientNet-Lite0 (starter)', parameters: 4.63, right: 75.1, says: 'the most exact' },
  { name: 'mobilenet_v2', architecture: 'mobilenet_v2', alpha: 1, title: 'MobileNet V2 1.0', parameters: 3.49, right: 71.8, says: 'a little quicker' },
  { name: 'mobilenet_v2', architecture: 'mobilenet_v2', alpha: 0.5, title: 'MobileNet V2 0.5', parameters: 1.96, right: 65.4, says: 'three times as quick' },
  { name: 'mobilenet_v1', architecture: 'mobilenet_v1', alpha: 0.25, title: 'MobileNet V1 0.25', parameters: 0.47, right: 50.6, says: 'the quickest, for very small machines' },
];

/** One line of the choice: a version that is here, or one to be fetched. */
export interface Offer {
  readonly key: string;
  readonly title: string;
  readonly facts: string;
  readonly version: ModelVersion | null;
  readonly base: BaseModel | null;
}

/** What can be chosen: what is here, the one at work first, then what can be fetched. */
export function offersOf({ active, versions }: ModelList): Offer[] {
  const names = distinctNames(versions);
  const here = [...versions].sort((a, b) => Number(b.id === active) - Number(a.id === active));
  const missing = BASE_MODELS.filter((base) => !versions.some((version) => isOf(version, base)));
  return [
    ...here.map((version) => ofVersion(version, names.get(version.id) ?? version.name, version.id === active)),
    ...missing.map(ofBase),
  ];
}

function isOf({ architecture, alpha, made }: ModelVersion, base: BaseModel): boolean {
  return architecture === base.architecture && alpha === base.alpha && (made === 'starter' || made === 'fetched');
}

function ofVersion(version: ModelVersion, title: string, atWork: boolean): Offer {
  const base = BASE_MODELS.find((one) => isOf(version, one));
  const facts = [base ? rightWords(base) : `${version.labelCount.toLocaleString('en')} labels`, atWork ? 'here, and ready' : 'here already'];
  return { key: version.id, title, facts: facts.join(' · '), version, base: base ?? null };
}

function ofBase(base: BaseModel): Offer {
  const facts = [rightWords(base), base.says, base.name === 'starter' ? 'came with Whimbrel' : `${downloadWords(base)} to fetch`];
  return { key: `${base.name} ${base.alpha ?? ''}`, title: base.title, facts: facts.join(' · '), version: null, base };
}

function rightWords({ right }: BaseModel): string {
  return `Right first time for ${Math.round(right)} of 100 pictures`;
}

/** "14 MB". */
export function downloadWords({ parameters }: BaseModel): string {
  return `${Math.max(1, Math.round(parameters * 4))} MB`;
}
