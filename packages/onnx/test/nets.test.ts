import { Autoencoder, Init, MedMnistNet, type Module, PracticalNet } from '@glassbox/nn';
import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twins } from '../../nn/test/nets/twins.ts';
import { agrees } from './support/agrees.ts';
import { Attention, DenseNet, GroupNormNet, Lstm, trained, UNet } from './support/nets.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ device: 'wasm' });
});
afterAll(() => runtime.destroy());

const nets: Readonly<Record<string, [inputShape: number[], make: () => Module]>> = {
  'practical net': [[1, 28, 28], () => new PracticalNet(runtime)],
  'MedMNIST net': [[1, 28, 28], () => new MedMnistNet(runtime)],
  autoencoder: [[1, 28, 28], () => new Autoencoder(runtime)],
  'U-Net': [[1, 12, 8], () => new UNet(new Init(runtime, 1))],
  'dense block': [[3, 7, 5], () => new DenseNet(new Init(runtime, 2))],
  attention: [[1, 12, 12], () => new Attention(new Init(runtime, 3))],
  LSTM: [[7, 6], () => new Lstm(new Init(runtime, 4))],
  'group norm': [[3, 9, 9], () => new GroupNormNet(new Init(runtime, 5))],
};

describe('ONNX Runtime computes the same', () => {
  it.each(Object.entries(nets))('%s', async (_, [inputShape, make]) => {
    const net = trained(make());
    await agrees(net, { runtime, inputShape });
    expect(net.training).toBe(true);
    await agrees(net.eval(), { runtime, inputShape, opset: 21, batches: [3] });
  });

  const sizes: Readonly<Record<string, number>> = { vit: 12, densenet121: 29 };
  // The graph of the small ResNet-18 is that of MedMNIST's.
  it.each(Object.entries(twins).filter(([name]) => name !== 'resnet18-small'))('%s', async (name, make) => {
    const own = await openRuntime({ device: 'wasm' });
    try {
      const size = sizes[name] ?? (name.startsWith('vgg') ? 32 : 18);
      await agrees(trained(make(own)), { runtime: own, inputShape: [3, size, size], batches: [1, 2] });
    } finally {
      await own.destroy();
    }
  });
});
