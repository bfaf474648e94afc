/**
 * What a file is, by its first bytes: for the sentence when it cannot be read, never to refuse it
 * beforehand.
 */

export type FileFamily = 'picture' | 'heic' | 'tiff' | 'raw' | 'other-picture' | 'not-a-picture';

export interface FileKind {
  readonly family: FileFamily;
  /**
   * What people call it: "JPEG", "HEIC", "Canon CR2"; with its article where it is no picture ("a PDF"), or
   * "".
   */
  readonly name: string;
}

const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

const picture = (name: string): FileKind => ({ family: 'picture', name });
const other = (name: string): FileKind => ({ family: 'other-picture', name });
const raw = (name: string): FileKind => ({ family: 'raw', name });
const stranger = (name: string): FileKind => ({ family: 'not-a-picture', name });

/** Signatures at the very start of a file, as Latin-1 text. */
const STARTS: readonly (readonly [string, FileKind])[] = [
  ['\xff\xd8\xff', picture('JPEG')],
  ['\x89PNG\r\n\x1a\n', picture('PNG')],
  ['GIF87a', picture('GIF')],
  ['GIF89a', picture('GIF')],
  ['BM', picture('BMP')],
  ['\0\0\x01\0', picture('ICO')],
  ['\xff\x0a', other('JPEG XL')],
  ['\0\0\0\x0cJXL \r\n\x87\n', other('JPEG XL')],
  ['\0\0\0\x0cjP  \r\n\x87\n', other('JPEG 2000')],
  ['8BPS', other('Photoshop')],
  ['FUJIFILMCCD-RAW', raw('Fujifilm RAF')],
  ['IIU\0', raw('Panasonic RW2')],
  ['IIRO', raw('Olympus ORF')],
  ['IIRS', raw('Olympus ORF')],
  ['MMOR', raw('Olympus ORF')],
  ['FOVb', raw('Sigma X3F')],
  ['\0MRM', raw('Minolta MRW')],
  ['%PDF', stranger('a PDF')],
  ['PK\x03\x04', stranger('a ZIP archive')],
  ['Rar!', stranger('a RAR archive')],
  ['7z\xbc\xaf', stranger('a 7-Zip archive')],
  ['\x1f\x8b', stranger('a gzip archive')],
  ['\x1aE\xdf\xa3', stranger('a Matroska or WebM video')],
  ['\0\0\x01\xba', stranger('an MPEG video')],
  ['OggS', stranger('an Ogg sound or video')],
  ['ID3', stranger('an MP3 sound')],
  ['fLaC', stranger('a FLAC sound')],
  ['MZ', stranger('a Windows program')],
  ['\x7fELF', stranger('a Linux program')],
  ['SQLite format 3', stranger('an SQLite database')],
  ['\xd0\xcf\x11\xe0', stranger('a Microsoft Office document')],
];

/** File name endings of raw formats that begin like TIFF. */
const RAW_ENDINGS: Readonly<Record<string, string>> = {
  cr2: 'Canon CR2',
  nef: 'Nikon NEF',
  nrw: 'Nikon NRW',
  arw: 'Sony ARW',
  sr2: 'Sony SR2',
  dng: 'DNG',
  pef: 'Pentax PEF',
  srw: 'Samsung SRW',
  '3fr': 'Hasselblad 3FR',
  iiq: 'Phase One IIQ',
  erf: 'Epson ERF',
  orf: 'Olympus ORF',
  rw2: 'Panasonic RW2',
  kdc: 'Kodak KDC',
  dcr: 'Kodak DCR',
  mos: 'Leaf MOS',
};

const HEIC_BRANDS = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']);

/** The kind of a file by (at least) its first 4 KB; the name only tells raw formats from TIFF. */
export function fileKind(head: Uint8Array, fileName = ''): FileKind {
  const start = text(head, 0, 16);
  if (start.startsWith('II*\0') || start.startsWith('MM\0*')) return tiffKind(head, fileName);
  if (text(head, 4, 4) === 'ftyp') return boxedKind(head);
  if (start.startsWith('RIFF')) return riffKind(head);
  const known = STARTS.find(([signature]) => start.startsWith(signature));
  return known ? known[1] : textKind(head);
}

function tiffKind(head: Uint8Array, fileName: string): FileKind {
  if (text(head, 8, 2) === 'CR') return raw('Canon CR2');
  const ending = fileName.toLowerCase().split('.').pop() ?? '';
  const name = RAW_ENDINGS[ending];
  if (name) return raw(name);
  return hasTiffTag(head, 0xc612) ? raw('DNG') : { family: 'tiff', name: 'TIFF' };
}

/** Whether the first directory of a TIFF has a tag (0xc612 is DNGVersion). */
function hasTiffTag(head: Uint8Array, tag: number): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const little = head[0] === 0x49;
  if (view.byteLength < 8) return false;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return false;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries && directory + 2 + i * 12 + 2 <= view.byteLength; i++) {
    if (view.getUint16(directory + 2 + i * 12, little) === tag) return true;
  }
  return false;
}

/** ISO base media files: the brand tells photographs from films. */
function boxedKind(head: Uint8Array): FileKind {
  const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
  const brands = [text(head, 8, 4)];
  for (let at = 16; at + 4 <= Math.min(length, head.length); at += 4) brands.push(text(head, at, 4));
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return picture('AVIF');
  if (brands[0] === 'crx ') return raw('Canon CR3');
  if (brands.some((brand) => HEIC_BRANDS.has(brand))) return { family: 'heic', name: 'HEIC' };
  if (brands[0]?.startsWith('M4A')) return stranger('an MPEG-4 sound');
  return stranger(brands[0] === 'qt  ' ? 'a QuickTime video' : 'an MPEG-4 video');
}

function riffKind(head: Uint8Array): FileKind {
  const form = text(head, 8, 4);
  if (form === 'WEBP') return picture('WebP');
  if (form === 'AVI ') return stranger('an AVI video');
  return stranger(form === 'WAVE' ? 'a WAV sound' : 'a RIFF file');
}

function textKind(head: Uint8Array): FileKind {
  const sample = head.subarray(0, 1024);
  if (sample.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))) return stranger('');
  const words = new TextDecoder().decode(sample).trimStart().toLowerCase();
  if (words.includes('<svg')) return other('SVG');
  if (words.startsWith('<!doctype html') || words.startsWith('<html')) return stranger('a web page');
  if (words.startsWith('{') || words.startsWith('[')) return stranger('a JSON file');
  return stranger('a text file');
}
