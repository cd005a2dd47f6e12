import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import {
  cosineEmbeddingLoss,
  cosineSimilarity,
  crossEntropy,
  diceLoss,
  focalLoss,
  huberLoss,
  klDiv,
  smoothL1Loss,
} from '../../../src/ops/index.ts';
import { type Tensor, tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input } from '../arbitrary.ts';
import { checkOp, expectScaled } from '../check-op.ts';

const devices = await openTestDevices();

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype?: 'f32' | 'u32';
}

/** Recorded by `../../fixtures/losses.py`. */
const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/losses.json', import.meta.url), 'utf8'),
) as readonly {
  readonly op: string;
  readonly options: object;
  readonly x: Recorded;
  readonly others: readonly Recorded[];
  readonly y: number;
  readonly dx: readonly number[];
}[];

type Op = (...args: readonly unknown[]) => Tensor;
const named = { cosineEmbeddingLoss, crossEntropy, focalLoss, huberLoss, klDiv, smoothL1Loss };
const opNamed = (name: string) => (named as unknown as Record<string, Op>)[name];

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rowsOf = (x: ArrayLike<number>, width: number) =>
  Array.from({ length: x.length / width }, (_, n) => Array.from(x).slice(n * width, (n + 1) * width));
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);
const cosine = (a: readonly number[], b: readonly number[]) =>
  dot(a, b) / Math.max(Math.hypot(...a) * Math.hypot(...b), 1e-16);

describe.each(devices)('losses made of other ops on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(
    recorded.map((each) => ({
      ...each,
      title: `${each.op} [${each.x.shape}] ${JSON.stringify(each.options)}`,
    })),
  )('$title is PyTorch’s', async ({ op, options, x: given, others, y, dx, title }) => {
    const x = tensor(runtime, given.data, given.shape).requiresGrad_();
    const rest = others.map(({ data, shape, dtype }) => tensor(runtime, data, shape, { dtype }));
    const loss = opNamed(op)(x, ...rest, options);
    backward(loss);
    expectScaled(title, [await loss.item()], [y], Math.max(1, Math.abs(y)), 1e-6);
    const largest = dx.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectScaled(`${title}: gradient`, await x.grad!.array(), dx, largest, 3e-6);
  });

  const pairs = (low: number, high: number) =>
    fc.tuple(input([4, 3], { low, high }), input([4, 3], { low, high, frozen: true }));
  const check = (
    name: string,
    low: number,
    high: number,
    op: Op,
    oracle: (x: number[], t: number[]) => number | number[],
  ) =>
    fc.assert(
      fc.asyncProperty(pairs(low, high), async ([x, t]) => {
        await checkOp(runtime, {
          name,
          inputs: [x, t],
          op: (a, b) => op(a, b),
          oracle: (a, b) => [oracle([...a], [...b])].flat(),
          shape: name === 'cosineSimilarity' ? [4] : [],
          gradientTolerance: 5e-5,
          leastGradient: 1e-2,
        });
      }),
      runs(device, 8),
    );

  it('klDiv: value and gradients of both sides', () =>
    check('klDiv', 0.1, 1, klDiv as Op, (x, t) =>
      mean(t.map((value, i) => value * (Math.log(value) - x[i]))),
    ));

  it('cosineSimilarity: value and gradients of both sides', () =>
    check('cosineSimilarity', 0.5, 2, cosineSimilarity as Op, (a, b) => {
      const [rows, others] = [rowsOf(a, 3), rowsOf(b, 3)];
      return rows.map((row, n) => cosine(row, others[n]));
    }));

  it('cosineEmbeddingLoss: value and gradients of both sides', () => {
    const signs = [1, -1, -1, 1];
    const target = tensor(runtime, signs, [4]);
    return check(
      'cosineEmbeddingLoss',
      0.5,
      2,
      (a, b) => cosineEmbeddingLoss(a as Tensor, b as Tensor, target),
      (a, b) => {
        const [rows, others] = [rowsOf(a, 3), rowsOf(b, 3)];
        return mean(
          signs.map((sign, n) => (sign > 0 ? 1 - cosine(rows[n], others[n]) : cosine(rows[n], others[n]))),
        );
      },
    );
  });

  it('focalLoss: value and gradients of both sides', () =>
    check('focalLoss', 0.1, 0.9, focalLoss as Op, (x, t) =>
      mean(
        x.map((value, i) => {
          const p = 1 / (1 + Math.exp(-value));
          const wrong = p + t[i] - 2 * p * t[i];
          return (Math.log1p(Math.exp(value)) - value * t[i]) * wrong ** 2 * (0.75 - 0.5 * t[i]);
        }),
      ),
    ));

  it('diceLoss: value and gradients of both sides', async () => {
    const masks = fc.tuple(
      input([2, 3, 2, 2], { low: 0.1, high: 1 }),
      input([2, 3, 2, 2], { low: 0.1, high: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(masks, async ([p, t]) => {
        await checkOp(runtime, {
          name: 'diceLoss',
          inputs: [p, t],
          op: (a, b) => diceLoss(a, b),
          oracle: (a, b) => {
            const [found, wanted] = [rowsOf(a, 4), rowsOf(b, 4)];
            const sum = (row: readonly number[]) => row.reduce((total, value) => total + value, 0);
            return [
              1 -
                mean(found.map((row, n) => (2 * dot(row, wanted[n]) + 1) / (sum(row) + sum(wanted[n]) + 1))),
            ];
          },
          shape: [],
        });
      }),
      runs(device, 8),
    );
    const empty = zeros(runtime, [1, 1, 2, 2]);
    expect(await diceLoss(empty, empty).item()).toBe(0);
  });

  it('say what does not fit', () => {
    const [x, rows] = [zeros(runtime, [2, 3]), zeros(runtime, [3])];
    expect(() => klDiv(x, rows)).toThrow(/klDiv: input \[2,3\] and target \[3\] must have the same shape/);
    expect(() => diceLoss(x, x)).toThrow(/diceLoss: expected masks \[N,C,…\]/);
    expect(() => cosineEmbeddingLoss(x, x, rows)).toThrow(/a target \[N\]/);
    expect(() => crossEntropy(x, x, { ignoreIndex: 1 })).toThrow(/ignoreIndex is for class numbers/);
    expect(() => huberLoss(x, x, { delta: 0 })).toThrow(/huberLoss: delta/);
  });
});
