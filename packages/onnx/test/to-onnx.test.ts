import { BatchNorm2d, Conv2d, Dropout, Flatten, Init, Linear, Module, ReLU, Sequential } from '@glassbox/nn';
import {
  add,
  batchNorm,
  batchNormStep,
  chain,
  concat,
  conv2dStep,
  convTranspose2dStep,
  empty,
  flatten,
  full,
  launch,
  linearStep,
  maxPool2dStep,
  mul,
  openRuntime,
  type Runtime,
  relu,
  reluStep,
  slice,
  step,
  stepInput,
  type Tensor,
  tensor,
  variance,
  zeros,
} from '@glassbox/tensor-core';
import { axpy } from '@glassbox/wgsl-kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OnnxOptions, toOnnx } from '../src/index.ts';
import { encodeModel, mostBytes } from '../src/model.ts';
import { agrees, Computes, numbers } from './support/agrees.ts';
import { GroupNormNet, trained } from './support/nets.ts';
import { readModel } from './support/read.ts';

let runtime: Runtime;
let init: Init;
beforeAll(async () => {
  runtime = await openRuntime({ device: 'wasm' });
  init = new Init(runtime, 1);
});
afterAll(() => runtime.destroy());

const small = () =>
  new Sequential(
    new Conv2d(init, 1, 4, { kernelSize: 3, padding: 1 }),
    new BatchNorm2d(init, 4),
    new ReLU(),
    new Flatten(),
    new Dropout(init),
    new Linear(init, 64, 2),
  );
const exported = (compute: (x: Tensor) => Tensor, inputShape: readonly number[] = [4]) =>
  toOnnx(new Computes(compute), { runtime, inputShape });

describe('the file', () => {
  it('has the names of PyTorch, a free batch, and a node for each layer', async () => {
    const model = readModel(await toOnnx(small(), { inputShape: [1, 4, 4] }));
    expect(model).toMatchObject({
      irVersion: 8,
      producer: 'glassbox',
      opset: 17,
      name: 'Sequential',
      metadata: {},
    });
    expect(model.input).toEqual({ name: 'input', shape: ['N', 1, 4, 4] });
    expect(model.output).toEqual({ name: 'output', shape: ['N', 2] });
    const nodes = model.nodes.map(({ op, outputs }) => `${op} ${outputs}`);
    expect(nodes).toEqual([
      'Conv 0/Conv',
      'BatchNormalization 1/BatchNormalization',
      'Relu 2/Relu',
      'Reshape 3/Reshape',
      'Gemm output',
    ]);
    const weights = ['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var'];
    expect([...model.initializers.keys()]).toEqual([...weights, '5.weight', '5.bias', '.i64 [-1,64]']);
    expect(model.initializers.get('5.weight')).toBe(4 * 128);
  });

  it('names a node by the module that computes it', async () => {
    class Outer extends Module {
      readonly #inner = this.child('inner', new Sequential(new ReLU()));
      forward(x: Tensor): Tensor {
        return mul(relu(this.#inner.forward(x).neg()), 2);
      }
    }
    const { nodes } = readModel(await toOnnx(new Outer(), { runtime, inputShape: [4] }));
    expect(nodes.flatMap(({ outputs }) => outputs)).toEqual(['inner.0/Relu', 'Neg', 'Relu', 'output']);
  });

  it('says what it is told to say', async () => {
    const normalization = { mean: [0.5], std: 0.25 };
    const options = {
      inputShape: [1, 4, 4],
      opset: 21,
      name: 'net',
      docString: 'two classes',
      normalization,
    };
    const model = readModel(await toOnnx(small(), options));
    expect(model).toMatchObject({ irVersion: 10, opset: 21, name: 'net', docString: 'two classes' });
    expect(JSON.parse(model.metadata.normalization)).toEqual(normalization);
  });

  it('holds a shared parameter once, and one that is named like the ends', async () => {
    class Tied extends Module {
      readonly #first = this.child('first', new Linear(init, 4, 4));
      readonly #second = this.child('second', new Linear(init, 4, 4, { bias: false }));
      readonly #own = this.parameter('output', tensor(runtime, numbers(4), [4]));
      constructor() {
        super();
        Object.assign(this.#second, { weight: this.#first.weight });
      }
      forward(x: Tensor): Tensor {
        return this.#second.forward(this.#first.forward(x)).add(this.#own);
      }
    }
    const model = readModel(await agrees(new Tied(), { runtime, inputShape: [4] }));
    expect([...model.initializers.keys()]).toEqual(['first.weight', 'first.bias', 'output_2']);
    const twice = readModel(await toOnnx(new GroupNormNet(init), { inputShape: [3, 9, 9] }));
    expect([...twice.initializers.keys()].filter((name) => name === 'twice.weight')).toHaveLength(1);
  });

  it('keeps the names of parameters that sound like its own', async () => {
    const names = ['Relu', 'batch', 'constant_1', 'input', '[N, 1]'];
    const Odd = class extends Module {
      readonly #own = names.map((name) => this.parameter(name, tensor(runtime, numbers(1), [1])));
      forward(x: Tensor): Tensor {
        const y = relu(x).add(tensor(runtime, [2], [1]));
        return this.#own.reduce((sum, own) => sum.add(own.expand(x.shape[0], 1)), y);
      }
    };
    Object.defineProperty(Odd, 'name', { value: '' });
    const model = readModel(await agrees(new Odd(), { runtime, inputShape: [4] }));
    expect(model.name).toBe('net');
    const kept = names.map((name) => (name === 'input' ? 'input_2' : name));
    expect([...model.initializers.keys()].slice(0, 6)).toEqual(['constant_1_2', ...kept]);
    const made = model.nodes.flatMap(({ outputs }) => outputs);
    expect(new Set([...made, ...model.initializers.keys()]).size).toBe(made.length + model.initializers.size);
  });

  it('is of a net that gives its input, or a weight, as it is', async () => {
    await agrees(new Sequential(), { runtime, inputShape: [4] });
    const constant = tensor(runtime, [1, 2], [2]);
    await agrees(new Computes(() => constant), { runtime, inputShape: [4] });
  });

  it('keeps constants that are not finite: a mask of attention', async () => {
    const mask = tensor(runtime, [0, Number.NEGATIVE_INFINITY, 0, 0], [4]);
    await agrees(new Computes((x) => add(x, mask).softmax()), { runtime, inputShape: [4] });
  });
});

describe('the net', () => {
  it('stays as it was: modes, weights, running statistics, gradients, history', async () => {
    const net = small();
    net.namedChildren().get('4')!.eval();
    const before = { modes: net.modules().map(({ training }) => training), state: await net.stateDict() };
    net
      .forward(zeros(runtime, [2, 1, 4, 4]))
      .sum()
      .backward();
    const gradients = await Promise.all(net.parameters().map(({ grad }) => grad!.array()));
    before.state = await net.stateDict();
    await toOnnx(net, { inputShape: [1, 4, 4] });
    expect(net.modules().map(({ training }) => training)).toEqual(before.modes);
    expect(await net.stateDict()).toEqual(before.state);
    expect(await Promise.all(net.parameters().map(({ grad }) => grad!.array()))).toEqual(gradients);
    expect(net.forward(zeros(runtime, [2, 1, 4, 4])).requiresGrad).toBe(true);
    expect(Object.keys(net)).toEqual(Object.keys(small()));
  });

  it('is exported with the weights of the moment of the call', async () => {
    const net = small();
    const now = await toOnnx(net, { inputShape: [1, 4, 4] });
    const pending = toOnnx(net, { inputShape: [1, 4, 4] });
    net.parameters()[0].write(numbers(36));
    expect(await pending).toEqual(now);
    expect(await toOnnx(net, { inputShape: [1, 4, 4] })).not.toEqual(now);
  });

  it('may keep what it makes at its first call', async () => {
    let mask: Tensor | undefined;
    const net = new Computes((x) => {
      mask ??= runtime.keep(mul(tensor(runtime, [1, 0, 1, 0], [4]), 2));
      return mul(x, mask);
    });
    const model = readModel(await agrees(net, { runtime, inputShape: [4] }));
    expect(model.nodes.map(({ op }) => op)).toEqual(['Mul']);
  });

  it('leaves no memory behind', async () => {
    const net = small();
    await toOnnx(net, { inputShape: [1, 4, 4] });
    await runtime.collectGarbage();
    const before = runtime.device.memory.buffers;
    for (let round = 0; round < 3; round++) await toOnnx(net, { inputShape: [1, 4, 4] });
    await runtime.collectGarbage();
    expect(runtime.device.memory.buffers).toBeLessThanOrEqual(before);
  });
});

it('kernels that several ops share are taken apart again', async () => {
  const conv = [tensor(runtime, numbers(72), [8, 1, 3, 3]), null] as const;
  const { weight, bias, runningMean, runningVar } = trained(new BatchNorm2d(init, 8));
  const norm = { weight, bias, runningMean, runningVar, training: false };
  const rows = {
    weight: tensor(runtime, numbers(32), [2, 16]),
    up: tensor(runtime, numbers(72), [1, 8, 3, 3]),
  };
  const chains: Parameters<typeof chain>[1][] = [
    [step(conv2dStep, ...conv), step(reluStep)],
    [step(conv2dStep, ...conv), step(batchNormStep, norm)],
    [step(conv2dStep, ...conv), step(reluStep), step(batchNormStep, norm), step(reluStep)],
    [step(convTranspose2dStep, rows.up, null), step(reluStep)],
    [
      step(convTranspose2dStep, rows.up, null),
      step(batchNormStep, norm),
      step(reluStep),
      step(maxPool2dStep, { kernelSize: 2 }),
    ],
    [step(batchNormStep, { ...norm }), step(reluStep)],
  ];
  const models: string[] = [];
  for (const [index, steps] of chains.entries()) {
    const before = index === 5 ? (x: Tensor) => x.expand(-1, 8, -1, -1) : (x: Tensor) => x;
    const net = new Computes((x) => chain(before(x), steps));
    const { nodes } = readModel(await agrees(net, { runtime, inputShape: [1, 4, 4] }));
    models.push(nodes.map(({ op }) => op).join(' '));
  }
  expect(models).toEqual([
    'Conv Relu',
    'Conv BatchNormalization',
    'Conv Relu BatchNormalization Relu',
    'ConvTranspose Relu',
    'ConvTranspose BatchNormalization Relu MaxPool',
    'Expand BatchNormalization Relu',
  ]);
  const steps = [step(linearStep, rows.weight, null), step(reluStep)];
  const { nodes } = readModel(
    await agrees(new Computes((x) => chain(flatten(x), steps)), { runtime, inputShape: [1, 4, 4] }),
  );
  expect(nodes.map(({ op }) => op)).toEqual(['Reshape', 'Gemm', 'Relu']);
});

describe('what no graph can say is an error that names op and module', () => {
  const table: Readonly<Record<string, [compute: (x: Tensor) => Tensor, words: RegExp]>> = {
    "the batch's own statistics": [
      (x) => {
        const one = () => tensor(runtime, [1, 1, 1, 1], [4]);
        const statistics = { runningMean: one(), runningVar: one(), weight: one(), bias: one() };
        return batchNorm(x, { ...statistics, training: true });
      },
      /batchNormStatistics in the net itself cannot be written: .* give batchNorm `training: false`/,
    ],
    'numbers that the host computes anew': [
      (x) =>
        mul(
          x,
          stepInput(runtime, [], 'f32', () => [2]),
        ),
      /mulForward in the net itself reads a stepInput/,
    ],
    'all but the first example': [
      (x) => slice(x, 0, 1),
      /\(Slice\) uses numbers that depend on the batch size/,
    ],
    'one more than the batch': [
      (x) => concat([x, zeros(runtime, [1, 4])], 0),
      /the output has shape \[3,4\] for a batch of 2 and \[4,4\] for a batch of 3/,
    ],
    'another rank for each batch size': [
      (x) => x.reshape(x.shape[0] === 2 ? [2, 2, 2] : [3, 2, 2, 1]),
      /reshape in the net itself has shape \[2,2,2\] for a batch of 2 and \[3,2,2,1\] for a batch of 3/,
    ],
    'an unbiased variance over the batch': [
      (x) => variance(x, { dim: 0 }),
      /\(Mul\) uses numbers that depend on the batch size/,
    ],
    'another way for each batch size': [
      (x) => (x.shape[0] === 2 ? relu(x) : mul(x, x)),
      /does something else for a batch of 2 than for a batch of 3, from reluForward in the net itself on/,
    ],
    'a loop over examples': [
      (x) => Array.from(x.shape).reduce((y) => add(y, x), x.shape[0] === 2 ? x : relu(x)),
      /does something else/,
    ],
    'constants that change': [
      (x) => mul(x, tensor(runtime, [x.shape[0]], [1])),
      /'constant_1'\) has other values for another batch size/,
    ],
    'constants that say the batch size': [
      (x) => mul(x, full(runtime, x.shape, x.shape[0])),
      /'constant_1'\) has other values for another batch size/,
    ],
    'constants that differ by example': [
      (x) => add(x, tensor(runtime, numbers(4 * x.shape[0]), x.shape)),
      /'constant_1'\) has other values for another batch size/,
    ],
    'a kernel that is no part of an op': [
      (x) => {
        const y = empty(runtime, x.layout);
        launch(axpy, [x.layout.size, 2], { x, y });
        return y;
      },
      /axpy in the net itself cannot be written: it is a gradient, an optimiser or a kernel of your own/,
    ],
  };
  it.each(Object.entries(table))('%s', async (_, [compute, words]) => {
    await expect(exported(compute)).rejects.toThrow(words);
  });

  it('within a part', async () => {
    const inner = new Computes(relu);
    Object.assign(inner, {
      forward: (x: Tensor) =>
        mul(
          x,
          stepInput(runtime, [], 'f32', () => [2]),
        ),
    });
    const net = new Sequential(new ReLU(), new Sequential(inner));
    const failure = toOnnx(net, { runtime, inputShape: [4] });
    await expect(failure).rejects.toThrow("mulForward in '1.0' reads a stepInput");
  });

  it("weights that are no numbers, and the net's own errors", async () => {
    const net = small();
    const [weight] = net.parameters();
    weight.write(numbers(36).fill(Number.NaN, 7, 8));
    const failure = toOnnx(net, { inputShape: [1, 4, 4] });
    await expect(failure).rejects.toThrow('toOnnx: 0.weight[7] is NaN; the training went wrong');
    await expect(toOnnx(small(), { inputShape: [1, 1, 4, 4] })).rejects.toThrow(
      'Conv2d: expected input [N,1,H,W] but got [2,1,1,4,4]; ' +
        'inputShape is the shape of one input: [1,4,4], without the batch',
    );
    await expect(toOnnx(small(), { inputShape: [3, 4, 4] })).rejects.toThrow(
      'Conv2d: expected input [N,1,H,W] but got [2,3,4,4]',
    );
  });

  it('files that no protocol buffer can hold', () => {
    const data = new Float32Array(2 ** 20);
    const initializers = Array.from({ length: 513 }, (_, index) => ({
      name: `${index}`,
      type: 'f32' as const,
      shape: [data.length],
      data,
    }));
    const end = { name: 'x', type: 'f32' as const, shape: [1] };
    const graph = { name: 'large', nodes: [], initializers, input: end, output: end };
    expect(() => encodeModel(graph, { opset: 17, docString: '', metadata: {} })).toThrow(
      new RegExp(`an ONNX file can hold ${mostBytes}`),
    );
  });

  const wrong: [options: unknown, words: RegExp][] = [
    [undefined, /inputShape is missing/],
    [{}, /inputShape is missing/],
    [{ inputShape: [0, 4] }, /inputShape must be a list, each a whole number above 0/],
    [{ inputShape: [1.5] }, /inputShape/],
    [{ inputShape: [4], opset: 16 }, /opset must be a whole number from 17 to 23, not 16/],
    [{ inputShape: [4], dynamic_axes: {} }, /there is no option|not supported/],
    [{ inputShape: [4], normalization: { mean: 0 } }, /std is missing/],
    [{ inputShape: [4], normalization: { mean: 0, std: 0 } }, /std must be/],
  ];
  it.each(wrong)('options %j', async (options, words) => {
    await expect(toOnnx(small(), options as OnnxOptions)).rejects.toThrow(words);
  });

  it('no net, no output, and no device', async () => {
    await expect(toOnnx(relu as unknown as Module, { inputShape: [4] })).rejects.toThrow(
      /net must be a module/,
    );
    await expect(exported(() => 3 as unknown as Tensor)).rejects.toThrow('forward must return a tensor');
    await expect(toOnnx(new ReLU(), { inputShape: [4] })).rejects.toThrow(/give the option runtime/);
  });
});
