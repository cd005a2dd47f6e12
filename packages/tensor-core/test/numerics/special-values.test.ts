import { readFileSync } from 'node:fs';
import { adamHyper, imageLayout, sgdHyper } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import {
  abs,
  adamStep,
  add,
  argmax,
  avgPool2d,
  batchNorm,
  bceWithLogits,
  clipGradients,
  compare,
  crossEntropy,
  div,
  exp,
  gradientNorm,
  l1Loss,
  leakyRelu,
  log,
  logSoftmax,
  max,
  maximum,
  maxPool2d,
  mean,
  min,
  minimum,
  mseLoss,
  mul,
  neg,
  reciprocal,
  relu,
  reshape,
  sgdStep,
  sigmoid,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  variance,
} from '../../src/ops/index.ts';
import { Arena, ParameterArena } from '../../src/runtime/arena.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { tensor } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';

/**
 * Infinity, NaN, signed zeros and the ends of float32's range, beside PyTorch: recorded by
 * ../fixtures/special_values.py. The wasm device follows it in every case. WGSL lets a GPU assume that there is
 * neither NaN nor infinity, so that there only what has none of them, neither given nor in PyTorch's result, is
 * compared.
 */
type Texts = readonly string[];
type Row = Readonly<Record<string, Texts>>;
interface Fixture {
  readonly unary: Readonly<Record<string, Row>>;
  readonly binary: Readonly<Record<string, Row>>;
  readonly compare: Readonly<Record<string, Row>>;
  readonly reductions: readonly (Readonly<Record<string, { y: Texts; dx: Texts }>> & {
    x: Texts;
    argmax: number;
    variance?: string;
  })[];
  readonly pools: readonly {
    x: Texts;
    window: { kernelSize: number; stride: number; padding: number };
    maxPool2d: { shape: number[]; y: Texts; dx: Texts };
    avgPool2d: { shape: number[]; y: Texts; dx: Texts };
  }[];
  readonly crossEntropy: readonly {
    x: Texts;
    classes: number;
    label: number;
    smoothing: number;
    weight: Texts | null;
    loss: string;
    dx: Texts;
  }[];
  readonly pointwise: readonly { loss: string; x: string; t: string; y: string; dx: string }[];
  readonly batchNorm: readonly (Readonly<Record<string, Texts>> & { training: boolean; relu: boolean })[];
  readonly optimizers: readonly { optimizer: 'SGD' | 'Adam' | 'AdamW'; gradients: Texts; steps: Texts[] }[];
  readonly empty: readonly {
    op: keyof typeof reductions | 'variance';
    shape: number[];
    axes: number[];
    y?: Texts;
  }[];
  readonly clipping: readonly { gradients: Texts; maxNorm: string; norm: string; clipped: Texts }[];
}

const file = new URL('../fixtures/special-values.json', import.meta.url);
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
const devices = await openTestDevices();

const numbers = (texts: Texts): number[] => texts.map(Number);
const ordinary = (values: Iterable<number>): boolean => [...values].every(Number.isFinite);
const unaries = { relu, leakyRelu, sigmoid, tanh, exp, log, sqrt, square, neg, abs, reciprocal };
const binaries = { add, sub, mul, div, maximum, minimum };
const reductions = { sum, mean, max, min };
const alongRows = { softmax, logSoftmax };
const pools = { maxPool2d, avgPool2d };

/** Below it numbers lose digits, or may count as 0 on a GPU. */
const smallest = 2 ** -126;

interface Tolerance {
  /** Relative difference allowed between finite numbers. */
  readonly relative?: number;
  /** The sign of a zero counts. */
  readonly zeroSigns?: boolean;
}

/** One number: the same kind of number, and near. */
function same(found: number, wanted: number, { relative = 2e-6, zeroSigns = false }: Tolerance): boolean {
  if (!Number.isFinite(wanted)) return Object.is(found, wanted);
  if (zeroSigns && wanted === 0 && found === 0) return Object.is(found, wanted);
  return Math.abs(found - wanted) <= relative * Math.abs(wanted) + smallest;
}

describe.each(devices)('special values on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const exact = device.info.kind === 'wasm';
  const floats = (values: readonly number[], shape: readonly number[] = [values.length], layout = {}) =>
    tensor(runtime, values, shape, layout);
  let compared = 0;

  /** A result as PyTorch has it. Element i follows from `inputs(i)`. */
  function check(
    what: string,
    found: ArrayLike<number>,
    texts: Texts,
    inputs: (i: number) => readonly number[],
    how: Tolerance = {},
  ) {
    const wanted = numbers(texts);
    expect(found.length, what).toBe(wanted.length);
    const wrong = wanted.flatMap((value, i) => {
      const given = inputs(i);
      if (!exact && !ordinary([value, ...given])) return [];
      if (!exact && given.some((one) => one !== 0 && Math.abs(one) < smallest)) return [];
      compared++;
      return same(found[i], value, how) ? [] : [`${found[i]} instead of ${value} from ${given.join(', ')}`];
    });
    expect(wrong, what).toEqual([]);
  }

  it.each(Object.keys(unaries) as (keyof typeof unaries)[])('%s', async (name) => {
    const { x: texts, y: value, dx } = fixture.unary[name];
    const values = numbers(texts);
    const x = floats(values).requiresGrad_();
    const y = unaries[name](x);
    const result = await y.array();
    backward(y, floats(values.map(() => 1)));
    // sigmoid beyond -88: PyTorch has 0, here the tiny number that it is.
    check(name, result, value, (i) => [values[i]], { relative: 1e-5, zeroSigns: exact });
    check(`gradient of ${name}`, await x.grad!.array(), dx, (i) => [values[i]], { relative: 1e-5 });
  });

  it.each(Object.keys(binaries) as (keyof typeof binaries)[])('%s', async (name) => {
    const row = fixture.binary[name];
    const [a, b] = [numbers(row.a), numbers(row.b)];
    const pair = (i: number) => [a[i], b[i]];
    const [left, right] = [floats(a).requiresGrad_(), floats(b).requiresGrad_()];
    const y = binaries[name](left, right);
    const result = await y.array();
    backward(y, floats(a.map(() => 1)));
    const signs = { zeroSigns: exact && !/imum/.test(name) };
    check(name, result, row.y, pair, signs);
    check(`left gradient of ${name}`, await left.grad!.array(), row.da, pair);
    check(`right gradient of ${name}`, await right.grad!.array(), row.db, pair);
  });

  it('comparisons', async () => {
    for (const [name, row] of Object.entries(fixture.compare)) {
      const [a, b] = [numbers(row.a), numbers(row.b)];
      const pair = (i: number) => [a[i], b[i]];
      const y = compare(name as 'eq', floats(a), floats(b));
      check(name, await y.array(), row.y, pair);
    }
  });

  /** Each row alone, beside others, and down a column: all three ways to reduce. */
  const ways: readonly (readonly [
    string,
    (row: number[]) => { data: number[]; shape: number[]; axis: number; copies: number },
  ])[] = [
    ['alone', (row) => ({ data: row, shape: [row.length], axis: 0, copies: 1 })],
    ['in rows', (row) => ({ data: [row, row, row].flat(), shape: [3, row.length], axis: 1, copies: 3 })],
    [
      'in columns',
      (row) => ({ data: row.flatMap((v) => [v, v, v, v, v]), shape: [row.length, 5], axis: 0, copies: 5 }),
    ],
  ];
  it.each(ways)('reductions %s', async (_, lay) => {
    for (const one of fixture.reductions) {
      const row = numbers(one.x);
      const { data, shape, axis, copies } = lay(row);
      const spread = (texts: Texts) =>
        axis === 0 && copies > 1
          ? texts.flatMap((t) => Array(copies).fill(t))
          : Array(copies).fill(texts).flat();
      for (const name of ['sum', 'mean', 'max', 'min'] as const) {
        const x = floats(data, shape).requiresGrad_();
        const y = reductions[name](x, { axes: [axis] });
        backward(y, floats(Array(copies).fill(1), y.shape));
        const what = `${name} of [${row.slice(0, 6)}${row.length > 6 ? ', …' : ''}]`;
        check(what, await y.array(), Array(copies).fill(one[name].y[0]), () => row);
        check(`gradient of ${what}`, await x.grad!.array(), spread(one[name].dx), () => row);
      }
      // PyTorch's variance sums in float64: where a sum of squares overflows float32 it may differ.
      if (
        one.variance !== undefined &&
        !(ordinary(row) && !ordinary([Math.fround(row.reduce((s, v) => s + v * v, 0))]))
      ) {
        const y = variance(floats(data, shape), { axes: [axis] });
        check(
          `variance of [${row.slice(0, 6)}]`,
          await y.array(),
          Array(copies).fill(one.variance),
          () => row,
          { relative: 1e-5 },
        );
      }
      if (axis === shape.length - 1) {
        const places = await argmax(floats(data, shape)).array();
        if (exact || ordinary(row))
          expect([...places], `argmax of [${row}]`).toEqual(Array(copies).fill(one.argmax));
        for (const name of ['softmax', 'logSoftmax'] as const) {
          const x = floats(data, shape).requiresGrad_();
          const y = alongRows[name](x);
          const result = await y.array();
          backward(
            y,
            floats(
              Array(copies)
                .fill(row.map((_, i) => i + 1))
                .flat(),
              shape,
            ),
          );
          const what = `${name} of [${row.slice(0, 6)}]`;
          check(what, result, spread(one[name].y), () => row, { relative: 1e-5 });
          // Differences of numbers near each other.
          const scale = Math.max(1, row.length);
          const dx = [...(await x.grad!.array())];
          const wanted = numbers(spread(one[name].dx));
          if (exact || ordinary([...row, ...wanted])) {
            const near = wanted.every((v, i) =>
              Number.isFinite(v) ? Math.abs(dx[i] - v) <= 1e-5 * scale : Object.is(dx[i], v),
            );
            expect(near, `gradient of ${what}: ${dx} instead of ${wanted}`).toBe(true);
          }
        }
      }
    }
  });

  it.each([1, 5])('pooling of images with %i channels', async (channels) => {
    for (const one of fixture.pools) {
      const image = numbers(one.x);
      for (const name of ['maxPool2d', 'avgPool2d'] as const) {
        const shape = [1, channels, 4, 4];
        const data = Array(channels).fill(image).flat();
        const x = floats(data, shape, { layout: imageLayout(shape) }).requiresGrad_();
        const y = pools[name](x, one.window);
        const result = await y.array();
        const { y: texts, dx } = one[name];
        backward(
          y,
          tensor(
            runtime,
            Array(channels)
              .fill(texts.map((_, i) => i + 1))
              .flat(),
            y.shape,
            { layout: y.layout },
          ),
        );
        const what = `${name} of [${image.slice(0, 8)}, …], ${JSON.stringify(one.window)}`;
        check(what, result, Array(channels).fill(texts).flat(), () => image);
        check(`gradient of ${what}`, await x.grad!.array(), Array(channels).fill(dx).flat(), () => image);
      }
    }
  });

  it('cross-entropy', async () => {
    for (const one of fixture.crossEntropy) {
      const values = numbers(one.x);
      const x = floats(values, [2, one.classes]).requiresGrad_();
      const labels = tensor(runtime, [one.label, 0], [2], { dtype: 'u32' });
      const weight = one.weight ? floats(numbers(one.weight)) : undefined;
      const loss = crossEntropy(x, labels, { weight, labelSmoothing: one.smoothing });
      backward(loss);
      const what = `[${values}], label ${one.label}, smoothing ${one.smoothing}, weight ${one.weight}`;
      check(what, await loss.array(), [one.loss], () => values, { relative: 1e-5 });
      const dx = await x.grad!.array();
      const wanted = numbers(one.dx);
      if (!exact && !ordinary([...values, ...wanted, Number(one.loss)])) continue;
      const near = wanted.every((v, i) =>
        Number.isFinite(v) ? Math.abs(dx[i] - v) < 1e-6 : Object.is(dx[i], v),
      );
      expect(near, `gradient of ${what}: ${dx} instead of ${wanted}`).toBe(true);
    }
  });

  it('element-wise losses', async () => {
    for (const one of fixture.pointwise) {
      const [value, target] = [Number(one.x), Number(one.t)];
      const x = floats([value]).requiresGrad_();
      const [name, weighted] = one.loss.split(' ');
      const loss =
        name === 'bceWithLogits'
          ? bceWithLogits(
              x,
              floats([target]),
              weighted ? { posWeight: floats([3]), weight: floats([2]) } : {},
            )
          : (name === 'mseLoss' ? mseLoss : l1Loss)(x, floats([target]));
      backward(loss);
      check(`${one.loss} of ${value}, ${target}`, await loss.array(), [one.y], () => [value, target]);
      check(`gradient of ${one.loss} of ${value}, ${target}`, await x.grad!.array(), [one.dx], () => [
        value,
        target,
      ]);
    }
  });

  it('batch norm', async () => {
    for (const one of fixture.batchNorm) {
      const { training } = one;
      const values = numbers(one.x);
      const x = floats(values, [4, 8]).requiresGrad_();
      const weight = floats(Array(8).fill(1.5)).requiresGrad_();
      const bias = floats(Array(8).fill(0.25)).requiresGrad_();
      const [runningMean, runningVar] = [floats(numbers(one.mean)), floats(numbers(one.var))];
      const y = batchNorm(x, { weight, bias, runningMean, runningVar, training, relu: one.relu });
      const result = await y.array();
      backward(
        y,
        floats(
          values.map((_, i) => i + 1),
          [4, 8],
        ),
      );
      const found: Record<string, ArrayLike<number>> = {
        y: result,
        dx: await x.grad!.array(),
        dWeight: await weight.grad!.array(),
        dBias: await bias.grad!.array(),
        runningMean: await runningMean.array(),
        runningVar: await runningVar.array(),
      };
      for (const [name, array] of Object.entries(found)) {
        const wanted = numbers(one[name]);
        for (let channel = 0; channel < 8; channel++) {
          const own = (list: ArrayLike<number>) => Array.from(list).filter((_, i) => i % 8 === channel);
          const given = [...own(values), ...own(numbers(one.mean)), ...own(numbers(one.var))];
          if (!exact && !ordinary([...own(wanted), ...given])) continue;
          // PyTorch sums in float64; here the sum of squares must not overflow float32.
          if (training && own(values).some((v) => Number.isFinite(v) && Math.abs(v) > 1e19)) continue;
          const scale = Math.max(...own(wanted).map(Math.abs).filter(Number.isFinite), 1e-6);
          const near = own(wanted).every((v, i) =>
            Number.isFinite(v)
              ? Math.abs(own(array)[i] - v) <= 1e-3 * scale + 1e-4
              : Object.is(own(array)[i], v),
          );
          expect(
            near,
            `${name} of channel ${channel} (${own(values)}), training ${training}, relu ${one.relu}: ${own(array)} ` +
              `instead of ${own(wanted)}`,
          ).toBe(true);
        }
      }
    }
  });

  it('optimisers', async () => {
    for (const { optimizer, gradients, steps } of fixture.optimizers) {
      const given = numbers(gradients);
      const parameter = floats(given.map(() => 1)).requiresGrad_();
      const arena = new ParameterArena(runtime, [parameter]);
      const state = ['m', 'v'].map((name) => new Arena(runtime, [parameter.layout], name));
      const groups = tensor(runtime, [0], [1], { dtype: 'u32' });
      for (const [step, wanted] of steps.entries()) {
        const gradient = step === 0 ? given : given.map(() => 0.5);
        parameter.grad = null;
        backward(parameter, floats(gradient));
        if (optimizer === 'SGD') {
          sgdStep(arena, { groups, hyper: floats(sgdHyper({ lr: 0.1, momentum: 0.9 })) }, state[0]);
        } else {
          const decoupled = optimizer === 'AdamW';
          const hyper = floats(adamHyper({ lr: 0.1, weightDecay: decoupled ? 0.01 : 0 }, step + 1));
          adamStep(arena, { groups, hyper }, { m: state[0], v: state[1], decoupled });
        }
        check(`${optimizer}, step ${step + 1}`, await parameter.array(), wanted, (i) => [given[i]], {
          relative: 1e-5,
        });
      }
    }
  });

  it('clipping', async () => {
    for (const one of fixture.clipping) {
      const given = numbers(one.gradients);
      const parameter = floats([0, 0]).requiresGrad_();
      const arena = new ParameterArena(runtime, [parameter]);
      backward(parameter, floats(given));
      const groups = tensor(runtime, [0], [1], { dtype: 'u32' });
      const norm = gradientNorm(arena, groups);
      clipGradients(arena, groups, norm, Number(one.maxNorm));
      const what = `[${given}] to ${one.maxNorm}`;
      check(`norm of ${what}`, await norm.array(), [one.norm], () => given);
      const finite = ordinary([Number(one.norm)]) ? [] : [Number.NaN];
      check(what, await parameter.grad!.array(), one.clipped, () => [...given, ...finite]);
    }
  });

  it('reductions of nothing: a sum is 0, as in PyTorch; what there is not is an error, not NaN', async () => {
    for (const { op, shape, axes, y } of fixture.empty) {
      const x = floats([], shape);
      const reduced = () => (op === 'variance' ? variance(x, { axes }) : reductions[op](x, { axes }));
      if (op === 'sum' && y!.length > 0) check(`sum of [${shape}]`, await reduced().array(), y!, () => []);
      else expect(reduced).toThrow(new RegExp(`^${op}: the tensor \\[${shape}\\] is empty`));
    }
    for (const op of [softmax, logSoftmax, argmax])
      expect(() => op(floats([], [2, 0]))).toThrow(/max: .*\[2,0\] is empty/i);
    const labels = tensor(runtime, [], [0], { dtype: 'u32' });
    expect(() => crossEntropy(floats([], [0, 2]), labels)).toThrow(/crossEntropy: .*\[0,2\] is empty/);
    expect(() => mseLoss(floats([]), floats([]))).toThrow(/mse: .*\[0\] is empty/);
    expect(() => relu(floats([]))).toThrow(/relu.*: .*\[0\] is empty/);
    expect(() => reshape(floats([], [0, 3]), [3, 0])).toThrow(/reshape: .*\[0,3\] is empty/);
  });

  it('compared enough', () => {
    expect(compared).toBeGreaterThan(exact ? 8000 : 1500);
  });
});
