import { gelu, silu, tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { GELU, SiLU } from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

describe.each(await openTestRuntimes())('activations on $name', ({ runtime }) => {
  const x = tensor(runtime, [-2, -0.5, 0, 0.5, 2], [5]);

  it.each([
    { title: 'GELU', layer: new GELU(), op: gelu(x) },
    { title: 'GELU by tanh', layer: new GELU({ approximate: 'tanh' }), op: gelu(x, { approximate: 'tanh' }) },
    { title: 'SiLU', layer: new SiLU(), op: silu(x) },
  ])('$title is its op', async ({ layer, op }) => {
    expect(await layer.forward(x).array()).toEqual(await op.array());
  });

  it('GELU has two forms', async () => {
    const [exact, tanh] = [new GELU(), new GELU({ approximate: 'tanh' })].map((layer) => layer.forward(x));
    expect((await exact.array())[4]).toBeCloseTo(1.9544997, 6);
    expect((await tanh.array())[4]).toBeCloseTo(1.9545977, 6);
    expect(() => new GELU({ approximate: 'sigmoid' as 'tanh' })).toThrow(/GELU: approximate/);
    expect(() => new GELU({ tanh: true } as never)).toThrow(/GELU: there is no option 'tanh'/);
  });
});
