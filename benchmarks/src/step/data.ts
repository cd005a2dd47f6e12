import { type Examples, examples } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';

/** Height and width of every image that is measured, in pixels: MedMNIST's. */
export const side = 28;

/** Images of noise with two classes. A step's time does not depend on what the images show. */
export function randomImages(runtime: Runtime, count: number): Examples {
  return examples(runtime, { ...randomBytes(count), shape: [1, side, side] });
}

/** The same as bytes: images [count, side, side] and labels [count]. */
export function randomBytes(count: number) {
  const images = new Uint8Array(count * side * side);
  let state = 1;
  for (let n = 0; n < images.length; n++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    images[n] = state >>> 24;
  }
  return { images, labels: Uint8Array.from({ length: count }, (_, n) => n % 2) };
}
