import { expect, test } from 'vitest';
import { fromDrop, fromFiles, mayBePicture, type IntakeItem } from '../../src/app/intake';

/** The browser gives a folder's entries in portions, then an empty one. */
function folder(name: string, entries: unknown[], portion = 2): FileSystemDirectoryEntry {
  const reader = (): unknown => {
    const left = [...entries];
    return { readEntries: (give: (some: unknown[]) => void) => give(left.splice(0, portion)) };
  };
  return { isDirectory: true, name, createReader: reader } as unknown as FileSystemDirectoryEntry;
}

function entry(path: string, type: string): unknown {
  const file = new File(['x'], path.slice(path.lastIndexOf('/') + 1), { type });
  return { isDirectory: false, fullPath: path, file: (give: (file: File) => void) => give(file) };
}

function transfer(...dropped: unknown[]): DataTransfer {
  const items = dropped.map((item) =>
    item instanceof File
      ? { kind: 'file', webkitGetAsEntry: () => ({ isDirectory: false }), getAsFile: () => item }
      : { kind: 'file', webkitGetAsEntry: () => item, getAsFile: () => null },
  );
  return { items } as unknown as DataTransfer;
}

async function take(data: DataTransfer): Promise<{ items: IntakeItem[]; leftOut: number }> {
  const items: IntakeItem[] = [];
  const leftOut = await fromDrop(data, (found) => items.push(...found));
  return { items, leftOut };
}

test('single files are taken as they are, whatever they are called', async () => {
  const { items, leftOut } = await take(transfer(new File(['x'], 'notes.txt', { type: 'text/plain' })));
  expect(items).toMatchObject([{ fileName: 'notes.txt', path: null, source: 'file' }]);
  expect(leftOut).toBe(0);
});

test('folders are walked to the end, and what is no picture is counted', async () => {
  const inner = folder('deep', [entry('/trip/deep/c.webp', 'image/webp'), entry('/trip/deep/.hidden.jpg', 'image/jpeg')]);
  const trip = folder('trip', [
    entry('/trip/a.jpg', 'image/jpeg'),
    inner,
    entry('/trip/notes.txt', 'text/plain'),
    entry('/trip/b.heic', ''),
    entry('/trip/b.xmp', ''),
  ]);
  const { items, leftOut } = await take(transfer(trip));
  expect(items.map(({ path }) => path).sort()).toEqual(['trip/a.jpg', 'trip/b.heic', 'trip/deep/c.webp']);
  expect(items.every(({ source }) => source === 'folder')).toBe(true);
  expect(leftOut).toBe(3);
});

test('a folder with more entries than one reading gives', async () => {
  const many = Array.from({ length: 450 }, (_, at) => entry(`/many/${at}.jpg`, 'image/jpeg'));
  expect((await take(transfer(folder('many', many, 100)))).items).toHaveLength(450);
});

test('files and folders together', async () => {
  const trip = folder('trip', [entry('/trip/a.jpg', 'image/jpeg')]);
  const { items } = await take(transfer(new File(['x'], 'loose.jpg'), trip));
  expect(items.map(({ fileName }) => fileName)).toEqual(['loose.jpg', 'a.jpg']);
});

test.each([
  ['picture.jpg', 'image/jpeg', true],
  ['picture.cr3', '', true],
  ['Thumbs.db', '', false],
  ['.DS_Store', '', false],
  ['film.mp4', 'video/mp4', false],
])('in a folder %s of type %j: %s', (name, type, taken) => {
  expect(mayBePicture({ name, type })).toBe(taken);
});

test('a name longer than the server keeps is shortened in its middle', () => {
  const [item] = fromFiles([new File(['x'], `${'a'.repeat(300)}.jpg`)]).items;
  expect(item?.fileName.length).toBeLessThanOrEqual(256);
  expect(item?.fileName).toMatch(/\.jpg$/);
});
