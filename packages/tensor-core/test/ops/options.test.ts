import { describe, expect, it } from 'vitest';
import { WasmDevice } from '../../src/device/wasm/wasm-device.ts';
import { Runtime } from '../../src/index.ts';
import { openDevice, openRuntime } from '../../src/open.ts';
import {
  add,
  argmax,
  avgPool2d,
  batchNorm,
  bceWithLogits,
  cast,
  compare,
  concat,
  conv2d,
  convTranspose2d,
  crossEntropy,
  dropout,
  full,
  gatherImages,
  l1Loss,
  leakyRelu,
  matmul,
  max,
  maxPool2d,
  mean,
  mseLoss,
  randomNormal,
  randomUniform,
  relu,
  reshape,
  storeImages,
  sum,
  variance,
} from '../../src/ops/index.ts';
import { imageTensor, type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';

const devices = await openTestDevices();

/** Objects with names that no type knows: what JavaScript passes. */
type Extra = Record<string, never>;

describe.each(devices)('options of ops on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const [image, filter] = [zeros(runtime, [1, 2, 6, 6]), zeros(runtime, [2, 2, 3, 3])];
  const [rows, two] = [zeros(runtime, [3, 2]), zeros(runtime, [2])];
  const labels = tensor(runtime, [0, 1, 0], [3], { dtype: 'u32' });
  const norm = { weight: two, bias: two, runningMean: two, runningVar: two, training: false };
  const source = { seed: 1, stream: 0, step: () => 0 };
  const bytes = storeImages(runtime, new Uint8Array(36), [1, 6, 6]);

  const calls: Record<string, (extra: Extra) => unknown> = {
    conv2d: (extra) => conv2d(image, filter, null, { stride: 1, ...extra }),
    convTranspose2d: (extra) => convTranspose2d(image, filter, null, { ...extra }),
    maxPool2d: (extra) => maxPool2d(image, { kernelSize: 2, ...extra }),
    avgPool2d: (extra) => avgPool2d(image, { kernelSize: 2, ...extra }),
    batchNorm: (extra) => batchNorm(image, { ...norm, ...extra }),
    crossEntropy: (extra) => crossEntropy(rows, labels, { ...extra }),
    mseLoss: (extra) => mseLoss(rows, rows, { ...extra }),
    l1Loss: (extra) => l1Loss(rows, rows, { ...extra }),
    bceWithLogits: (extra) => bceWithLogits(rows, rows, { ...extra }),
    matmul: (extra) => matmul(rows, rows, { transposeB: true, ...extra }),
    sum: (extra) => sum(rows, { ...extra }),
    mean: (extra) => mean(rows, { ...extra }),
    max: (extra) => max(rows, { ...extra }),
    variance: (extra) => variance(rows, { ...extra }),
    randomUniform: (extra) => randomUniform(runtime, [2], source, { ...extra }),
    randomNormal: (extra) => randomNormal(runtime, [2], source, { ...extra }),
    'random source': (extra) => dropout(rows, 0.5, { ...source, ...extra }),
    gatherImages: (extra) => gatherImages(bytes, tensor(runtime, [0], [1], { dtype: 'u32' }), { ...extra }),
    tensor: (extra) => tensor(runtime, [1], [1], { ...extra }),
    zeros: (extra) => zeros(runtime, [1], { ...extra }),
    Runtime: (extra) => new Runtime(device, { ...extra }),
  };

  it.each(Object.entries(calls))('%s takes what exists and refuses what does not', (_, call) => {
    expect(() => call({})).not.toThrow();
    expect(() => call({ xyzzy: 1 } as unknown as Extra)).toThrow(/there is no option 'xyzzy'/);
  });

  it("names PyTorch's dim where another library's name is given", () => {
    for (const name of ['axes', 'axis', 'dims']) {
      expect(() => sum(rows, { [name]: [0] })).toThrow(
        `sum: there is no option '${name}'; did you mean 'dim'?`,
      );
    }
  });

  const wrong: [string, (value: never) => unknown, unknown, RegExp][] = [
    [
      'stride 0',
      (v) => conv2d(image, filter, null, { stride: v }),
      0,
      /conv2d: stride must be a whole number above 0/,
    ],
    ['half a stride', (v) => conv2d(image, filter, null, { stride: v }), 1.5, /not 1\.5/],
    [
      'no number',
      (v) => conv2d(image, filter, null, { padding: v }),
      Number.NaN,
      /padding must be .*not NaN/,
    ],
    ['a negative padding', (v) => maxPool2d(image, { kernelSize: 2, padding: v }), -1, /padding must be/],
    ['a window of 2.5', (v) => avgPool2d(image, { kernelSize: v }), 2.5, /kernelSize must be/],
    ['a text', (v) => conv2d(image, filter, null, { padding: v }), 'full', /padding must be .*not 'full'/],
    ['a word of conv2d', (v) => convTranspose2d(image, filter, null, { padding: v }), 'same', /not 'same'/],
    ['three strides', (v) => conv2d(image, filter, null, { stride: v }), [1, 1, 1], /not \[1, 1, 1\]/],
    [
      'another reduction',
      (v) => mseLoss(rows, rows, { reduction: v }),
      'none',
      /'mean' or 'sum', not 'none'/,
    ],
    ['smoothing of 2', (v) => crossEntropy(rows, labels, { labelSmoothing: v }), 2, /from 0 to 1, not 2/],
    [
      'weights of the host',
      (v) => crossEntropy(rows, labels, { weight: v }),
      [1, 2],
      /weight must be a tensor/,
    ],
    [
      'a name of a dimension',
      (v) => sum(rows, { dim: v }),
      'rows',
      /dim must be a whole number, or a list of them/,
    ],
    [
      'half a dimension',
      (v) => sum(rows, { dim: v }),
      [0.5],
      /dim must be a whole number, or a list of them/,
    ],
    [
      'a dimension by place, as in PyTorch',
      (v) => mean(rows, v),
      1,
      /mean: options are given as an object.*not as 1/,
    ],
    [
      'another type',
      (v) => tensor(runtime, [1], [1], { dtype: v }),
      'float32',
      /dtype must be 'f32' or 'u32' or 'i32'/,
    ],
    ['a shape of 2.5', (v) => tensor(runtime, [1, 1, 1, 1, 1], v), [2.5, 2], /shape must be a list/],
    ['a shape by itself', (v) => tensor(runtime, [1], v), 1, /shape must be a list.*not 1/],
    ['numbers as texts', (v) => tensor(runtime, v, [2]), ['1', '2'], /value 0 is '1'; give numbers/],
    ['lists in a list', (v) => tensor(runtime, v, [2]), [[1], [2]], /value 0 is \[1\]/],
    ['-1 as u32', (v) => tensor(runtime, v, [1], { dtype: 'u32' }), [-1], /-1, which u32 cannot hold/],
    [
      'half as i32',
      (v) => tensor(runtime, v, [1], { dtype: 'i32' }),
      new Float32Array([0.5]),
      /0\.5, which i32/,
    ],
    ['no runtime', (v) => tensor(v, [1], [1]), [1], /runtime must be a runtime, from await openRuntime/],
    [
      'a list for a tensor',
      (v) => relu(v),
      [1, 2],
      /relu: expected a tensor, not \[1, 2\]; make one with tensor/,
    ],
    ['a number for a tensor', (v) => relu(v), 1, /expected a tensor, not 1/],
    ['two numbers', (v) => add(v, v), 1, /add: expected a tensor, not 1/],
    ['a promise for a tensor', (v) => sum(v), Promise.resolve(two), /expected a tensor, not a Promise/],
    ['a text for an operand', (v) => add(two, v), '1', /expected a tensor, not '1'/],
    ['a function for a tensor', (v) => argmax(v), () => two, /expected a tensor, not a function/],
    ['a dropout of 2', (v) => dropout(rows, v, source), 2, /p must be a number from 0 to 1, not 2/],
    ['a slope as text', (v) => leakyRelu(rows, v), '0.1', /slope must be a finite number/],
    ['an unknown comparison', (v) => compare(v, rows, 1), 'lte', /op must be 'eq' or .*not 'lte'/],
    ['zeros of one size', (v) => zeros(runtime, v), 3, /zeros: shape must be a list.*not 3/],
    ['full of a text', (v) => full(runtime, [1], v), '1', /value must be a number, not '1'/],
    ['full of one size', (v) => full(runtime, v, 1), 2, /full: shape must be a list/],
    ['an unknown type for cast', (v) => cast(rows, v), 'float', /dtype must be/],
    ['tensors one by one', (v) => concat(v), rows, /concat: tensors must be a list/],
    ['a new shape of halves', (v) => reshape(rows, v), [1.5, 4], /shape must be a list/],
  ];
  it.each(wrong)('%s is refused', (_, call, value, message) => {
    expect(() => call(value as never)).toThrow(message);
  });

  it('layers in place of tensors are told apart', () => {
    const layer = { forward: (x: Tensor) => x };
    expect(() => relu(layer as unknown as Tensor)).toThrow(/a module is called with forward\(x\)/);
    expect(() => imageTensor(runtime, [1], [1, 1, 1, 1])).not.toThrow();
  });
});

describe('options of devices', () => {
  it.each([
    [
      () => openRuntime({ divice: 'wasm' } as never),
      /openRuntime: there is no option 'divice'; did you mean 'device'/,
    ],
    [() => openRuntime({ device: 'cuda' as never }), /device must be 'auto' or 'webgpu' or .*, not 'cuda'/],
    [() => openRuntime({ threads: 1.5 }), /threads must be a whole number above 0, not 1\.5/],
    [() => openRuntime('wasm' as never), /options are given as an object/],
    [() => openDevice({ num_threads: 2 } as never), /openDevice: .*did you mean 'threads'/],
    [() => WasmDevice.open({ Debug: true } as never), /did you mean 'debug'/],
  ])('%s', async (call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});
