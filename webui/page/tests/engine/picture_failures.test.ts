import { describe, expect, test } from 'vitest';
import { fileFacts, undecodable } from '../../src/engine/picture-failures';
import { captureTime, sha256 } from '../../src/engine/picture-facts';
import * as tiny from './support/tiny_pictures';

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function failureOf(bytes: Uint8Array, fileName = ''): { code: string; sentence: string; advice: string } {
  return undecodable(fileFacts(bytes, fileName), new Error('The source image could not be decoded.'));
}

/** A PNG that says it has this many pixels a side and is whole, but holds none. */
function hugePng(side: number): Uint8Array {
  const png = Uint8Array.from(tiny.PNG);
  new DataView(png.buffer).setUint32(16, side);
  new DataView(png.buffer).setUint32(20, side);
  return png;
}

describe('a file that the browser does not decode gets its own sentence', () => {
  const cases: readonly (readonly [string, Uint8Array, string, RegExp, string?])[] = [
    ['cut', tiny.JPEG.slice(0, 200), 'truncated', /cut short/],
    ['damaged', tiny.JPEG, 'unreadable-picture', /JPEG picture is damaged/],
    ['PDF', latin('%PDF-1.7'), 'not-a-picture', /not a picture .*\(it starts like a PDF\)/],
    ['unknown', Uint8Array.of(1, 2, 3, 4), 'not-a-picture', /can read\.$/],
    [
      'HEIC',
      latin('\0\0\0\x14ftypheic\0\0\0\0heic'),
      'format-heic',
      /cannot read HEIC pictures in this browser/,
    ],
    ['TIFF', tiny.TIFF, 'format-tiff', /cannot read TIFF pictures/],
    ['raw', tiny.TIFF, 'format-raw', /cannot read raw camera pictures \(Nikon NEF\)/, 'a.nef'],
    ['SVG', latin('<svg xmlns="x"/>'), 'format-other', /cannot read SVG pictures/],
    ['too large', hugePng(30000), 'too-large', /900 megapixels/],
  ];
  for (const [title, bytes, code, sentence, fileName] of cases) {
    test(title, () => {
      const failure = failureOf(bytes, fileName);
      expect(failure.code).toBe(code);
      expect(failure.sentence).toMatch(sentence);
    });
  }

  test('each is one sentence of what happened and one of what to do, in words of people', () => {
    for (const [, bytes, , , fileName] of cases) {
      const { sentence, advice } = failureOf(bytes, fileName);
      for (const text of [sentence, advice]) {
        expect(text).toMatch(/^[A-Z].*\.$/);
        expect(text).not.toMatch(/inference|decode|payload|exception|undefined|null/i);
      }
    }
  });
});

describe('what a file says of itself', () => {
  test('its SHA-256 in hex', async () => {
    expect(await sha256(latin('abc').buffer as ArrayBuffer)).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  test('when it was taken, exactly as the camera wrote it', async () => {
    expect(await captureTime(tiny.JPEG_WITH_EXIF.buffer)).toBe('2024:05:01 12:34:56');
  });

  test('nothing where it says nothing, or is no picture', async () => {
    expect(await captureTime(tiny.JPEG.buffer)).toBeNull();
    expect(await captureTime(tiny.PNG.buffer)).toBeNull();
    expect(await captureTime(latin('%PDF-1.7').buffer as ArrayBuffer)).toBeNull();
    expect(await captureTime(new ArrayBuffer(0))).toBeNull();
  });
});
