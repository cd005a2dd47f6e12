import { readFileSync } from 'node:fs';
import * as k from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import * as functions from '../../../src/ops/elementwise/unary.ts';
import * as all from '../../../src/ops/index.ts';
import { clamp, pow } from '../../../src/ops/index.ts';
import { type Tensor, tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp, expectScaled } from '../check-op.ts';

const devices = await openTestDevices();

type Op = (x: Tensor, ...args: readonly unknown[]) => Tensor;

interface Case {
  readonly title: string;
  /** The op's exported name, and what it takes after x. */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly row: k.UnaryOp;
}

/** Every row of the table, as the op that it is exported as. */
const rows: readonly Case[] = Object.entries<k.UnaryOp>(k.unaryOps).map(([title, row]) => {
  const { name = title, args = [] } = row.row.op ?? {};
  return { title, name, args, row };
});
const cases: readonly Case[] = [
  ...rows,
  {
    title: 'leakyRelu with a slope',
    name: 'leakyRelu',
    args: [0.2],
    row: k.leakyReluOp({ slope: Math.fround(0.2) }),
  },
  { title: 'elu with alpha', name: 'elu', args: [1.5], row: k.eluOp({ alpha: 1.5 }) },
  {
    title: 'softplus with beta',
    name: 'softplus',
    args: [{ beta: 2, threshold: 4 }],
    row: k.softplusOp({ beta: 2, threshold: 4 }),
  },
  {
    title: 'hardtanh in bounds',
    name: 'hardtanh',
    args: [-0.5, 2],
    row: k.hardtanhOp({ min: -0.5, max: 2 }),
  },
  { title: 'clamp', name: 'clamp', args: [{ min: -1, max: 1.5 }], row: k.clampOp({ min: -1, max: 1.5 }) },
  {
    title: 'clamp from below',
    name: 'clamp',
    args: [{ min: 0.5 }],
    row: k.clampOp({ min: 0.5, max: null }),
  },
  {
    title: 'clamp from above',
    name: 'clamp',
    args: [{ max: 0.5 }],
    row: k.clampOp({ min: null, max: 0.5 }),
  },
  ...[0, 1, 2, 3, 9, 0.5, 1.75, -1, -2, -0.5, 12].map((exponent) => ({
    title: `pow of ${exponent}`,
    name: 'pow',
    args: [exponent],
    row: k.powOp({ exponent }),
  })),
];
/** Central differences would reach over a corner that is nearer than this. */
const margin = 1e-3;
const awayFrom = (corners: readonly number[], value: number) =>
  corners.some((corner) => Math.abs(value - corner) < margin) ? value + 2 * margin : value;

const opNamed = (name: string) => (all as unknown as Record<string, Op>)[name];

describe('functions of one tensor', () => {
  it('are the rows of the table, each exported', () => {
    const exported = Object.entries(functions).flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : [],
    );
    expect(exported.sort()).toEqual([...new Set(cases.map(({ name }) => name))].sort());
    for (const name of exported)
      expect(opNamed(name), `${name} is exported by ops/index.ts`).toBeTypeOf('function');
  });
});

/** Recorded by `../fixtures/activations.py`. */
const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/activations.json', import.meta.url), 'utf8'),
) as {
  readonly x: readonly number[];
} & Readonly<Record<string, { readonly y: readonly number[]; readonly dx: readonly number[] }>>;

describe.each(devices)('functions of one tensor on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(cases)('$title: value and gradient', async ({ name, args, row }) => {
    const { domain, steep = domain, leastGradient, corners = [] } = row.row;
    const [low, high] = steep;
    const op = (x: Tensor) => opNamed(name)(x, ...args);
    await fc.assert(
      fc.asyncProperty(
        shapes(0, 4).chain((shape) => input(shape, { low, high })),
        async (drawn) => {
          const x = { ...drawn, data: drawn.data.map((value) => awayFrom(corners, value)) };
          const oracle = (values: Float64Array) => k.unaryForwardOracle(row, values);
          const tolerances = { gradientTolerance: 5e-5, leastGradient };
          await checkOp(runtime, { name, inputs: [x], op, oracle, shape: x.shape, ...tolerances });
        },
      ),
      runs(device, 15),
    );
  });

  it.each(cases.filter(({ title }) => title in recorded))(
    '$title is PyTorch’s',
    async ({ title, name, args }) => {
      const x = tensor(runtime, recorded.x, [recorded.x.length]).requiresGrad_();
      const y = opNamed(name)(x, ...args);
      backward(
        y,
        tensor(
          runtime,
          recorded.x.map(() => 1),
          x.shape,
        ),
      );
      const [values, gradients] = [await y.array(), await x.grad!.array()];
      for (const [i, at] of recorded.x.entries()) {
        // float32's rounding, of the value or of the 1 from which a small share is taken.
        const size = Math.abs(recorded[title].y[i]);
        expectScaled(
          `${title}(${at})`,
          [values[i]],
          [recorded[title].y[i]],
          Math.max(size, Math.min(Math.abs(at), 8)),
          4e-7,
        );
        expectScaled(`${title}'(${at})`, [gradients[i]], [recorded[title].dx[i]], 1, 1e-6);
      }
    },
  );

  it('clamp lets the gradient pass at its bounds, hardtanh does not, as in PyTorch', async () => {
    const gradient = async (op: (x: Tensor) => Tensor) => {
      const x = tensor(runtime, [-1, 0, 1], [3]).requiresGrad_();
      backward(all.sum(op(x)));
      return [...(await x.grad!.array())];
    };
    expect(await gradient((x) => clamp(x, { min: -1, max: 1 }))).toEqual([1, 1, 1]);
    expect(await gradient((x) => all.hardtanh(x))).toEqual([0, 1, 0]);
  });

  it('bounds and numbers are checked', () => {
    const x = tensor(runtime, [1], [1]);
    expect(() => clamp(x, {})).toThrow(/clamp: no bound; give min, max, or both/);
    expect(() => clamp(x, { min: 2, max: 1 })).toThrow(/clamp: min 2 is above max 1/);
    expect(() => all.hardtanh(x, 2, 1)).toThrow(/hardtanh: min 2 is above max 1/);
    expect(() => pow(x, 'two' as never)).toThrow(/pow: exponent/);
    expect(() => all.softplus(x, { beta: 0 })).toThrow(/softplus: beta/);
  });

  it('gelu knows its forms by name', () => {
    const x = tensor(runtime, [1], [1]);
    expect(() => all.gelu(x, { approximate: 'erf' as 'tanh' })).toThrow(/approximate/);
    expect(() => all.gelu(x, { tanh: true } as never)).toThrow(/there is no option 'tanh'/);
  });
});
