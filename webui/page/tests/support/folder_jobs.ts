import type { FolderJob, Lease } from '../../src/api/folders';

/** A folder of 20,000 pictures, 412 of which are over. */
export function folderJob(changes: Partial<FolderJob> = {}): FolderJob {
  return {
    number: 1,
    addedAt: 1_760_000_000_000,
    endedAt: null,
    state: 'running',
    finding: false,
    paths: ['/home/me/Photos 2024'],
    counts: { waiting: 19_580, taken: 8, done: 409, failed: 3, dropped: 0 },
    leftOut: { hidden: 0, other: 0, unreadable: 0, gone: 0, again: 0 },
    rate: null,
    secondsLeft: null,
    ...changes,
  };
}

/** What the server hands out: the picture of this number. */
export function lease(number: number, changes: Partial<Lease> = {}): Lease {
  const fileName = `${number}.jpg`;
  const id = `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`;
  return { id, job: 1, fileName, path: `/home/me/${fileName}`, source: 'folder', size: 9, alone: false, ...changes };
}
