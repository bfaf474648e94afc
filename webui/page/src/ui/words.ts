/** Numbers and states as people read them. */

import type { Progress } from '../app/progress';
import type { PictureEntry } from '../app/picture_entry';
import { bestAnswer } from '../app/picture_entry';
import type { Learned } from '../learning/instant_head';

const THIN_SPACE = '\u202f';

/** "91 %"; never 0 or 100, since no answer is that sure. */
export function percent(share: number): string {
  if (share < 0.005) return `<${THIN_SPACE}1${THIN_SPACE}%`;
  if (share > 0.995) return `>${THIN_SPACE}99${THIN_SPACE}%`;
  return `${Math.round(share * 100)}${THIN_SPACE}%`;
}

/** "34 ms", "1.4 s". */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "18.6 MB". */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function plural(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

const BACKENDS: Readonly<Record<string, string>> = {
  wasm: 'WASM',
  webgl: 'WebGL',
  webgpu: 'WebGPU',
  cpu: 'plain JavaScript',
};

export function backendName(backend: string | null): string {
  return backend === null ? 'unknown backend' : (BACKENDS[backend] ?? backend);
}

/** "about 2 s left", "about 3 min left". */
export function timeLeft(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `about ${seconds} s left`;
  return seconds < 3600 ? `about ${Math.round(seconds / 60)} min left` : `about ${(seconds / 3600).toFixed(1)} h left`;
}

function pace(rate: number): string {
  return rate >= 1 ? `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s` : `${Math.max(1, Math.round(rate * 60))}/min`;
}

/** "41 of 60 · 28/s · 1 unreadable · about 2 s left", and afterwards what came of it; null where nothing ran. */
export function progressWords({ total, finished, failed, rate, left, took }: Progress): string | null {
  if (total < 2) return null;
  const unreadable = failed > 0 ? [`${failed} unreadable`] : [];
  if (finished < total) {
    const tempo = [rate === null ? [] : [pace(rate)], unreadable, left === null ? [] : [timeLeft(left)]].flat();
    return [`${finished} of ${total}`, ...tempo].join(' · ');
  }
  const time = took === null ? '' : ` in ${duration(took)}`;
  return [`${plural(finished - failed, 'picture', 'pictures')}${time}`, ...unreadable].join(' · ');
}

/** "Marked as wolf", from what the user said. */
export function markWords(mark: NonNullable<PictureEntry['mark']>): string {
  if (mark.isCorrect === null) return "Marked: you don't know";
  if (mark.isCorrect) return 'Marked as right';
  return mark.correctedLabel === null ? 'Marked as wrong' : `Marked as ${mark.correctedLabel}`;
}

/** "Learning: wolf, from 3 pictures that you marked". */
export function learnedWords({ label, pictures }: Learned): string {
  return `Learning: ${label}, from ${plural(pictures, 'picture', 'pictures')} that you marked`;
}

/** A picture in one line, as a screen reader says it; `unknown` where its answer is none. */
export function pictureWords(entry: PictureEntry, unknown = false): string {
  const learned = entry.learned ? [learnedWords(entry.learned)] : [];
  return [`${entry.fileName}: ${stateWords(entry, unknown)}`, ...learned, ...(entry.mark ? [markWords(entry.mark)] : [])].join('. ');
}

function stateWords(entry: PictureEntry, unknown: boolean): string {
  const best = bestAnswer(entry);
  if (entry.state === 'done' && best) {
    const words = `${best.className}, ${percent(best.probability)}`;
    return unknown ? `not known; perhaps ${words}` : words;
  }
  if (entry.state === 'failed') return 'not recognised';
  return entry.state === 'working' ? 'being recognised' : 'waiting';
}

/** EXIF's "2024:05:01 12:00:00" as "2024-05-01 12:00"; other forms as they are. */
export function takenWords(capturedAt: string): string {
  const parts = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d)/.exec(capturedAt);
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]} ${parts[4]}` : capturedAt;
}
