import { RandomStream } from '@glassbox/nn';
import { describe, expect, test } from 'vitest';
import { amount } from '../../../scripts/soak/amount.ts';
import { type Explanation, type Expression, explain, type Lesson } from '../../src/model/index.ts';
import { multiplyAddIsFused } from '../../src/model/kernel-run.ts';
import { exactMultiplyAdd } from './exact.ts';
import { lessonOf, recipes, wholeStep } from './lessons.ts';

/** Computes an expression again from its leaves. Every value in it must be what its parts give. */
function recomputed(expression: Expression, lesson: Lesson, seen = new Map<Expression, number>()): number {
  const known = seen.get(expression);
  if (known !== undefined) return known;
  const value = (() => {
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'element': {
        const { layer, what, index } = expression.place;
        const { shape, values } = lesson.tensor(layer, what);
        return values[index.reduce((flat, at, dim) => flat * shape[dim] + at, 0)];
      }
      case 'sum': {
        let sum = recomputed(expression.start, lesson, seen);
        for (const { factors, sign, fused, sum: after } of expression.terms) {
          const [x, y = 1] = factors.map((factor) => recomputed(factor, lesson, seen));
          sum = fused ? exactMultiplyAdd(sign * x, y, sum) : Math.fround(sum + sign * Math.fround(x * y));
          expect(sum).toBe(after);
        }
        return sum;
      }
      case 'operation': {
        const args = expression.args.map((arg) => recomputed(arg, lesson, seen));
        const known = operations[expression.name];
        const close = functions[expression.name];
        if (close) expect(expression.value).toBeCloseTo(close(args[0]), 5);
        return known ? Math.fround(known(args[0], args[1])) : expression.value;
      }
    }
  })();
  expect(Object.is(value, expression.value), `${expression.kind}: ${value}, ${expression.value}`).toBe(true);
  seen.set(expression, value);
  return value;
}

/** What the compiler writes as polynomials. */
const functions: Readonly<Record<string, (x: number) => number>> = { exp: Math.exp, log: Math.log };

const operations: Readonly<Record<string, (x: number, y: number) => number>> = {
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  subtract: (x, y) => x - y,
  sqrt: Math.sqrt,
  // biome-ignore lint/complexity/useMathMinMax: as the kernels do
  max: (x, y) => (x < y ? y : x),
  // biome-ignore lint/complexity/useMathMinMax: as the kernels do
  min: (x, y) => (y < x ? y : x),
  neg: (x) => -x,
  abs: Math.abs,
  select: (chosen) => chosen,
};

const key = (layer: string, what: string, index: readonly number[]) => `${layer} ${what} ${index}`;
const pairsOf = ({ products }: Explanation) =>
  products
    .filter(({ factors }) => factors.length === 2)
    .map(({ factors }) =>
      factors
        .map(({ place }) => key(place.layer, place.what, place.index))
        .sort()
        .join(' * '),
    )
    .sort();

const clicks = amount(50, 1000);

describe('one number', () => {
  test.each(Object.keys(recipes))(`${clicks} random clicks on %s agree to the last bit`, async (name) => {
    const lesson = await lessonOf(name, 1);
    await wholeStep(lesson);
    const random = new RandomStream(11, Object.keys(recipes).indexOf(name));
    const draw = (below: number) => random.below(below);
    for (let click = 0; click < clicks; click++) {
      const { name: layer } = lesson.layers[draw(lesson.layers.length)];
      const kinds = lesson.kinds(layer);
      const what = kinds[draw(kinds.length)];
      const { shape, values } = lesson.tensor(layer, what);
      const index = shape.map((size) => draw(size));
      const explanation = await explain(lesson, { layer, what, index });
      const value = values[index.reduce((flat, at, dim) => flat * shape[dim] + at, 0)];
      expect(Object.is(explanation.value, value), key(layer, what, index)).toBe(true);
      expect(recomputed(explanation.expression, lesson)).toBe(value);
    }
    await lesson.close();
  });
});

describe('the products of a convolution', () => {
  test('the window and the filter; backward the outputs it reached, and every place of the batch', async () => {
    const lesson = await lessonOf('PracticalNet', 1);
    await wholeStep(lesson);
    // conv2: 4 channels of 7x7 to 8 of 4x4, filter 3x3, stride 2, padding 1; batch of 6.
    const taps = [0, 1, 2].flatMap((r) => [0, 1, 2].map((s) => [r, s] as const));
    const inside = (y: number, x: number, size: number) => y >= 0 && x >= 0 && y < size && x < size;
    const pair = (a: string, b: string) => [a, b].sort().join(' * ');

    const output = await explain(lesson, { layer: 'conv2', what: 'output', index: [5, 7, 0, 3] });
    const forward = [0, 1, 2, 3].flatMap((c) =>
      taps.flatMap(([r, s]) => {
        const [y, x] = [2 * 0 + r - 1, 2 * 3 + s - 1];
        if (!inside(y, x, 7)) return [];
        return [pair(key('conv2', 'input', [5, c, y, x]), key('conv2', 'weight', [7, c, r, s]))];
      }),
    );
    expect(pairsOf(output)).toEqual(forward.sort());

    const input = await explain(lesson, { layer: 'conv2', what: 'inputGradient', index: [2, 1, 3, 4] });
    const reached = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((k) =>
      taps.flatMap(([r, s]) => {
        const [p, q] = [(3 + 1 - r) / 2, (4 + 1 - s) / 2];
        if (!Number.isInteger(p) || !Number.isInteger(q) || !inside(p, q, 4)) return [];
        return [pair(key('conv2', 'outputGradient', [2, k, p, q]), key('conv2', 'weight', [k, 1, r, s]))];
      }),
    );
    expect(pairsOf(input)).toEqual(reached.sort());

    const weight = await explain(lesson, { layer: 'conv2', what: 'weightGradient', index: [3, 2, 0, 1] });
    const summed: string[] = [];
    for (let n = 0; n < 6; n++)
      for (let p = 0; p < 4; p++)
        for (let q = 0; q < 4; q++) {
          const [y, x] = [2 * p + 0 - 1, 2 * q + 1 - 1];
          if (!inside(y, x, 7)) continue;
          summed.push(
            pair(key('conv2', 'input', [n, 2, y, x]), key('conv2', 'outputGradient', [n, 3, p, q])),
          );
        }
    expect(pairsOf(weight)).toEqual(summed.sort());
    await lesson.close();
  });
});

test('a number that is none is refused', async () => {
  const lesson = await lessonOf('PracticalNet', 1);
  await lesson.forward();
  await expect(explain(lesson, { layer: 'conv1', what: 'output', index: [0, 0, 0] })).rejects.toThrow(
    RangeError,
  );
  await expect(explain(lesson, { layer: 'conv1', what: 'output', index: [6, 0, 0, 0] })).rejects.toThrow(
    '[6,0,0,0] is no element of a tensor of shape [6,4,7,7]',
  );
  await expect(
    explain(lesson, { layer: 'conv1', what: 'weightGradient', index: [0, 0, 0, 0] }),
  ).rejects.toThrow(/no weightGradient of conv1 after 'forward'/);
  await lesson.close();
});

test('the engine says whether its multiply-add rounds once', async () => {
  expect(typeof (await multiplyAddIsFused())).toBe('boolean');
});
