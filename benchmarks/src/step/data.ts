import { type Examples, examples } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';

/** Height and width of every image that is measured, in pixels: MedMNIST's. */
export const side = 28;

/** Images of noise with two classes. A step's time does not depend on what the images show. */
export function randomImages(runtime: Runtime, count: number): Examples {
  const bytes = new Uint8Array(count * side * side);
  let state = 1;
  for (let n = 0; n < bytes.length; n++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[n] = state >>> 24;
  }
  const labels = Uint8Array.from({ length: count }, (_, n) => n % 2);
  return examples(runtime, { images: bytes, shape: [1, side, side], labels });
}
