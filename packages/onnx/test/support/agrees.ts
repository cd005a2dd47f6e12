import { Module } from '@glassbox/nn';
import { noGrad, type Runtime, type Tensor, tensor } from '@glassbox/tensor-core';
import { expect } from 'vitest';
import { type OnnxOptions, toOnnx } from '../../src/index.ts';
import { judge, run } from './ort.ts';

/** A net of one function. */
export class Computes extends Module {
  readonly #compute: (x: Tensor) => Tensor;

  constructor(compute: (x: Tensor) => Tensor) {
    super();
    this.#compute = compute;
  }

  forward(x: Tensor): Tensor {
    return this.#compute(x);
  }
}

/** Numbers that look random and are always the same. */
export function numbers(count: number, [low, high]: readonly number[] = [-1, 1], seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 2 ** 32;
  });
}

export interface Comparison extends Partial<OnnxOptions> {
  readonly runtime: Runtime;
  readonly inputShape: readonly number[];
  /** Between which numbers inputs lie. */
  readonly domain?: readonly number[];
  readonly batches?: readonly number[];
}

/** Exports a net and lets ONNX Runtime compute it for several batch sizes: the same as ours, within 1e-5. */
export async function agrees(net: Module, comparison: Comparison): Promise<Uint8Array> {
  const { runtime, domain = [-1, 1], batches = [1, 3, 17], ...options } = comparison;
  const model = await toOnnx(net, { ...options, runtime });
  const session = await judge(model);
  const modes = net.modules().map(({ training }) => training);
  for (const batch of batches) {
    const shape = [batch, ...options.inputShape];
    const data = numbers(
      shape.reduce((product, size) => product * size, 1),
      domain,
      batch,
    );
    net.eval();
    const output = noGrad(() => runtime.step(() => net.forward(tensor(runtime, data, shape))));
    const ours = await output.array();
    const theirs = await run(session, data, shape);
    expect(theirs.shape).toEqual(output.shape);
    let worst = 0;
    for (const [index, value] of ours.entries()) {
      const same = Object.is(value, theirs.data[index]);
      const error = same ? 0 : Math.abs(value - theirs.data[index]) / Math.max(1, Math.abs(value));
      worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    }
    expect(worst, `batch ${batch}`).toBeLessThan(1e-5);
  }
  for (const [index, module] of net.modules().entries()) module.setTraining(modes[index]);
  await session.release();
  return model;
}
