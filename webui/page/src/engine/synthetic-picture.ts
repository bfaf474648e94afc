/** A photograph made of nothing, to measure how fast pictures go from file to answer on this device. */

const WIDTH = 960;
const HEIGHT = 720;

/** A JPEG of gradients and fine detail, about as heavy to decode as a real picture of its size. */
export function syntheticPicture(): Promise<Blob> {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const drawing = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!drawing) throw new Error('The browser gave no canvas.');
  const image = drawing.createImageData(WIDTH, HEIGHT);
  const pixels = new Uint32Array(image.data.buffer);
  let state = 1;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const light = (((i % WIDTH) + Math.floor(i / WIDTH)) >> 3) + ((state >>> 16) & 31);
    pixels[i] = 0xff000000 | (light << 16) | ((light >> 1) << 8) | (255 - light);
  }
  drawing.putImageData(image, 0, 0);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
}
