import type { ModelVersion } from '../api/types';

/** A version with those that were learned from it, the oldest first. */
export interface Branch {
  readonly version: ModelVersion;
  readonly children: readonly Branch[];
}

/** The versions by what each came from; one whose parent is not there stands by itself. */
export function treeOf(versions: readonly ModelVersion[]): readonly Branch[] {
  const known = new Set(versions.map(({ id }) => id));
  const childrenOf = (parent: string | null): readonly ModelVersion[] =>
    versions.filter(({ id, parentId }) => (parentId != null && parentId !== id && known.has(parentId) ? parentId : null) === parent);
  const branch = (version: ModelVersion): Branch => ({ version, children: childrenOf(version.id).map(branch) });
  return childrenOf(null).map(branch);
}
