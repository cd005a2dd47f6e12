import {
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Dropout2d,
  Flatten,
  GELU,
  GroupNorm,
  Init,
  LeakyReLU,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
  Sigmoid,
  SiLU,
  Tanh,
} from '@glassbox/nn';
import { concat, openRuntime, type Runtime, type Tensor } from '@glassbox/tensor-core';
import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import { amount } from '../../../scripts/soak/amount.ts';
import { agrees } from './support/agrees.ts';
import { trained } from './support/nets.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ device: 'wasm' });
});
afterAll(() => runtime.destroy());

/** x beside, or added to, what a layer makes of it. */
class Around extends Module {
  readonly #inner: Module;
  readonly #how: 'add' | 'concat';

  constructor(inner: Module, how: 'add' | 'concat') {
    super();
    this.#inner = this.child('inner', inner);
    this.#how = how;
  }

  forward(x: Tensor): Tensor {
    const y = this.#inner.forward(x);
    return this.#how === 'add' ? y.add(x) : concat([x, y], 1);
  }
}

type Shape = [channels: number, height: number, width: number];
/** A layer for images of a shape, and what they become; the numbers decide its options. */
type Draw = (init: Init, shape: Shape, a: number, b: number) => [Module, Shape] | undefined;

const same =
  (make: (init: Init, channels: number, a: number) => Module): Draw =>
  (init, shape, a) => [make(init, shape[0], a), shape];

const draws: Readonly<Record<string, Draw>> = {
  conv: (init, [c, h, w], a, b) => {
    const [kernelSize, stride, padding] = [1 + (a % 3), 1 + (b % 2), a % 2];
    const groups = b % 3 === 0 ? c : 1;
    const out = groups * (1 + (a % 4));
    const size = (side: number) => Math.floor((side + 2 * padding - kernelSize) / stride) + 1;
    if (size(Math.min(h, w)) < 1 || out > 16) return undefined;
    const options = { kernelSize, stride, padding, groups, bias: a % 5 !== 0 };
    return [new Conv2d(init, c, out, options), [out, size(h), size(w)]];
  },
  convTranspose: (init, [c, h, w], a, b) => {
    const [kernelSize, stride] = [1 + (a % 3), 1 + (b % 2)];
    const outputPadding = stride - 1;
    const size = (side: number) => (side - 1) * stride + kernelSize + outputPadding;
    if (size(Math.max(h, w)) > 20) return undefined;
    const out = 1 + (b % 6);
    return [
      new ConvTranspose2d(init, c, out, { kernelSize, stride, outputPadding }),
      [out, size(h), size(w)],
    ];
  },
  pool: (_, [c, h, w], a, b) => {
    const [kernelSize, stride] = [1 + (a % 3), 1 + (b % 2)];
    const padding = kernelSize > 1 ? a % 2 : 0;
    const size = (side: number) => Math.floor((side + 2 * padding - kernelSize) / stride) + 1;
    if (size(Math.min(h, w)) < 1) return undefined;
    const options = { stride, padding };
    const pool = b % 3 === 0 ? new AvgPool2d(kernelSize, options) : new MaxPool2d(kernelSize, options);
    return [pool, [c, size(h), size(w)]];
  },
  batchNorm: same((init, channels) => new BatchNorm2d(init, channels)),
  // As PyTorch's, ours wants more than one value for each group. Where the few values of a small image are nearly
  // equal, the default eps lets a norm enlarge the rounding errors before it 300 times, ours and ONNX Runtime's alike.
  groupNorm: (init, shape) =>
    shape[1] * shape[2] > 1 ? [new GroupNorm(init, shape[0], shape[0], { eps: 0.1 }), shape] : undefined,
  activation: same((_, __, a) => {
    const all = [new ReLU(), new LeakyReLU(0.2), new Sigmoid(), new Tanh(), new SiLU(), new GELU()];
    return all[a % all.length];
  }),
  dropout: same((init) => new Dropout2d(init, 0.3)),
  residual: same(
    (init, channels) =>
      new Around(new Conv2d(init, channels, channels, { kernelSize: 3, padding: 1 }), 'add'),
  ),
  dense: (init, [c, h, w], a) => {
    const extra = 1 + (a % 3);
    if (c + extra > 16) return undefined;
    const inner = new Sequential(new ReLU(), new Conv2d(init, c, extra, { kernelSize: 1 }));
    return [new Around(inner, 'concat'), [c + extra, h, w]];
  },
};

const layer = fc.record({
  kind: fc.constantFrom(...Object.keys(draws)),
  a: fc.nat(99),
  b: fc.nat(99),
});

it('random nets of random layers and shapes', async () => {
  const cases = fc.record({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 2, max: 9 }),
    ),
    layers: fc.array(layer, { minLength: 1, maxLength: 8 }),
    head: fc.constantFrom('none', 'linear', 'norm'),
    opset: fc.constantFrom(17, 18, 21, 23),
  });
  const property = fc.asyncProperty(cases, async ({ shape: inputShape, layers, head, opset }) => {
    const init = new Init(runtime, 1);
    const modules: Module[] = [];
    let shape: Shape = inputShape;
    for (const { kind, a, b } of layers) {
      const drawn = draws[kind](init, shape, a, b);
      if (!drawn) continue;
      modules.push(drawn[0]);
      shape = drawn[1];
    }
    const features = shape[0] * shape[1] * shape[2];
    if (head !== 'none') modules.push(new Flatten());
    if (head === 'norm') modules.push(new BatchNorm1d(init, features));
    if (head !== 'none') modules.push(new Linear(init, features, 3));
    await agrees(trained(new Sequential(...modules)), { runtime, inputShape, opset });
  });
  await fc.assert(property, { numRuns: amount(16, 1000) });
});
