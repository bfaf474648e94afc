import type { Theme } from '../api/types';
import type { SettingsStore } from '../app/settings_store';
import type { KeyValueStore } from '../statistics/light_ledger';

const KEY = 'whimbrel.theme';

/** Dresses the page as it was last time, before the server is asked, and as the user says from then on. */
export function followTheme(settings: SettingsStore, signs: DOMStringMap, storage: KeyValueStore | null): void {
  signs['theme'] = remembered(storage);
  settings.watch(() => {
    const { theme } = settings.values;
    if (signs['theme'] === theme) return;
    signs['theme'] = theme;
    remember(storage, theme);
  });
}

function remembered(storage: KeyValueStore | null): Theme {
  try {
    return (storage?.getItem(KEY) ?? 'system') as Theme;
  } catch {
    return 'system';
  }
}

function remember(storage: KeyValueStore | null, theme: Theme): void {
  try {
    storage?.setItem(KEY, theme);
  } catch {
    // The server remembers it too.
  }
}
