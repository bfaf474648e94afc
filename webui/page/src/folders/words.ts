/** How a folder is doing, as people read it. */

import type { FolderJob, LeftOut } from '../api/folders';
import { plural } from '../ui/words';

const MANY = 60;

/** "Photos 2024", or "owl.jpg and 2 more". */
export function nameOf({ paths }: FolderJob): string {
  const [first = ''] = paths;
  const name = first.replace(/[/\\]+$/, '').split(/[/\\]/).at(-1) || first;
  return paths.length > 1 ? `${name} and ${plural(paths.length - 1, 'other', 'others')}` : name;
}

/** Pictures that are over, and all that there are. */
export function amountOf({ counts }: FolderJob): { ended: number; total: number } {
  const { waiting, taken, done, failed, dropped } = counts;
  return { ended: done + failed, total: waiting + taken + done + failed + dropped };
}

/** How it is doing, the first part the most important. `waits`: another one is worked at first. */
export function progressParts(job: FolderJob, waits = false): string[] {
  const { ended, total } = amountOf(job);
  const of = `${ended.toLocaleString('en')} of ${plural(total, 'picture', 'pictures')}`;
  if (job.state === 'paused') return [`Paused at ${of}`];
  if (job.state === 'cancelled') return [`Cancelled after ${of}`];
  if (job.state === 'done') return [total === 0 ? 'No picture was found there' : `${plural(ended, 'picture', 'pictures')} looked at`];
  if (waits) return [`${plural(total, 'picture', 'pictures')}${job.finding ? ' found so far' : ''}`, 'waiting for its turn'];
  const tempo = [job.rate ? [paceWords(job.rate)] : [], job.secondsLeft ? [leftWords(job.secondsLeft)] : []].flat();
  return job.finding ? [`${of} found so far`, ...tempo] : [of, ...tempo];
}

/** "9 a second", "1.4 a second", "40 a minute". */
export function paceWords(perSecond: number): string {
  if (perSecond < 1) return `${Math.max(1, Math.round(perSecond * MANY))} a minute`;
  return `${perSecond < 5 ? Number(perSecond.toFixed(1)) : Math.round(perSecond)} a second`;
}

/** "about 36 minutes left", "about 2.5 hours left". */
export function leftWords(seconds: number): string {
  const minutes = Math.round(seconds / MANY);
  if (minutes < 1) return 'less than a minute left';
  if (minutes < 2 * MANY) return `about ${plural(minutes, 'minute', 'minutes')} left`;
  return `about ${Number((minutes / MANY).toFixed(1))} hours left`;
}

/** What was passed by, in one sentence part; null where nothing was. */
export function leftOutWords({ hidden, other, unreadable, gone, again }: LeftOut): string | null {
  const shut = unreadable + gone;
  const parts = [
    hidden + other > 0 ? [`${plural(hidden + other, 'other file', 'other files')} left out`] : [],
    shut > 0 ? [`${plural(shut, 'file or folder', 'files or folders')} could not be opened`] : [],
    again > 0 ? [`${plural(again, 'folder was', 'folders were')} linked twice`] : [],
  ].flat();
  return parts.length === 0 ? null : parts.join(', ');
}

/** What the page did by itself. */
export function wentOnWords(job: FolderJob): string {
  const { ended, total } = amountOf(job);
  const what = job.state === 'paused' ? 'is paused' : 'goes on';
  return `${nameOf(job)} ${what} where it stopped: ${ended.toLocaleString('en')} of ${plural(total, 'picture', 'pictures')} were looked at before.`;
}
