/** Passes over memory that fusions save in a step of the three nets. Results have the same bits without them. */
import { backward, imageTensor, openRuntime, tensor } from '@glassbox/tensor-core';
import { afterAll, expect, it } from 'vitest';
import { kernelsOf } from '../../../tensor-core/test/support/dispatches.ts';
import { Autoencoder, MedMnistNet, type Module, PracticalNet } from '../../src/index.ts';

const runtime = await openRuntime({ device: 'wasm', threads: 1 });
afterAll(() => runtime.destroy());

/** How many kernels with these names a forward pass and, in training, a backward pass run. */
function passes(net: Module, names: readonly string[]): Record<string, number> {
  const x = imageTensor(runtime, new Float32Array(2 * 28 * 28), [2, 1, 28, 28]);
  const run = kernelsOf(runtime, () =>
    runtime.step(() => {
      const y = net.forward(x);
      if (net.training) backward(y, tensor(runtime, new Float32Array(y.size), y.shape));
    }),
  );
  return Object.fromEntries(
    names.map((name) => [name, run.filter((other) => other.startsWith(name)).length]),
  );
}

// A ReLU is part of the op before it. Where batch norm follows, its mask and the sum for the bias are, too.
it.each([
  [
    'PracticalNet',
    PracticalNet,
    { reluForward: 0, reluGradient: 0, conv2dBiasGradient: 0, batchNormForward: 4 },
  ],
  [
    'MedMnistNet',
    MedMnistNet,
    { reluForward: 0, reluGradient: 2, conv2dBiasGradient: 0, maxPool2dForward: 0 },
  ],
  ['Autoencoder', Autoencoder, { reluForward: 0, reluGradient: 7 }],
] as const)('%s in training', (_, Net, expected) => {
  expect(passes(new Net(runtime), Object.keys(expected))).toEqual(expected);
});

it.each([
  ['PracticalNet', PracticalNet],
  ['MedMnistNet', MedMnistNet],
] as const)('%s in evaluation: convolutions normalise', (_, Net) => {
  const net = new Net(runtime).freeze({ batchNorm: 'eval' }).eval();
  expect(passes(net, ['batchNormForward', 'reluForward'])).toEqual({ batchNormForward: 0, reluForward: 0 });
});
