import { type Examples, examples } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';

/** Height and width in pixels of the images that are measured, unless a case has others: MedMNIST's. */
export const side = 28;

/** Images of noise with two classes. A step's time does not depend on what the images show. */
export function randomImages(runtime: Runtime, count: number, size = side): Examples {
  return examples(runtime, { ...randomBytes(count, size), shape: [1, size, size] });
}

/** The same as bytes: images [count, size, size] and labels [count]. */
export function randomBytes(count: number, size = side) {
  const images = new Uint8Array(count * size * size);
  let state = 1;
  for (let n = 0; n < images.length; n++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    images[n] = state >>> 24;
  }
  return { images, labels: Uint8Array.from({ length: count }, (_, n) => n % 2) };
}
