import type { ModelVersion } from '../api/types';
import { momentWords } from '../base/moments';

type Named = Pick<ModelVersion, 'id' | 'name' | 'createdAt'>;

/** The names of versions by id; those that would be called the same say when they came about. */
export function distinctNames(versions: readonly Named[]): Map<string, string> {
  const byName = toldApart(versions, ({ name }) => name, (name, { createdAt }) => `${name}, ${momentWords(createdAt)}`);
  const name = (version: Named): string => byName.get(version.id) ?? version.name;
  return toldApart(versions, name, (words, { createdAt }) => `${words}:${String(new Date(createdAt).getSeconds()).padStart(2, '0')}`);
}

function toldApart(versions: readonly Named[], name: (version: Named) => string, more: (name: string, version: Named) => string): Map<string, string> {
  const times = new Map<string, number>();
  for (const version of versions) times.set(name(version), (times.get(name(version)) ?? 0) + 1);
  return new Map(versions.map((version) => [version.id, times.get(name(version)) === 1 ? name(version) : more(name(version), version)]));
}
