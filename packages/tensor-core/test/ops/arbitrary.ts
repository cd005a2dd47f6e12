import {
  elementCount,
  filterLayout,
  imageLayout,
  type Layout,
  orderedLayout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import type { Input } from './check-op.ts';

/** Awkward sizes for vectors of four. */
const size = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 13, 17);

/** Shapes of a rank within bounds and few hundred elements. */
export function shapes(minRank: number, maxRank: number): fc.Arbitrary<number[]> {
  return fc
    .array(size, { minLength: minRank, maxLength: maxRank })
    .filter((shape) => elementCount(shape) <= 400);
}

/** Images [N,C,H,W], channels among 1, 3, 5, 8 and 17. */
export const imageShapes: fc.Arbitrary<number[]> = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.constantFrom(1, 3, 5, 8, 17),
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: 1, max: 7 }),
);

/** Row-major, the dimensions in another order, and for four dimensions the layouts of images and filters. */
export function layoutsOf(shape: readonly number[]): fc.Arbitrary<Layout> {
  const dims = shape.map((_, dim) => dim);
  const shuffled = fc
    .shuffledSubarray(dims, { minLength: dims.length, maxLength: dims.length })
    .map((order) => orderedLayout(shape, order));
  const special =
    shape.length === 4 ? [fc.constant(imageLayout(shape)), fc.constant(filterLayout(shape))] : [];
  return fc.oneof(fc.constant(rowMajor(shape)), shuffled, ...special);
}

/** The layouts that images have in nets. */
export function imageLayoutsOf(shape: readonly number[]): fc.Arbitrary<Layout> {
  return fc.constantFrom(imageLayout(shape), rowMajor(shape));
}

/**
 * Float32 numbers in [low, high] that all differ, by at least 2^-12 of the range or 1/count if there are many: no ties,
 * and none near enough for a central difference to cross a kink.
 */
export function distinct(count: number, low = -2, high = 2): fc.Arbitrary<Float32Array> {
  return fc.integer({ min: 1, max: 0x7fffffff }).map((seed) => {
    const places = Array.from({ length: count }, (_, i) => i);
    let state = seed;
    for (let i = count - 1; i > 0; i--) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const j = Math.floor((state / 2 ** 32) * (i + 1));
      [places[i], places[j]] = [places[j], places[i]];
    }
    // Half a step off, so that a range that is symmetric about 0 has no 0.
    return Float32Array.from(places, (place) => low + ((high - low) * (place + 0.5)) / (count + (count % 2)));
  });
}

export interface InputOptions {
  readonly low?: number;
  readonly high?: number;
  readonly layouts?: (shape: readonly number[]) => fc.Arbitrary<Layout>;
  /** How often a leaf is frozen; never unless given. */
  readonly frozen?: boolean;
}

/** An operand of a given shape. */
export function input(
  shape: readonly number[],
  { low, high, layouts = layoutsOf, frozen = false }: InputOptions = {},
): fc.Arbitrary<Input> {
  return fc
    .tuple(
      distinct(elementCount(shape), low, high),
      layouts(shape),
      frozen ? fc.integer({ min: 0, max: 3 }).map((n) => n === 0) : fc.constant(false),
    )
    .map(([data, layout, isFrozen]) => ({ shape, data, layout, frozen: isFrozen }));
}

/** Two shapes that broadcast with each other as PyTorch's do. */
export const broadcastPairs: fc.Arbitrary<readonly [number[], number[]]> = shapes(0, 4).chain((shape) => {
  const stretched = fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, dropped]) => shape.map((n, d) => (ones[d] ? 1 : n)).slice(dropped));
  return fc.oneof(
    fc.tuple(fc.constant(shape), stretched),
    fc.tuple(stretched, fc.constant(shape)),
    fc.tuple(
      stretched.map((s) => [...shape.slice(0, shape.length - s.length), ...s]),
      stretched,
    ),
  );
});
