/** The Settings place's words. */

import type { Backup, ProgramSetting, SettingValue } from '../api/program';
import type { SyncState } from '../api/sync';

const KINDS: Readonly<Record<string, string>> = {
  records: 'Answers and failures',
  feedback: 'Your marks',
  embeddings: 'Numbers to learn from',
  thumbnails: 'Small copies of pictures',
  crops: 'Squares that the model looked at',
  other: 'Indexes, settings and figures',
  backups: 'Backups',
  models: 'Models',
  logs: 'Logs',
};

export function kindWords(kind: string): string {
  return KINDS[kind] ?? kind;
}

/** "812 B", "4.2 KB", "18.6 MB", "2.4 GB". */
export function bytesWords(bytes: number): string {
  const steps = ['B', 'KB', 'MB', 'GB', 'TB'];
  const at = bytes < 1000 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** at;
  return `${at === 0 ? value : value.toFixed(1)} ${steps[at]}`;
}

const BACKUPS: Readonly<Record<Backup['kind'], string>> = {
  daily: 'made by itself',
  asked: 'asked for',
  'before-schema': 'before an update',
};

export function backupWords({ kind }: Backup): string {
  return BACKUPS[kind];
}

/** What of the records a collector is given. */
export function sharedWords({ enrolment, consent }: SyncState): string {
  if (!enrolment || !consent.given) return 'Nothing leaves this computer.';
  const { embeddings, crops, fileNames, places } = consent.sharing;
  const parts = [
    embeddings && 'the numbers of pictures',
    crops && 'the squares',
    fileNames && 'file names',
    places !== 'off' && (places === 'coarse' ? 'rough places' : 'exact places'),
  ].filter((part) => part !== false);
  return parts.length === 0
    ? 'Answers and marks go there; no file names, places, squares or numbers of pictures.'
    : `Answers and marks go there, and ${parts.join(', ')}.`;
}

export function trainingWords(place: string | null): { sentence: string; command: string | null } {
  return place === null
    ? {
        sentence: 'Not installed. Learning from corrections works without it; training whole networks and reading .keras, .h5 and SavedModel files needs it.',
        command: 'whimbrel training install',
      }
    : { sentence: `Installed: ${place}`, command: null };
}

export interface StartWords {
  readonly name: string;
  readonly what: string;
}

const START: Readonly<Record<string, StartWords>> = {
  port: { name: 'Port', what: 'Where the page lives on this computer. Empty: the one it lives on now stays.' },
  window: { name: 'Open a window of its own', what: 'Without one it opens in the browser.' },
  open_browser: { name: 'Open the browser', what: 'By itself, where there is no window.' },
  log_level: { name: 'How much is logged', what: 'Counts at once.' },
};

export function startWords(name: string): StartWords {
  return START[name] ?? { name, what: '' };
}

/** Why a setting is not what the file says, or not yet; empty where there is nothing to say. */
export function sourceWords(setting: ProgramSetting): string {
  const { source, flag, variable, now, next } = setting;
  if (source === 'flag') return `This run was started with ${flag}, which goes before what is chosen here.`;
  if (source === 'environment') return `The variable ${variable} goes before what is chosen here.`;
  return now === next || next === null ? '' : 'Counts from the next start on.';
}

/** A value as a change is told. */
export function valueWords(value: SettingValue): string {
  if (value === null) return 'as it was made';
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}
