import { createHash } from 'node:crypto';
import { backward, openRuntime, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { Counter, type Module } from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';
import { filled, imagesOf, lossOf, numbers, type Recorded, recorded, twins } from './twins.ts';

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** The largest difference, relative to the largest value. A NaN is no small one. */
function difference(found: ArrayLike<number>, wanted: readonly number[], scale = largest(wanted)): number {
  const off = wanted.map((value, i) => Math.abs(found[i] - value) / scale);
  return off.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...off);
}

/** What fixtures/nets/record.py writes of a gradient. */
function rowOf(gradient: ArrayLike<number>, stream: number): number[] {
  const signs = numbers(gradient.length, stream);
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += gradient[i] * Math.sign(signs[i]);
  return [
    largest(gradient),
    sum,
    ...[0, Math.floor(gradient.length / 2), gradient.length - 1].map((i) => gradient[i]),
  ];
}

/**
 * One pass from the same weights. Logits are right within 1e-5 and gradients within 1e-4, or within 5 times what
 * PyTorch's own float32 is off where that is more (docs/numerics.md).
 */
async function compare(net: Module, { imageSize, ...passes }: Recorded, mode: 'evaluation' | 'training') {
  const wanted = passes[mode];
  const [offLogits, offGradients] = wanted.float32;
  net.loadStateDict(filled(await net.stateDict(), wanted.seed));
  const { runtime } = net.parameters()[0];
  const x = imagesOf(runtime, imageSize, wanted.seed);
  net.train(mode === 'training');
  for (const parameter of net.parameters()) parameter.grad = null;
  const [logits, loss] = runtime.step(() => {
    const output = net.forward(x);
    const value = lossOf(output);
    backward(value);
    return [output, value];
  });
  const found = difference(await logits.array(), wanted.logits);
  expect(found, 'logits').toBeLessThan(Math.max(1e-5, 5 * offLogits));
  expect(Math.abs((await loss.item()) - wanted.loss) / wanted.loss).toBeLessThan(1e-5);
  const overall = Math.max(...wanted.gradients.map(([most]) => most));
  const parameters = [...net.namedParameters()];
  expect(parameters.length).toBe(wanted.gradients.length);
  for (const [stream, [name, { grad, size }]] of parameters.entries()) {
    const [most, sum, ...elements] = wanted.gradients[stream];
    const [ownMost, ownSum, ...own] = rowOf(await grad!.array(), stream);
    // What is 0 in exact arithmetic, such as a bias before batch norm, is compared with the largest of all.
    const scale = most > 1e-9 * overall ? Math.max(most, overall / 100) : overall;
    // Errors of elements, some up and some down, add up to a longer one.
    const off = Math.max(
      difference([ownMost, ...own], [most, ...elements], scale),
      difference([ownSum], [sum], scale * Math.sqrt(size)),
    );
    expect(off, name).toBeLessThan(Math.max(1e-4, 5 * offGradients));
  }
  const running = [...net.namedBuffers()].filter(([name]) => /running_(mean|var)$/.test(name));
  const sums = await Promise.all(
    running.map(async ([, buffer]) => [...(await (buffer as Tensor).array())].reduce((a, b) => a + b)),
  );
  expect(difference(sums, wanted.running), 'running statistics').toBeLessThan(1e-5);
}

describe.each(Object.entries(twins))('%s, as PyTorch’s', (name, make) => {
  it('names and shapes, logits, gradients, running statistics', async () => {
    const wanted = recorded(name);
    const runtime = await openRuntime({ device: 'wasm' });
    try {
      const net = make(runtime);
      const lines = [...net.namedState()].map(
        ([key, value]) => `${key} ${value instanceof Counter ? '' : value.shape}`,
      );
      expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(wanted.names);
      await compare(net, wanted, 'evaluation');
      await compare(net, wanted, 'training');
    } finally {
      await runtime.destroy();
    }
  });
});

const others = (await openTestRuntimes()).filter(({ name }) => name !== 'wasm');
describe.each(others)('on $name', ({ runtime }) => {
  it('vit', () => compare(twins.vit(runtime), recorded('vit'), 'training'));
});
