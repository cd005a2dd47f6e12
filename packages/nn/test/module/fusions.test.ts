import { backward, imageTensor, noGrad, type Tensor, tensor } from '@glassbox/tensor-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Flatten,
  Init,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
} from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

/** Patterns that have kernels in common, some that only look so, and their neighbours. */
const patterns: Record<string, (init: Init) => Module[]> = {
  'convolution, ReLU, batch norm': (init) => [
    new Conv2d(init, 3, 5, { kernelSize: 3, stride: 2, padding: 1 }),
    new ReLU(),
    new BatchNorm2d(init, 5),
  ],
  'convolution, batch norm, ReLU, pooling': (init) => [
    new Conv2d(init, 3, 6, { kernelSize: 3 }),
    new BatchNorm2d(init, 6),
    new ReLU(),
    new MaxPool2d(2),
  ],
  'planar all along': (init) => [
    new Conv2d(init, 3, 2, { kernelSize: 3, bias: false }),
    new BatchNorm2d(init, 2),
    new ReLU(),
    new MaxPool2d(2),
  ],
  'batch norm first, a ReLU twice': (init) => [
    new BatchNorm2d(init, 3),
    new ReLU(),
    new ReLU(),
    new Conv2d(init, 3, 4, { kernelSize: 2 }),
    new BatchNorm2d(init, 4),
  ],
  'transposed and linear': (init) => [
    new ConvTranspose2d(init, 3, 4, { kernelSize: 2 }),
    new ReLU(),
    new Flatten(),
    new Linear(init, 4 * 9 * 9, 7),
    new ReLU(),
    new BatchNorm1d(init, 7),
    new ReLU(),
  ],
};

describe.each(runtimes)('Sequential on $name', ({ name, runtime }) => {
  /** Output, gradients and state of one pass, by `Sequential` or layer by layer. */
  async function pass(make: (init: Init) => Module[], seed: number, mode: string, together: boolean) {
    const layers = make(new Init(runtime, seed));
    const net = new Sequential(...layers);
    let state = seed;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    };
    const fill = (count: number) => Float32Array.from({ length: count }, next);
    for (const parameter of net.parameters()) parameter.write(fill(parameter.size));
    for (const layer of layers) {
      if (!(layer instanceof BatchNorm2d)) continue;
      layer.runningMean!.write(fill(layer.channels));
      layer.runningVar!.write(fill(layer.channels).map((v) => 1.5 + v));
    }
    if (mode === 'frozen') net.freeze({ batchNorm: 'eval' });
    if (mode === 'reestimated') net.freeze({ batchNorm: 'reestimate' });
    if (mode === 'evaluation' || mode === 'inference') net.eval();
    const x = imageTensor(runtime, fill(2 * 3 * 8 * 8), [2, 3, 8, 8]);
    const forward = () => (together ? net.forward(x) : layers.reduce((y, layer) => layer.forward(y), x));
    const y = runtime.step((): Tensor => {
      const result = mode === 'inference' ? noGrad(forward) : forward();
      if (result.requiresGrad) backward(result, tensor(runtime, fill(result.size), result.shape));
      return result;
    });
    const gradients = await Promise.all(net.parameters().map(({ grad }) => grad?.array() ?? null));
    return { y: await y.array(), gradients, state: await net.stateDict() };
  }

  it.each(Object.entries(patterns))('%s: the bits of the layers one by one', async (_, make) => {
    const modes = ['training', 'evaluation', 'inference', 'frozen', 'reestimated'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...modes), fc.nat(), async (mode, seed) => {
        expect(await pass(make, seed, mode, true)).toEqual(await pass(make, seed, mode, false));
      }),
      { numRuns: name === 'wasm' ? 12 : 5, examples: modes.map((mode): [string, number] => [mode, 3]) },
    );
  });

  it('leaves alone what computes something else', async () => {
    const seen: string[] = [];
    class Watching extends ReLU {
      override forward(x: Tensor): Tensor {
        seen.push('subclass');
        return super.forward(x);
      }
    }
    const init = new Init(runtime, 1);
    const patched = new BatchNorm2d(init, 4);
    const original = patched.forward.bind(patched);
    patched.forward = (x) => {
      seen.push('patched');
      return original(x);
    };
    const net = new Sequential(
      new Conv2d(init, 1, 4, { kernelSize: 1 }),
      new Watching(),
      new Conv2d(init, 4, 4, { kernelSize: 1 }),
      patched,
      new ReLU(),
    );
    await net.forward(imageTensor(runtime, new Float32Array(8), [2, 1, 2, 2])).array();
    expect(seen).toEqual(['subclass', 'patched']);
  });

  it('names channels that do not fit', () => {
    const init = new Init(runtime, 1);
    const conv = new Conv2d(init, 1, 4, { kernelSize: 1 });
    const layer = new BatchNorm2d(init, 3);
    const net = new Sequential(conv, layer);
    const x = imageTensor(runtime, new Float32Array(4), [1, 1, 2, 2]);
    expect(() => net.forward(x)).toThrow(/BatchNorm: expected input \[N,3,H,W\] .*but got \[1,4,2,2\]/);
    expect(() => noGrad(() => net.eval().forward(x))).toThrow(/batchNorm: weight is \[3\].*has 4 channels/);
    expect(layer.numBatchesTracked!.value).toBe(0);
  });
});
