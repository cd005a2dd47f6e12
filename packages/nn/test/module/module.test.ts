import { readFileSync } from 'node:fs';
import { backward, imageTensor, mean, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../src/checkpoint/index.ts';
import {
  Autoencoder,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  Flatten,
  type HostTensor,
  Identity,
  Init,
  LeakyReLU,
  Linear,
  MaxPool2d,
  MedMnistNet,
  Module,
  PracticalNet,
  ReLU,
  Sequential,
  SGD,
  StateDictError,
} from '../../src/index.ts';
import { modeVersion } from '../../src/module/module.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));

describe.each(runtimes)('modules on $name', ({ runtime }) => {
  const images = (n: number, c: number, size: number) =>
    imageTensor(
      runtime,
      Float32Array.from({ length: n * c * size * size }, (_, i) => Math.sin(i * 1.3)),
      [n, c, size, size],
    );

  it('have the names, order and shapes of PyTorch', async () => {
    const init = new Init(runtime, 1);
    const net = new Sequential(
      new Conv2d(init, 1, 5, { kernelSize: 3 }),
      new BatchNorm2d(init, 5),
      new ConvTranspose2d(init, 5, 3, { kernelSize: 2 }),
      new Linear(init, 7, 2),
    );
    const recorded = parseSafetensors(fixture('pytorch.safetensors')).tensors;
    const names = [...recorded.keys()].filter((name) => /^\d\./.test(name));
    const state = await net.stateDict();
    expect([...state.keys()]).toEqual(names);
    for (const [name, { dtype, shape }] of state) {
      expect({ name, dtype, shape }).toEqual({
        name,
        dtype: recorded.get(name)!.dtype,
        shape: recorded.get(name)!.shape,
      });
    }
    expect([...net.namedParameters().keys()]).toEqual(names.filter((name) => !/running|batches/.test(name)));
  });

  it("take PyTorch's state and give it back unchanged", async () => {
    const init = new Init(runtime, 1);
    const net = new Sequential(
      new Conv2d(init, 1, 5, { kernelSize: 3 }),
      new BatchNorm2d(init, 5),
      new ConvTranspose2d(init, 5, 3, { kernelSize: 2 }),
      new Linear(init, 7, 2),
    );
    const recorded = parseSafetensors(fixture('pytorch.safetensors')).tensors;
    const own = new Map([...recorded].filter(([name]) => /^\d\./.test(name)));
    expect(net.loadStateDict(own).matched).toEqual([...own.keys()]);
    expect(await net.stateDict()).toEqual(own);
    const extra = net.loadStateDict(recorded, { strict: false });
    expect(extra.unexpected).toEqual(['half', 'brain', 'double', 'flags', 'bytes']);
  });

  it('report what does not fit, and then change nothing', async () => {
    const net = new PracticalNet(runtime, { widths: [4, 5], imageSize: 8 });
    const before = await net.stateDict();
    const other = await new Autoencoder(runtime, { widths: [4, 6], imageSize: 8, seed: 9 }).stateDict();
    const error = (() => {
      try {
        net.loadStateDict(other);
      } catch (caught) {
        return caught as StateDictError;
      }
      throw new Error('the state was accepted');
    })();
    expect(error).toBeInstanceOf(StateDictError);
    expect(error.report.matched).toEqual(['conv1.weight', 'conv1.bias']);
    expect(error.report.missing).toContain('fc.weight');
    expect(error.report.unexpected).toContain('deconv1.weight');
    expect(error.report.shapeMismatch).toEqual([
      { name: 'conv2.weight', expected: [5, 4, 3, 3], found: [6, 4, 3, 3] },
      { name: 'conv2.bias', expected: [5], found: [6] },
    ]);
    expect(error.message).toMatch(/conv2\.weight is \[6,4,3,3\] where the model has \[5,4,3,3\]/);
    expect(await net.stateDict()).toEqual(before);

    const report = net.loadStateDict(other, { strict: false });
    expect(report.matched).toEqual(['conv1.weight', 'conv1.bias']);
    const after = await net.stateDict();
    expect(after.get('conv1.weight')).toEqual(other.get('conv1.weight'));
    expect(after.get('fc.weight')).toEqual(before.get('fc.weight'));
  });

  it('refuse weights that are not finite, of a wrong type, or of no use', async () => {
    const net = new Linear(new Init(runtime), 2, 1);
    const state = await net.stateDict();
    const withWeight = (weight: HostTensor) => new Map([...state, ['weight', weight]]);
    const f32 = (...values: number[]): HostTensor => ({
      dtype: 'F32',
      shape: [1, 2],
      data: Float32Array.from(values),
    });
    expect(() => net.loadStateDict(withWeight(f32(1, Number.NaN)))).toThrow(
      /'weight' .*not finite \(element 1\)/,
    );
    const huge: HostTensor = { dtype: 'F64', shape: [1, 2], data: Float64Array.of(1, 1e300) };
    expect(() => net.loadStateDict(withWeight(huge))).toThrow(/not finite/);
    const whole: HostTensor = { dtype: 'I32', shape: [1, 2], data: Int32Array.of(1, 2) };
    expect(() => net.loadStateDict(withWeight(whole))).toThrow(
      /must be floating-point, but the state has I32/,
    );
    expect(() => net.loadStateDict(new Map([['other', f32(1, 2)]]), { strict: false })).toThrow(
      /nothing in the state fits/,
    );
    expect(await net.stateDict()).toEqual(state);
    net.loadStateDict(withWeight(f32(1, Number.POSITIVE_INFINITY)), { allowNonFinite: true });
    expect((await net.weight.array())[1]).toBe(Number.POSITIVE_INFINITY);
  });

  it('start from the same bits for the same seed, and from others for another', async () => {
    const weights = async (seed: number) =>
      new MedMnistNet(runtime, { widths: [3, 4, 5, 6, 7], seed }).stateDict();
    expect(await weights(3)).toEqual(await weights(3));
    expect((await weights(3)).get('conv2.weight')).not.toEqual((await weights(4)).get('conv2.weight'));
  });

  it("start from PyTorch's distributions", async () => {
    type Range = { shape: number[]; largest: number; deviation: number };
    const recorded: Record<string, Record<'weight' | 'bias', Range>> = JSON.parse(
      fixture('initialisation.json').toString(),
    );
    const makers: Record<string, (init: Init) => Conv2d | ConvTranspose2d | Linear> = {
      'conv2d 8-16 3x3': (init) => new Conv2d(init, 8, 16, { kernelSize: 3 }),
      'convTranspose2d 8-16 3x3': (init) => new ConvTranspose2d(init, 8, 16, { kernelSize: 3 }),
      'linear 40-30': (init) => new Linear(init, 40, 30),
    };
    for (const [name, parts] of Object.entries(recorded)) {
      const init = new Init(runtime, 5);
      const made = Array.from({ length: 40 }, () => makers[name](init));
      for (const part of ['weight', 'bias'] as const) {
        const tensors = made.map((layer) => layer[part]!);
        const values = (await Promise.all(tensors.map((each) => each.array()))).flatMap((each) => [...each]);
        const { shape, largest, deviation } = parts[part];
        const mean = values.reduce((a, b) => a + b) / values.length;
        const own = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
        expect(tensors[0].shape).toEqual(shape);
        expect(Math.max(...values.map(Math.abs)) / largest, `${name} ${part}`).toBeCloseTo(1, 1);
        expect(own / deviation, `${name} ${part}`).toBeCloseTo(1, 1);
        expect(Math.abs(mean) / deviation).toBeLessThan(0.15);
      }
    }
  });

  it('freeze truly: no gradient, no update, and the rest goes on learning', async () => {
    const net = new PracticalNet(runtime, { widths: [4, 6], imageSize: 8 });
    const optimizer = new SGD(net.parameters(), { lr: 0.1, momentum: 0.9, weightDecay: 0.5 });
    const step = () =>
      runtime.step(() => {
        backward(mean(net.forward(images(3, 1, 8))));
        optimizer.step();
        optimizer.zeroGrad();
      });
    step();
    // A gradient that an optimiser has not used yet is dropped.
    runtime.step(() => backward(mean(net.forward(images(3, 1, 8)))));
    expect(net.convolutions[0].weight.grad).not.toBeNull();
    for (const module of net.encoder) module.freeze({ batchNorm: 'eval' });
    expect(net.convolutions[0].weight.grad).toBeNull();
    expect(net.parameterCount({ trainable: true })).toBe(net.fc.weight.size + 2);
    const before = await net.stateDict();
    runtime.step(() => {
      backward(mean(net.forward(images(3, 1, 8))));
      expect(net.convolutions[0].weight.grad).toBeNull();
      expect(net.norms[1].bias!.grad).toBeNull();
      expect(net.fc.weight.grad).not.toBeNull();
      optimizer.zeroGrad();
    });
    step();
    step();
    const after = await net.stateDict();
    for (const [name, tensor] of before) {
      if (name.startsWith('fc')) expect(after.get(name), name).not.toEqual(tensor);
      else expect(after.get(name), name).toEqual(tensor);
    }
    for (const module of net.encoder) module.unfreeze();
    step();
    expect((await net.stateDict()).get('conv1.weight')).not.toEqual(before.get('conv1.weight'));
    expect((await net.stateDict()).get('bn1.running_mean')).not.toEqual(before.get('bn1.running_mean'));
  });

  it('re-estimate frozen batch norm from batches if told so', async () => {
    const norm = new BatchNorm2d(new Init(runtime), 4);
    norm.freeze({ batchNorm: 'reestimate' });
    expect(norm.usesBatchStatistics).toBe(true);
    runtime.step(() => norm.forward(images(3, 4, 5)));
    expect(norm.numBatchesTracked!.value).toBe(1);
    expect(Math.max(...(await norm.runningMean!.array()).map(Math.abs))).toBeGreaterThan(0);
    norm.freeze({ batchNorm: 'eval' });
    const before = await norm.stateDict();
    runtime.step(() => norm.forward(images(3, 4, 5)));
    expect(await norm.stateDict()).toEqual(before);
    norm.eval();
    norm.freeze({ batchNorm: 'reestimate' });
    expect(norm.usesBatchStatistics).toBe(false);
  });

  it('want to be told what frozen batch norm does', () => {
    const net = new PracticalNet(runtime, { widths: [4], imageSize: 8 });
    expect(() => net.freeze()).toThrow(
      /batch norm \(bn1\) needs a decision: freeze\(\{ batchNorm: 'eval' \}\)/,
    );
    expect(net.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
    net.fc.freeze();
    expect(net.fc.weight.requiresGrad).toBe(false);
  });

  it('change their mode key with everything that a recorded step depends on', () => {
    const net = new PracticalNet(runtime, { widths: [4], imageSize: 8 });
    const keys = new Set([net.modeKey()]);
    let version = modeVersion();
    const changes = [
      () => net.eval(),
      () => net.train(),
      () => net.fc.freeze(),
      () => net.norms[0].freeze({ batchNorm: 'eval' }),
      () => net.norms[0].freeze({ batchNorm: 'reestimate' }),
    ];
    for (const change of changes) {
      change();
      keys.add(net.modeKey());
      // A recorded step looks at the key only when this number is another one.
      expect(modeVersion()).not.toBe(version);
      version = modeVersion();
    }
    expect(keys.size).toBe(5);
  });

  it('say what shape they want', () => {
    const init = new Init(runtime);
    const x = images(2, 3, 6);
    expect(() => new Conv2d(init, 1, 4, { kernelSize: 3 }).forward(x)).toThrow(
      /Conv2d: expected input \[N,1,H,W\] but got \[2,3,6,6\]; build the layer with 3/,
    );
    expect(() => new Linear(init, 5, 2).forward(x)).toThrow(/Linear: .*\[2,3,6,6\]; flatten/);
    expect(() => new BatchNorm1d(init, 2).forward(x)).toThrow(/BatchNorm: expected input \[N,2,H,W\]/);
    expect(() => new Dropout(init, 1)).toThrow(/p must be in \[0, 1\)/);
    expect(() => new MedMnistNet(runtime, { imageSize: 15 })).toThrow(/15 pixels are too small/);
  });

  it('compute what their layers say, in order', async () => {
    const init = new Init(runtime, 2);
    const net = new Sequential(
      new Conv2d(init, 3, 4, { kernelSize: 3, padding: 1 }),
      new LeakyReLU(0.1),
      new MaxPool2d(2),
      new Identity(),
      new ReLU(),
      new Flatten(),
      new Linear(init, 4 * 9, 2),
    );
    const x = images(2, 3, 6);
    const byHand = net.layers.reduce<Tensor>((value, layer) => layer.forward(value), x);
    expect(largestDifference(await net.forward(x).array(), await byHand.array())).toBe(0);
    expect(net.forward(x).shape).toEqual([2, 2]);
  });

  it('refuse names that cannot be told apart', () => {
    class Twice extends Module {
      constructor() {
        super();
        this.child('a', new Identity());
        this.child('a', new Identity());
      }
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    class Dotted extends Module {
      readonly part = this.child('a.b', new Identity());
      forward(x: Tensor): Tensor {
        return this.part.forward(x);
      }
    }
    expect(() => new Twice()).toThrow(/already is a part named 'a'/);
    expect(() => new Dotted()).toThrow(/hold no dot/);
  });
});

describe.each(runtimes)('the nets on $name', ({ runtime }) => {
  it('have the sizes of the practical', () => {
    const net = new PracticalNet(runtime);
    expect(net.parameterCount()).toBe(98_658);
    expect(net.embeddingSize).toBe(512);
    const names = [...net.namedParameters().keys()];
    expect(names.slice(0, 5)).toEqual([
      'conv1.weight',
      'conv1.bias',
      'bn1.weight',
      'bn1.bias',
      'conv2.weight',
    ]);
    expect(new MedMnistNet(runtime).fc1.weight.shape).toEqual([128, 1024]);
  });

  it.each([20, 9])('reconstruct images of %i pixels at their own size', async (size) => {
    const net = new Autoencoder(runtime, { widths: [3, 5, 4], imageSize: size, inChannels: 3 }).eval();
    const x = imageTensor(runtime, new Float32Array(2 * 3 * size * size).fill(0.5), [2, 3, size, size]);
    const y = runtime.step(() => net.forward(x));
    expect(y.shape).toEqual(x.shape);
    expect((await y.array()).every(Number.isFinite)).toBe(true);
  });

  it('hand the encoder over by name', async () => {
    const autoencoder = new Autoencoder(runtime, { widths: [4, 5], imageSize: 8, seed: 7 });
    const net = new PracticalNet(runtime, { widths: [4, 5], imageSize: 8, seed: 8 });
    const report = net.loadStateDict(await autoencoder.stateDict(), { strict: false });
    expect(report.matched).toEqual(['conv1.weight', 'conv1.bias', 'conv2.weight', 'conv2.bias']);
    expect(report.missing).toEqual(expect.arrayContaining(['bn1.weight', 'fc.bias']));
  });

  it('embed: the head of the embedding is the output', async () => {
    const net = new PracticalNet(runtime, { widths: [4, 5], imageSize: 9, numClasses: 3 }).eval();
    const x = imageTensor(
      runtime,
      Float32Array.from({ length: 2 * 81 }, (_, i) => Math.cos(i)),
      [2, 1, 9, 9],
    );
    const [embedding, output, viaHead] = runtime.step(() => {
      const code = net.embed(x);
      return [code, net.forward(x), net.fc.forward(code)];
    });
    expect(embedding.shape).toEqual([2, net.embeddingSize]);
    expect(largestDifference(await output.array(), await viaHead.array())).toBeLessThan(1e-6);
  });
});
