/** What working through folders takes, loaded when the first is opened. */

import type { Whimbrel } from '../app/whimbrel';
import type { Locks } from '../statistics/session_locks';
import { FolderQueue } from './folder_queue';
import './folder_lines';

/** `changed` is called whenever there is something new to show. */
export function openFolders(whimbrel: Whimbrel, locks: Locks | null, changed: () => void): FolderQueue {
  const { api, pictures, pipeline, recorder, queue, host, clock, thumbnails } = whimbrel;
  const letGo = thumbnails.letGo.bind(thumbnails);
  const folders = new FolderQueue({ api, pictures, pipeline, recorder, queue, host, clock, locks, letGo });
  folders.watch(changed);
  return folders;
}
