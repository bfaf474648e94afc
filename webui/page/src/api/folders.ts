/** The folder queue as the server tells of it (store/local/folder_queue/forms.py is the other side). */

export interface FolderCounts {
  readonly waiting: number;
  readonly taken: number;
  readonly done: number;
  readonly failed: number;
  /** Let go of by a cancel. */
  readonly dropped: number;
}

/** What was passed by: `again` are folders that a link led to a second time. */
export interface LeftOut {
  readonly hidden: number;
  readonly other: number;
  readonly unreadable: number;
  readonly gone: number;
  readonly again: number;
}

/** What the user opened. While `finding`, the counts grow. `rate` is pictures a second. */
export interface FolderJob {
  readonly number: number;
  readonly addedAt: number;
  readonly endedAt: number | null;
  readonly state: 'running' | 'paused' | 'cancelled' | 'done';
  readonly finding: boolean;
  readonly paths: readonly string[];
  readonly counts: FolderCounts;
  readonly leftOut: LeftOut;
  readonly rate: number | null;
  readonly secondsLeft: number | null;
}

export interface FolderJobs {
  readonly jobs: readonly FolderJob[];
}

/** A picture to be recognised now, under the id that its record must have; `alone`: send that before the next. */
export interface Lease {
  readonly id: string;
  readonly job: number;
  readonly fileName: string;
  readonly path: string;
  readonly source: 'file' | 'folder';
  readonly size: number;
  readonly alone: boolean;
}

export interface FailedPicture {
  readonly number: number;
  readonly fileName: string;
  readonly path: string;
  readonly reason: string;
  readonly sentence: string;
}

export interface FailedPage {
  readonly pictures: readonly FailedPicture[];
  readonly next: number | null;
}
