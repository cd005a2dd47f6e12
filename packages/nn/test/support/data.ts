import type { Runtime } from '@glassbox/tensor-core';
import { type Examples, examples, RandomStream } from '../../src/index.ts';

/** Images whose class is where they are bright: left (0) or right (1), with noise. Easy to learn in a few steps. */
export function brightHalves(runtime: Runtime, count: number, size = 8, seed = 0): Examples {
  const random = new RandomStream(seed, 0);
  const labels = Uint8Array.from({ length: count }, () => random.below(2));
  const images = Uint8Array.from({ length: count * size * size }, (_, index) => {
    const right = index % size >= size / 2;
    const bright = right === (labels[Math.floor(index / (size * size))] === 1);
    return (bright ? 150 : 70) + random.below(60);
  });
  return examples(runtime, { images, labels, shape: [1, size, size] });
}
