import * as core from '@glassbox/tensor-core';
import { gelu, silu, tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import * as nn from '../../src/index.ts';
import { GELU, SiLU } from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

describe.each(await openTestRuntimes())('activations on $name', ({ runtime }) => {
  const x = tensor(runtime, [-2, -0.5, 0, 0.5, 2], [5]);

  it.each([
    { title: 'GELU', layer: new GELU(), op: gelu(x) },
    { title: 'GELU by tanh', layer: new GELU({ approximate: 'tanh' }), op: gelu(x, { approximate: 'tanh' }) },
    { title: 'SiLU', layer: new SiLU(), op: silu(x) },
    { title: 'Mish', layer: new nn.Mish(), op: core.mish(x) },
    { title: 'Softplus', layer: new nn.Softplus({ beta: 2 }), op: core.softplus(x, { beta: 2 }) },
    { title: 'ELU', layer: new nn.ELU(0.5), op: core.elu(x, 0.5) },
    { title: 'Hardswish', layer: new nn.Hardswish(), op: core.hardswish(x) },
    { title: 'Hardsigmoid', layer: new nn.Hardsigmoid(), op: core.hardsigmoid(x) },
    { title: 'Hardtanh', layer: new nn.Hardtanh(-0.2, 0.4), op: core.hardtanh(x, -0.2, 0.4) },
    { title: 'ReLU6', layer: new nn.ReLU6(), op: core.relu6(x) },
    { title: 'Softmax', layer: new nn.Softmax(0), op: core.softmax(x, 0) },
    { title: 'LogSoftmax', layer: new nn.LogSoftmax(), op: core.logSoftmax(x) },
  ])('$title is its op', async ({ layer, op }) => {
    expect(await layer.forward(x).array()).toEqual(await op.array());
  });

  it('PReLU learns one slope, or one of each channel', async () => {
    const init = new nn.Init(runtime, 0);
    const one = new nn.PReLU(init);
    expect([...(await one.forward(x).array())]).toEqual([-0.5, -0.125, 0, 0.5, 2]);
    const images = tensor(runtime, [-1, 2, -3, 4, -5, 6, -7, 8], [1, 2, 2, 2]);
    const each = new nn.PReLU(init, 2);
    each.weight.write([0.5, 2]);
    expect([...(await each.forward(images).array())]).toEqual([-0.5, 2, -1.5, 4, -10, 6, -14, 8]);
    core.sum(each.forward(images)).backward();
    expect([...(await each.weight.grad!.array())]).toEqual([-4, -12]);
    expect([...each.namedParameters().keys()]).toEqual(['weight']);
    expect(() => new nn.PReLU(init, 3).forward(images)).toThrow(/PReLU: expected input \[N,3,…\]/);
  });

  it('bounds of Hardtanh must be in order', () => {
    expect(() => new nn.Hardtanh(1, 1)).toThrow(/Hardtanh: min 1 must be below max 1/);
  });

  it('GELU has two forms', async () => {
    const [exact, tanh] = [new GELU(), new GELU({ approximate: 'tanh' })].map((layer) => layer.forward(x));
    expect((await exact.array())[4]).toBeCloseTo(1.9544997, 6);
    expect((await tanh.array())[4]).toBeCloseTo(1.9545977, 6);
    expect(() => new GELU({ approximate: 'sigmoid' as 'tanh' })).toThrow(/GELU: approximate/);
    expect(() => new GELU({ tanh: true } as never)).toThrow(/GELU: there is no option 'tanh'/);
  });
});
