import { forEachElement, imageLayout, type Layout, rowMajor, sameLayout } from '../layout.ts';
import { philox4x32, type RandomKey, randomCounter, type Words4 } from './philox.ts';

/**
 * Which random word an element of a tensor gets. The rule depends on the shape alone, so the same numbers arise in any
 * memory layout, and on the host: element number = its offset in the shape's usual layout, padding included
 * (`imageLayout` for four dimensions, else `rowMajor`). Words 4b to 4b + 3 are those of Philox's block b.
 * In the usual layout a block is then one vec4, and one call of Philox serves four elements.
 */
export function numberingLayout(shape: readonly number[]): Layout {
  return shape.length === 4 ? imageLayout(shape) : rowMajor(shape);
}

/** True if element numbers are offsets in this layout. */
export function isNumberedInOrder(layout: Layout): boolean {
  return sameLayout(layout, numberingLayout(layout.shape));
}

/**
 * Calls `visit(row-major index, words of its block, which of them is the element's)` for every element of the shape.
 */
export function forEachRandom(
  shape: readonly number[],
  key: RandomKey,
  visit: (index: number, words: Words4, lane: number) => void,
): void {
  const [low, high, step] = randomCounter(key);
  const blocks = new Map<number, Words4>();
  forEachElement(numberingLayout(shape), (index, number) => {
    const block = Math.floor(number / 4);
    let words = blocks.get(block);
    if (!words) {
      words = philox4x32([block, key.stream, step, 0], [low, high]);
      blocks.set(block, words);
    }
    visit(index, words, number % 4);
  });
}

/** A random word for every element of the shape, in row-major order. */
export function randomBits(shape: readonly number[], key: RandomKey): Uint32Array {
  const bits = new Uint32Array(shape.reduce((product, size) => product * size, 1));
  forEachRandom(shape, key, (index, words, lane) => {
    bits[index] = words[lane];
  });
  return bits;
}
