// exifr types only its full build; the lite one (JPEG and HEIC, half the size) has the same `parse`.
declare module 'exifr/dist/lite.esm.mjs' {
  export { parse } from 'exifr';
}
