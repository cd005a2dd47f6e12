import {
  backward,
  imageTensor,
  mul,
  openRuntime,
  type Runtime,
  relu,
  sum,
  type Tensor,
  zeros,
} from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  Adam,
  AdamW,
  Autoencoder,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  batches,
  binaryCrossEntropyLoss,
  Conv2d,
  ConvTranspose2d,
  crossEntropyLoss,
  Dropout,
  EarlyStopping,
  Embedding,
  evaluate,
  examples,
  Flatten,
  fit,
  Init,
  LeakyReLU,
  Linear,
  MaxPool2d,
  MedMnistNet,
  type Module,
  PracticalNet,
  predict,
  ReLU,
  reconstructionLoss,
  Sequential,
  SGD,
  sequential,
  updateBn,
  warmUp,
} from '../src/index.ts';
import { brightHalves } from './support/data.ts';
import { openTestRuntimes } from './support/runtime.ts';

/** What a device does plays no part here: names and kinds are looked at before anything is computed. */
const runtime: Runtime = await openRuntime({ device: 'wasm', threads: 1 });
afterAll(() => runtime.destroy());

/** Objects with names that no type knows: what JavaScript passes. */
type Extra = Record<string, never>;

const init = new Init(runtime, 0);
const net = () => new Sequential(new Flatten(), new Linear(init, 64, 2));
const data = brightHalves(runtime, 8);
const model = net();
const training = (extra: Extra = {}) => ({
  train: data,
  loss: crossEntropyLoss(),
  optimizer: new SGD(model.parameters(), { lr: 0.1 }),
  epochs: 0,
  batchSize: 4,
  ...extra,
});

const calls: Record<string, (extra: Extra) => unknown> = {
  Conv2d: (extra) => new Conv2d(init, 1, 2, { kernelSize: 3, ...extra }),
  ConvTranspose2d: (extra) => new ConvTranspose2d(init, 1, 2, { kernelSize: 3, ...extra }),
  Linear: (extra) => new Linear(init, 2, 2, { ...extra }),
  Embedding: (extra) => new Embedding(init, 2, 2, { ...extra }),
  BatchNorm1d: (extra) => new BatchNorm1d(init, 2, { ...extra }),
  BatchNorm2d: (extra) => new BatchNorm2d(init, 2, { ...extra }),
  MaxPool2d: (extra) => new MaxPool2d(2, { ...extra }),
  AvgPool2d: (extra) => new AvgPool2d(2, { ...extra }),
  PracticalNet: (extra) => new PracticalNet(runtime, { widths: [2], ...extra }),
  MedMnistNet: (extra) => new MedMnistNet(runtime, { widths: [1, 1, 1, 1, 1], ...extra }),
  Autoencoder: (extra) => new Autoencoder(runtime, { widths: [2], ...extra }),
  SGD: (extra) => new SGD(model.parameters(), { lr: 1, ...extra }),
  Adam: (extra) => new Adam(model.parameters(), { ...extra }),
  AdamW: (extra) => new AdamW(model.parameters(), { ...extra }),
  'a group of SGD': (extra) => new SGD([{ parameters: model.parameters(), ...extra }], { lr: 1 }),
  'a group of Adam': (extra) => new Adam([{ parameters: model.parameters(), ...extra }]),
  crossEntropyLoss: (extra) => crossEntropyLoss({ ...extra }),
  binaryCrossEntropyLoss: (extra) => binaryCrossEntropyLoss({ ...extra }),
  sequential: (extra) => sequential([{ schedule: warmUp(2), ...extra }]),
  EarlyStopping: (extra) => new EarlyStopping({ patience: 2, ...extra }),
  examples: (extra) => examples(runtime, { images: new Uint8Array(64), shape: [1, 8, 8], ...extra }),
  batches: (extra) => batches(data, { batchSize: 2, ...extra }),
  'a batch of tensors': (extra) => predict(model, [{ images: zeros(runtime, [2, 1, 8, 8]), ...extra }]),
  'a batch of an iterable': (extra) =>
    predict(model, [{ images: new Uint8Array(64), shape: [1, 8, 8] as const, ...extra }]),
  fit: (extra) => fit(model, training(extra)),
  'earlyStopping of fit': (extra) => fit(model, { ...training(), earlyStopping: { patience: 3, ...extra } }),
  updateBn: (extra) => updateBn(net(), data, { batchSize: 4, ...extra }),
  predict: (extra) => predict(model, data, { ...extra }),
  evaluate: (extra) => evaluate(model, data, { loss: crossEntropyLoss(), ...extra }),
  freeze: (extra) => net().freeze({ ...extra }),
  loadStateDict: async (extra) => net().loadStateDict(await model.stateDict(), { ...extra }),
  parameterCount: (extra) => model.parameterCount({ ...extra }),
};

/** What a call does, now or later. */
const run = async (call: () => unknown) => call();

describe('options of layers, optimisers and trainings', () => {
  it.each(Object.entries(calls))('%s takes what exists and refuses what does not', async (_, call) => {
    await run(() => call({}));
    await expect(run(() => call({ xyzzy: 1 } as unknown as Extra))).rejects.toThrow(
      /there (is no option 'xyzzy'|are no options)/,
    );
  });

  it.each([
    ['SGD', 'weight_decay', /did you mean 'weightDecay'/],
    ['AdamW', 'weight_decay', /AdamW: there is no option 'weight_decay'; did you mean 'weightDecay'/],
    ['a group of SGD', 'learning_rate', /SGD: group 0: .* did you mean 'lr'/],
    ['SGD', 'dampening', /'dampening' is not supported here/],
    ['SGD', 'amsgrad', /'amsgrad' is not supported here/],
    ['ConvTranspose2d', 'paddingMode', /ConvTranspose2d: 'paddingMode' is not supported here/],
    ['Linear', 'dilation', /Linear: 'dilation' is not supported here/],
    ['Conv2d', 'padding_mode', /Conv2d: there is no option 'padding_mode'; did you mean 'paddingMode'/],
    ['BatchNorm2d', 'track_running_stats', /did you mean 'trackRunningStats'/],
    ['MaxPool2d', 'ceil_mode', /did you mean 'ceilMode'/],
    ['MaxPool2d', 'returnIndices', /'returnIndices' is not supported here/],
    ['AvgPool2d', 'dilation', /'dilation' is not supported here/],
    ['crossEntropyLoss', 'ignore_index', /did you mean 'ignoreIndex'/],
    ['crossEntropyLoss', 'label_smoothing', /did you mean 'labelSmoothing'/],
    ['crossEntropyLoss', 'reduction', /'reduction' is not supported here/],
    ['fit', 'validation', /did you mean 'val'/],
    ['fit', 'batch_size', /did you mean 'batchSize'/],
    ['fit', 'earlystopping', /did you mean 'earlyStopping'/],
    ['earlyStopping of fit', 'min_delta', /fit: earlyStopping: .*did you mean 'minDelta'/],
    ['PracticalNet', 'classes', /did you mean 'numClasses'/],
  ])('%s: %s', async (name, option, message) => {
    await expect(run(() => calls[name]({ [option]: 1 } as unknown as Extra))).rejects.toThrow(message);
  });

  const any = (value: unknown) => value as never;
  const wrong: [string, () => unknown, RegExp][] = [
    [
      'a filter size by place',
      () => new Conv2d(init, 1, 16, any(3)),
      /Conv2d: options are given as an object, \{ kernelSize, .*not as 3/,
    ],
    ['no filter size', () => new Conv2d(init, 1, 16, any(undefined)), /kernelSize is missing/],
    [
      'no Init, as in PyTorch',
      () => new Conv2d(any(1), 16, any(3), any({})),
      /the first argument must be an Init: new Init\(runtime, seed\), not 1/,
    ],
    [
      'a runtime for an Init',
      () => new Linear(any(runtime), 2, 2),
      /the first argument must be an Init.*not a Runtime/,
    ],
    ['a filter of 2.5', () => new Conv2d(init, 1, 1, { kernelSize: 2.5 }), /kernelSize must be/],
    ['a stride of 0', () => new Conv2d(init, 1, 1, { kernelSize: 3, stride: 0 }), /stride must be/],
    ['a bias of 1', () => new Linear(init, 2, 2, { bias: any(1) }), /bias must be true or false, not 1/],
    [
      'channels as text',
      () => new Conv2d(init, any('1'), 2, { kernelSize: 1 }),
      /inChannels must be.*not '1'/,
    ],
    ['no outputs', () => new Linear(init, 3, 0), /outFeatures must be a whole number above 0, not 0/],
    ['half a channel', () => new BatchNorm2d(init, 1.5), /channels must be/],
    [
      'a momentum of 2',
      () => new BatchNorm2d(init, 2, { momentum: 2 }),
      /momentum must be a number from 0 to 1/,
    ],
    [
      'a window as an object',
      () => new MaxPool2d(any({ kernelSize: 2 })),
      /MaxPool2d: kernelSize must be.*not \{ kernelSize \}/,
    ],
    ['a stride by place', () => new MaxPool2d(2, any(2)), /options are given as an object/],
    ['a slope as text', () => new LeakyReLU(any('0.1')), /slope must be a finite number/],
    ['dropout without an Init', () => new Dropout(any(0.5)), /Dropout: the first argument must be an Init/],
    ['a seed of -1', () => new Init(runtime, -1), /Init: seed must be/],
    ['an Init without a runtime', () => new Init(any(0)), /Init: runtime must be a runtime.*not 0/],
    [
      'layers in a list',
      () => new Sequential(any([new ReLU()])),
      /part '0' must be a module, not a list of 1; give layers one after the other/,
    ],
    [
      'a class for a layer',
      () => new Sequential(any(ReLU)),
      /must be a module, not the class ReLU; make one with new/,
    ],
    ['an op for a layer', () => new Sequential(any(relu)), /must be a module, not the function relu/],
    ['a layer for a tensor', () => net().forward(any(new ReLU())), /expected a tensor, not a ReLU/],
    [
      'a list for a tensor',
      () => new Linear(init, 2, 2).forward(any([1, 2])),
      /Linear: the input must be a tensor, not \[1, 2\]/,
    ],
    [
      'a module for parameters',
      () => new SGD(any(net()), { lr: 1 }),
      /parameters must be a list, model\.parameters\(\).*not a Sequential/,
    ],
    ['a map for parameters', () => new Adam(any(net().namedParameters())), /must be a list.*not a Map/],
    [
      'no tensor among parameters',
      () => new SGD(any([new ReLU()]), { lr: 1 }),
      /SGD: parameter 0 must be a tensor, not a ReLU/,
    ],
    [
      'a group without a list',
      () => new SGD([{ parameters: any(net()) }], { lr: 1 }),
      /group 0: parameters must be a list of tensors/,
    ],
    [
      'a rate by place',
      () => new SGD(net().parameters(), any(0.1)),
      /SGD: options are given as an object, \{ lr: 1e-3 \}, not as 0\.1/,
    ],
    ['no rate', () => new SGD(net().parameters(), any({})), /SGD: lr is missing/],
    [
      'a rate of NaN',
      () => new SGD(net().parameters(), { lr: Number.NaN }),
      /lr must be a finite number of 0 or more, not NaN/,
    ],
    ['a rate as text', () => new Adam(net().parameters(), { lr: any('1e-3') }), /lr must be .*not '1e-3'/],
    ['one beta', () => new Adam(net().parameters(), { betas: any([0.9]) }), /betas must be two numbers/],
    [
      'nesterov as text',
      () => new SGD(net().parameters(), { lr: 1, momentum: 1, nesterov: any('no') }),
      /nesterov must be true or false/,
    ],
    [
      'a rate of NaN in a group',
      () => new SGD([{ parameters: net().parameters(), lr: Number.NaN }], { lr: 1 }),
      /group 0: lr must be/,
    ],
    [
      'a name set later',
      () => {
        const optimizer = new SGD(net().parameters(), { lr: 1 });
        Object.assign(optimizer.groups[0], { weight_decay: 1 });
      },
      /weight_decay/,
    ],
    [
      'a schedule that gives NaN',
      () => new SGD(net().parameters(), { lr: 1 }).scaleRates(Number.NaN),
      /factor must be a finite number/,
    ],
    ['an unknown loss', () => reconstructionLoss(any('rmse')), /'mse' or 'l1', not 'rmse'/],
    ['weights of the host', () => crossEntropyLoss({ weight: any([1, 2]) }), /weight must be a tensor/],
    [
      'a loss that was not made',
      () => fit(model, { ...training(), epochs: 1, loss: any(crossEntropyLoss) }),
      /crossEntropyLoss: options are given as an object.*not as a Tensor of shape \[4,2\]/,
    ],
    [
      'a loss that gives a loss',
      () => fit(model, { ...training(), epochs: 1, loss: any(() => crossEntropyLoss()) }),
      /must give a tensor of one value, not a function; call what makes it/,
    ],
    [
      'a loss of many values',
      () => fit(model, { ...training(), epochs: 1, loss: (output) => mul(output, 1) }),
      /not a Tensor of shape \[4,2\]/,
    ],
    [
      'a class for an optimiser',
      () => fit(model, { ...training(), optimizer: any(SGD) }),
      /optimizer must be an optimiser.*not the class SGD/,
    ],
    [
      'a list for examples',
      () => fit(model, { ...training(), batchSize: undefined, epochs: 1, train: any([1]) }),
      /fit: batch 0 of train, epoch 1 must be \{ images, labels \}, not 1/,
    ],
    [
      'a number for examples',
      () => fit(model, { ...training(), train: any(1) }),
      /train must be what examples/,
    ],
    [
      'a patience by itself',
      () => fit(model, { ...training(), earlyStopping: any(3) }),
      /earlyStopping must be an object with patience/,
    ],
    [
      'half an epoch',
      () => fit(model, { ...training(), epochs: 0.5 }),
      /epochs must be a whole number of 0 or more/,
    ],
    ['no model', () => fit(any(training()), any(undefined)), /the model must be a module/],
    ['no examples', () => predict(model, any({})), /predict: data must be what examples\(\) gives/],
    [
      'a batch of 0',
      () => predict(model, data, { batchSize: 0 }),
      /batchSize must be a whole number above 0/,
    ],
    [
      'a loss by place',
      () => evaluate(model, data, any(crossEntropyLoss())),
      /options are given as an object/,
    ],
    [
      'a state that was not awaited',
      () => model.loadStateDict(any(model.stateDict())),
      /not a Promise; await it/,
    ],
    [
      'a state that is an object',
      () => model.loadStateDict(any({ weight: 1 })),
      /must be a Map of tensors by name/,
    ],
    [
      'an unknown decision',
      () => net().freeze({ batchNorm: any('train') }),
      /'eval' or 'reestimate', not 'train'/,
    ],
    [
      'images as a list',
      () => examples(runtime, { images: any([1]), shape: [1, 1, 1] }),
      /images must be a Uint8Array/,
    ],
    [
      'a shape [H,W]',
      () => examples(runtime, { images: new Uint8Array(64), shape: any([8, 8]) }),
      /shape must be a list of 3/,
    ],
  ];
  it.each(wrong)('%s is refused', async (_, call, message) => {
    await expect(run(call)).rejects.toThrow(message);
  });

  it('a state with hyperparameters that the optimiser does not know changes nothing', async () => {
    const optimizer = new SGD(net().parameters(), { lr: 1 });
    const state = await optimizer.stateDict();
    const odd = {
      ...state,
      groups: state.groups.map((group) => ({ ...group, hyper: { ...group.hyper, rho: 1 } })),
    };
    expect(() => optimizer.loadStateDict(odd)).toThrow(/group 0 has 'rho', which sgd does not know/);
    optimizer.loadStateDict(state);
  });
});

const runtimes = await openTestRuntimes();

describe.each(runtimes)("padding 'same' on $name", ({ runtime }) => {
  const values = async (x: Tensor) => [...(await x.array())];
  const layer = (options: ConstructorParameters<typeof Conv2d>[3]): Module =>
    new Conv2d(new Init(runtime, 1), 2, 3, options);

  it.each([1, 3, 5, [3, 1] as const, [1, 5] as const])(
    'keeps the size of images: filter %j',
    async (kernelSize) => {
      const x = zeros(runtime, [1, 2, 5, 6]);
      x.write(Float32Array.from({ length: 60 }, (_, i) => (i % 7) - 3));
      const [r, s] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
      const same = layer({ kernelSize, padding: 'same' }).forward(x);
      expect(same.shape).toEqual([1, 3, 5, 6]);
      const numbers = layer({ kernelSize, padding: [(r - 1) / 2, (s - 1) / 2] }).forward(x);
      expect(await values(same)).toEqual(await values(numbers));
      expect(layer({ kernelSize, padding: 'valid' }).forward(x).shape).toEqual([1, 3, 6 - r, 7 - s]);
    },
  );

  it('is refused where it would need padding of one side only', () => {
    expect(() => layer({ kernelSize: 3, stride: 2, padding: 'same' })).toThrow(
      /needs a stride of 1, not \[2,2\]/,
    );
    expect(() => layer({ kernelSize: 3, padding: 'full' as never })).toThrow(
      /or 'same' or 'valid', not 'full'/,
    );
  });
});

describe.each(runtimes)('groups of Conv2d on $name', ({ runtime }) => {
  const init = new Init(runtime, 0);

  it('filter each channel by itself in a depthwise layer', async () => {
    const layer = new Conv2d(init, 4, 4, { kernelSize: 3, padding: 1, groups: 4 });
    expect(layer.weight.shape).toEqual([4, 1, 3, 3]);
    // PyTorch's default: uniform between ±1/√fan-in, and the fan-in is that of one group.
    const largest = Math.max(...(await layer.weight.array()).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / 3);
    expect(largest).toBeGreaterThan(1 / 6);
    const images = Float32Array.from({ length: 4 * 25 }, (_, i) => Math.sin(i));
    const outputs = async (data: Float32Array) =>
      layer.forward(imageTensor(runtime, data, [1, 4, 5, 5])).array();
    const changed = images.map((value, i) => (i < 25 ? value + 1 : value));
    const [before, after] = [await outputs(images), await outputs(changed)];
    expect(after.slice(0, 25)).not.toEqual(before.slice(0, 25));
    expect(after.slice(25)).toEqual(before.slice(25));
    backward(sum(layer.forward(imageTensor(runtime, images, [1, 4, 5, 5]))));
    expect(layer.weight.grad!.shape).toEqual([4, 1, 3, 3]);
  });

  it('are refused if they do not divide the channels', () => {
    expect(() => new Conv2d(init, 4, 6, { kernelSize: 3, groups: 4 })).toThrow(
      'Conv2d: 4 input and 6 output channels cannot be split into 4 equal groups',
    );
    expect(() => new Conv2d(init, 4, 6, { kernelSize: 3, groups: 0 })).toThrow(/groups must be/);
  });
});
