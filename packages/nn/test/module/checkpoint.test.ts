/** Activation checkpointing: the same bits as without, in less memory. */
import { createHash } from 'node:crypto';
import {
  add,
  backward,
  crossEntropy,
  imageTensor,
  openRuntime,
  type Runtime,
  type Tensor,
  tensor,
} from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  AdaptiveAvgPool2d,
  applyActivationCheckpointing,
  BatchNorm2d,
  Block,
  Conv2d,
  checkpoint,
  Dropout,
  Flatten,
  Init,
  Linear,
  MobileNetV2,
  Module,
  makeNet,
  ReLU,
  Sequential,
  SGD,
  VisionTransformer,
} from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

/** Everything that a forward pass may do once only: running statistics of both kinds, random masks, their counters. */
class Residual extends Block {
  readonly #layers: Sequential;

  constructor(init: Init, channels: number) {
    super();
    const conv = () => new Conv2d(init, channels, channels, { kernelSize: 3, padding: 1 });
    const norms = [new BatchNorm2d(init, channels), new BatchNorm2d(init, channels, { momentum: null })];
    const layers = [conv(), norms[0], new ReLU(), new Dropout(init, 0.3), conv(), norms[1]];
    this.#layers = this.child('layers', new Sequential(...layers));
  }

  forward(x: Tensor): Tensor {
    return add(this.#layers.forward(x), x);
  }
}

function smallNet(runtime: Runtime, blocks = 2, channels = 8): Sequential {
  const init = new Init(runtime, 3);
  return new Sequential(
    new Conv2d(init, 1, channels, { kernelSize: 3, padding: 1 }),
    ...Array.from({ length: blocks }, () => new Residual(init, channels)),
    new AdaptiveAvgPool2d(1),
    new Flatten(),
    new Linear(init, channels, 2),
  );
}

const waves = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7));

const smallTransformer = { imageSize: 8, patchSize: 4, numLayers: 2, hiddenDim: 24, mlpDim: 48 };

interface Batch {
  readonly size: number;
  readonly side: number;
}

const bits = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  createHash('sha256')
    .update(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength))
    .digest('hex');

/** Some steps of training. @returns every bit of what they leave */
async function trained(net: Module, runtime: Runtime, how: string, { size, side }: Batch) {
  const x = imageTensor(runtime, waves(size * side * side), [size, 1, side, side]).requiresGrad_();
  const labels = tensor(
    runtime,
    Uint32Array.from({ length: size }, (_, i) => i % 2),
    [size],
    { dtype: 'u32' },
  );
  const optimizer = new SGD(net.parameters(), { lr: 0.05, momentum: 0.9 });
  const step = () => {
    optimizer.zeroGrad();
    x.grad = null;
    const loss = crossEntropy(net.forward(x), labels);
    backward(loss);
    optimizer.step();
    return loss;
  };
  const losses: ArrayLike<number>[] = [];
  if (how === 'recorded') {
    const recording = runtime.record(step);
    for (let n = 0; n < 3; n++) {
      if (n > 0) recording.replay();
      losses.push(await recording.result.array());
    }
  } else {
    for (let n = 0; n < 3; n++) losses.push(await (how === 'step' ? runtime.step(step) : step()).array());
  }
  const gradient = x.grad ? await (x.grad as Tensor).array() : undefined;
  const state = [...(await net.stateDict())].map(([name, { data }]) => [name, bits(data)]);
  const counters = [...net.namedStepCounters()].map(([name, { value }]) => [name, value]);
  return { losses, gradient, state, counters };
}

describe.each(await openTestRuntimes())('checkpoint on $name', ({ runtime }) => {
  const batch = { size: 4, side: 6 };

  it.each(['eager', 'step', 'recorded'])('leaves every bit as it is: %s', async (how) => {
    const plain = await trained(smallNet(runtime), runtime, how, batch);
    const net = applyActivationCheckpointing(smallNet(runtime));
    expect(await trained(net, runtime, how, batch)).toEqual(plain);
    expect(plain.counters.map(([, value]) => value)).toEqual([3, 3]);
  });

  it('may have another one inside, and parts that do not learn', async () => {
    const make = () => {
      const net = smallNet(runtime);
      net.layers[0].freeze();
      net.layers[1].freeze({ batchNorm: 'eval' });
      return net;
    };
    const plain = await trained(make(), runtime, 'recorded', batch);
    const nested = applyActivationCheckpointing(
      make(),
      (part) => part instanceof Block || part instanceof Sequential,
    );
    expect(await trained(nested, runtime, 'recorded', batch)).toEqual(plain);
  });
});

describe('activation checkpointing', async () => {
  const runtime = await openRuntime({ device: 'wasm', threads: 1 });
  afterAll(() => runtime.destroy());

  it.each(['resnet18', 'resnet50', 'densenet121', 'vit'] as const)('knows the blocks of %s', (name) => {
    const net = makeNet(runtime, name, { numClasses: 2, inChannels: 1, imageSize: 32 });
    expect(applyActivationCheckpointing(net)).toBe(net);
  });

  it.each([
    ['MobileNetV2', () => new MobileNetV2(runtime, { numClasses: 2, inChannels: 1 })],
    [
      'VisionTransformer',
      () => new VisionTransformer(runtime, { numClasses: 2, inChannels: 1, ...smallTransformer }),
    ],
  ])('%s learns the same', async (_, make) => {
    const batch = { size: 2, side: 8 };
    const plain = await trained(make(), runtime, 'recorded', batch);
    expect(await trained(applyActivationCheckpointing(make()), runtime, 'recorded', batch)).toEqual(plain);
  });

  it.each(['step', 'recorded'])('needs less memory: %s', async (how) => {
    const peak = async (change: (net: Module) => Module) => {
      const own = await openRuntime({ device: 'wasm', threads: 1 });
      await trained(change(smallNet(own, 8, 16)), own, how, { size: 8, side: 32 });
      const { bytes } = own.device.memory;

      await own.destroy();
      return bytes;
    };
    const whole = await peak((net) => net);
    expect(await peak((net) => applyActivationCheckpointing(net))).toBeLessThan(0.6 * whole);
  });

  it('learns where its input does not, and costs nothing where nothing does', async () => {
    const layer = new Linear(new Init(runtime, 0), 3, 1);
    const x = tensor(runtime, [1, 2, 3], [1, 3]);
    backward(checkpoint(layer, x));
    expect(Array.from(await layer.weight.grad!.array())).toEqual([1, 2, 3]);
    layer.freeze();
    expect(checkpoint(layer, x).node?.name).toBeUndefined();
  });

  it('finds a part that does not do the same twice', () => {
    const init = new Init(runtime, 0);
    const [dropout, linear] = [new Dropout(init, 0.5), new Linear(init, 3, 1)];
    const net = new Sequential(linear, dropout);
    const fewer = checkpoint(net, tensor(runtime, [1, 2, 3], [1, 3]));
    net.eval();
    expect(() => backward(fewer)).toThrow('other random numbers');
    const more = checkpoint(net, tensor(runtime, [1, 2, 3], [1, 3]));
    net.train();
    expect(() => backward(more)).toThrow('other random numbers');
  });

  it('wants modules, and a net that has such parts', () => {
    const layer = new Linear(new Init(runtime, 0), 3, 1);
    expect(() => checkpoint((() => layer) as never, layer.weight)).toThrow('module must be a module');
    expect(() => applyActivationCheckpointing(layer)).toThrow('Linear has no such part; say which ones');
    const all = applyActivationCheckpointing(layer, (part) => part instanceof Module);
    expect(all).toBe(layer);
  });
});
