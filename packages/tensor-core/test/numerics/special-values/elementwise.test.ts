import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import {
  abs,
  add,
  compare,
  div,
  exp,
  leakyRelu,
  log,
  maximum,
  minimum,
  mul,
  neg,
  reciprocal,
  relu,
  sigmoid,
  sqrt,
  square,
  sub,
  tanh,
} from '../../../src/ops/index.ts';
import { openTestDevices } from '../../support/devices.ts';
import { comparison, fixture, numbers } from './support.ts';

const devices = await openTestDevices();
const unaries = { relu, leakyRelu, sigmoid, tanh, exp, log, sqrt, square, neg, abs, reciprocal };
const binaries = { add, sub, mul, div, maximum, minimum };

describe.each(devices)('special values of elementwise ops on $name', ({ device }) => {
  const { exact, floats, check, compared } = comparison(device);

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

  it('compared enough', () => {
    expect(compared()).toBeGreaterThan(exact ? 2800 : 1100);
  });
});
