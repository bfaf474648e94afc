import { describe, expect, test } from 'vitest';
import { fileStructure } from '../../src/engine/file-integrity';
import { fileKind } from '../../src/engine/file-kind';
import * as tiny from './support/tiny_pictures';

const WHOLE: readonly (readonly [string, Uint8Array])[] = [
  ['JPEG', tiny.JPEG],
  ['JPEG', tiny.PROGRESSIVE_JPEG],
  ['JPEG', tiny.JPEG_WITH_EXIF],
  ['PNG', tiny.PNG],
  ['GIF', tiny.GIF],
  ['GIF', tiny.ANIMATED_GIF],
  ['WebP', tiny.WEBP],
  ['WebP', tiny.WEBP_LOSSLESS],
  ['WebP', tiny.WEBP_ALPHA],
  ['BMP', tiny.BMP],
];

function join(...parts: (Uint8Array | string)[]): Uint8Array {
  const arrays = parts.map((part) =>
    typeof part === 'string' ? Uint8Array.from(part, (c) => c.charCodeAt(0)) : part,
  );
  const all = new Uint8Array(arrays.reduce((length, part) => length + part.length, 0));
  arrays.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

describe('a whole file', () => {
  for (const [i, [name, bytes]] of WHOLE.entries()) {
    test(`${name} (${i}) is known, whole, and tells its size`, () => {
      expect(fileKind(bytes)).toEqual({ family: 'picture', name });
      expect(fileStructure(bytes, name)).toEqual({ integrity: 'whole', size: { width: 24, height: 16 } });
    });
  }

  test('stays whole with what cameras write behind the end', () => {
    const behind = join(tiny.JPEG, '\0\0\0\0ftypmp42 a short film', tiny.JPEG.subarray(0, 40));
    expect(fileStructure(behind, 'JPEG').integrity).toBe('whole');
    expect(fileStructure(join(tiny.PNG, 'extra'), 'PNG').integrity).toBe('whole');
  });

  test('an animation is whole with its first frame, even when a later one is cut', () => {
    const cut = tiny.ANIMATED_GIF.subarray(0, tiny.ANIMATED_GIF.length - 30);
    expect(fileStructure(cut, 'GIF').integrity).toBe('whole');
  });
});

describe('a cut file', () => {
  for (const [i, [name, bytes]] of WHOLE.entries()) {
    if (bytes === tiny.ANIMATED_GIF) continue;
    test(`${name} (${i}) is found out wherever it is cut`, () => {
      const lengths = [30, 0.5 * bytes.length, 0.9 * bytes.length, bytes.length - 3].map(Math.floor);
      for (const length of lengths) {
        expect(fileStructure(bytes.slice(0, length), name).integrity, `cut to ${length} bytes`).toBe(
          'truncated',
        );
      }
    });
  }

  test('a JPEG is not taken for whole because of a thumbnail’s end inside its EXIF', () => {
    const length = tiny.JPEG.length + 2;
    const exif = join('\xff\xe1', Uint8Array.of(length >> 8, length & 255), tiny.JPEG);
    const withThumbnail = join(tiny.JPEG.subarray(0, 2), exif, tiny.JPEG.subarray(2));
    expect(fileStructure(withThumbnail, 'JPEG').integrity).toBe('whole');
    expect(fileStructure(withThumbnail.subarray(0, withThumbnail.length - 60), 'JPEG').integrity).toBe(
      'truncated',
    );
  });

  test('stuffed bytes and restarts inside a JPEG’s scan are no markers', () => {
    const scan = join('\xff\xd8\xff\xda', Uint8Array.of(0, 4, 1, 2), '\x12\xff\x00\x34\xff\xd3\x56\xff\xff');
    expect(fileStructure(join(scan, '\xff\xd9'), 'JPEG').integrity).toBe('whole');
    expect(fileStructure(scan, 'JPEG').integrity).toBe('truncated');
  });

  test('formats without a reliable end are left to the browser', () => {
    expect(fileStructure(tiny.TIFF, 'TIFF').integrity).toBe('unknown');
    expect(
      fileStructure(join('\xff\xd8\xff\xe0', Uint8Array.of(0, 4, 1, 2), 'no marker here'), 'JPEG').integrity,
    ).toBe('unknown');
  });
});

function boxed(brand: string, ...compatible: string[]): Uint8Array {
  return join(
    Uint8Array.of(0, 0, 0, 16 + compatible.length * 4),
    'ftyp',
    brand,
    '\0\0\0\0',
    ...compatible,
    '........',
  );
}

describe('what a file is', () => {
  const kinds: readonly (readonly [string, Uint8Array, string, string, string?])[] = [
    ['HEIC', boxed('heic', 'mif1', 'heic'), 'heic', 'HEIC'],
    ['HEIC by a compatible brand', boxed('mif1', 'heic'), 'heic', 'HEIC'],
    ['AVIF that also says mif1', boxed('mif1', 'avif', 'miaf'), 'picture', 'AVIF'],
    ['a film', boxed('isom', 'mp42'), 'not-a-picture', 'an MPEG-4 video'],
    ['a QuickTime film', boxed('qt  '), 'not-a-picture', 'a QuickTime video'],
    ['Canon CR3', boxed('crx ', 'isom'), 'raw', 'Canon CR3'],
    ['TIFF', tiny.TIFF, 'tiff', 'TIFF', 'scan.tif'],
    ['Canon CR2', join('II*\0\x10\0\0\0CR\x02\0', new Uint8Array(20)), 'raw', 'Canon CR2'],
    ['Nikon NEF by its name', tiny.TIFF, 'raw', 'Nikon NEF', 'DSC_0001.NEF'],
    ['Sony ARW by its name', tiny.TIFF, 'raw', 'Sony ARW', 'a.b.arw'],
    ['Fujifilm RAF', join('FUJIFILMCCD-RAW 0201'), 'raw', 'Fujifilm RAF'],
    ['JPEG XL', join('\xff\x0a', 'xxxx'), 'other-picture', 'JPEG XL'],
    ['SVG', join('<?xml version="1.0"?><svg xmlns="x"/>'), 'other-picture', 'SVG'],
    ['PDF', join('%PDF-1.7 ...'), 'not-a-picture', 'a PDF'],
    ['ZIP', join('PK\x03\x04.....'), 'not-a-picture', 'a ZIP archive'],
    ['text', join('Dear diary,\nToday '), 'not-a-picture', 'a text file'],
    ['a web page', join('<!DOCTYPE html><p>'), 'not-a-picture', 'a web page'],
    ['bytes without meaning', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0, 0), 'not-a-picture', ''],
    ['a WAV', join('RIFF....WAVEfmt '), 'not-a-picture', 'a WAV sound'],
  ];
  for (const [title, bytes, family, name, fileName] of kinds) {
    test(`${title} is ${family} ${name}`, () => expect(fileKind(bytes, fileName)).toEqual({ family, name }));
  }

  test('DNG is told by its tag, without a name', () => {
    const dng = join('II*\0\x08\0\0\0\x01\0\x12\xc6\x01\0\x04\0\0\0\x01\x04\0\0', new Uint8Array(8));
    expect(fileKind(dng)).toEqual({ family: 'raw', name: 'DNG' });
  });

  test('a name does not make a picture of something else', () => {
    expect(fileKind(tiny.JPEG, 'photo.nef').name).toBe('JPEG');
    expect(fileKind(join('%PDF'), 'photo.jpg').family).toBe('not-a-picture');
  });

  test('no file is too short to ask', () => {
    for (let length = 0; length < 32; length++) {
      for (const start of [
        tiny.TIFF,
        tiny.JPEG,
        tiny.PNG,
        tiny.WEBP,
        tiny.BMP,
        tiny.GIF,
        boxed('heic', 'mif1'),
      ]) {
        const kind = fileKind(start.slice(0, length));
        fileStructure(start.slice(0, length), kind.name);
      }
    }
  });
});
