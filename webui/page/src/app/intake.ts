import type { Source } from '../statistics/records';

/** One picture on its way in. */
export interface IntakeItem {
  readonly blob: Blob;
  readonly fileName: string;
  /** Path below the folder that was dropped, where one was. */
  readonly path: string | null;
  readonly source: Source;
}

export interface Intake {
  readonly items: IntakeItem[];
  /** Files of folders that are not pictures by their type, or hidden, and were left out. */
  leftOut: number;
}

const NO_NAME = 'picture';
const ENTRIES_AT_ONCE = 100;

/** Files that the user chose one by one: every one is tried. */
export function fromFiles(files: Iterable<File>, source: Source = 'file'): Intake {
  const items = [...files].map((file) => itemOf(file, file.webkitRelativePath || null, source));
  return { items, leftOut: 0 };
}

/**
 * What was dropped: files as they are, folders with all that is in them. Must be called while the drop event is
 * handled, since the browser forgets the items afterwards. `found` hears of pictures as soon as they are found.
 */
export async function fromDrop(transfer: DataTransfer, found: (items: IntakeItem[]) => void): Promise<number> {
  const entries = [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const loose = entries.flatMap(({ entry, file }) => (entry?.isDirectory || !file ? [] : [itemOf(file, null, 'file')]));
  if (loose.length > 0) found(loose);
  let leftOut = 0;
  for (const { entry } of entries) {
    if (entry?.isDirectory) leftOut += await walk(entry as FileSystemDirectoryEntry, found);
  }
  return leftOut;
}

/** Pictures on the clipboard. */
export function fromPaste(data: DataTransfer): Intake {
  return fromFiles(data.files, 'paste');
}

async function walk(folder: FileSystemDirectoryEntry, found: (items: IntakeItem[]) => void): Promise<number> {
  const reader = folder.createReader();
  let leftOut = 0;
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return leftOut;
    for (let at = 0; at < entries.length; at += ENTRIES_AT_ONCE) {
      leftOut += await take(entries.slice(at, at + ENTRIES_AT_ONCE), found);
    }
  }
}

async function take(entries: readonly FileSystemEntry[], found: (items: IntakeItem[]) => void): Promise<number> {
  const items: IntakeItem[] = [];
  let leftOut = 0;
  for (const entry of entries) {
    if (entry.isDirectory) leftOut += await walk(entry as FileSystemDirectoryEntry, found);
    else {
      const file = await fileOf(entry as FileSystemFileEntry);
      if (file && mayBePicture(file)) items.push(itemOf(file, entry.fullPath.replace(/^\//, ''), 'folder'));
      else leftOut += 1;
    }
  }
  if (items.length > 0) found(items);
  return leftOut;
}

function fileOf(entry: FileSystemFileEntry): Promise<File | null> {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}

/** In a folder, what is hidden or plainly something else is left out; what the browser has no type for is tried. */
export function mayBePicture(file: Pick<File, 'name' | 'type'>): boolean {
  if (file.name.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(file.name)) return false;
  return file.type === '' ? !/\.(xmp|db|ini|lock|log|dat|md)$/i.test(file.name) : file.type.startsWith('image/');
}

function itemOf(file: File, path: string | null, source: Source): IntakeItem {
  return { blob: file, fileName: shortened(file.name) || NO_NAME, path: path && path.slice(0, 1024), source };
}

/** The server keeps names of at most 256 characters. */
function shortened(name: string): string {
  return name.length <= 256 ? name : `${name.slice(0, 200)}…${name.slice(-40)}`;
}
