import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { differentiable, imageTensor, Runtime, type TensorOptions, tensor } from '../src/index.ts';
import { printed } from '../src/text.ts';
import { openTestDevices } from './support/devices.ts';

const devices = await openTestDevices();
const { device } = devices.find(({ name }) => name === 'wasm')!;
const runtime = new Runtime(device);
const of = (data: readonly number[], shape: readonly number[], options?: TensorOptions) =>
  tensor(runtime, data, shape, options);
const range = (length: number, value = (i: number) => i) => Array.from({ length }, (_, i) => value(i));

/** What PyTorch prints for the same values, apart from `shape: []` and the like at the end. */
const printedByPyTorch: [string, readonly number[], readonly number[], string][] = [
  ['a number', [Math.PI], [], 'tensor(3.1416)'],
  ['whole numbers', range(6), [2, 3], 'tensor([[0., 1., 2.],\n        [3., 4., 5.]])'],
  ['zeros', [0, 0], [2], 'tensor([0., 0.])'],
  ['aligned numbers', [1.5, -2, 1000], [3], 'tensor([   1.5000,   -2.0000, 1000.0000])'],
  ['a wide range', [0.1, 2000], [2], 'tensor([1.0000e-01, 2.0000e+03])'],
  ['small numbers', [1e-5, 0.5], [2], 'tensor([1.0000e-05, 5.0000e-01])'],
  ['powers of three digits', [1e-20, 1], [2], 'tensor([1.0000e-20, 1.0000e+00])'],
  ['ties, to the even digit', [0.03125, 0.09375], [2], 'tensor([0.0312, 0.0938])'],
  [
    'three dimensions',
    range(8, () => 1),
    [2, 2, 2],
    'tensor([[[1., 1.],\n         [1., 1.]],\n\n        [[1., 1.],\n         [1., 1.]]])',
  ],
  ['a long vector', range(1001, () => 0), [1001], 'tensor([0., 0., 0.,  ..., 0., 0., 0.])'],
  [
    'a long line',
    range(2000),
    [2000],
    'tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 1.9970e+03, 1.9980e+03,\n        1.9990e+03])',
  ],
  [
    'a large matrix',
    range(10_000, (i) => (Math.floor(i / 100) === 50 ? 1e6 : (i % 10) / 4)),
    [100, 100],
    `tensor([${[0, 1, 2].map(() => '[0.0000, 0.2500, 0.5000,  ..., 1.7500, 2.0000, 2.2500]').join(',\n        ')},
        ...,
        ${[0, 1, 2].map(() => '[0.0000, 0.2500, 0.5000,  ..., 1.7500, 2.0000, 2.2500]').join(',\n        ')}])`,
  ],
];

describe('toText', () => {
  it.each(printedByPyTorch)('%s', async (_, data, shape, text) => {
    const x = of(data, shape);
    expect(await x.toText()).toBe(text);
    const other = shape.length > 1 ? x.transpose().transpose() : x.add(0);
    expect(await other.toText()).toBe(text);
  });

  it('says what is not plain: type, gradient, nothing inside', async () => {
    expect(await of([1, 20], [2], { dtype: 'u32' }).toText()).toBe('tensor([ 1, 20], dtype: u32)');
    expect(await of([-1], [1], { dtype: 'i32' }).toText()).toBe('tensor([-1], dtype: i32)');
    const x = of([1, 2], [2]).requiresGrad_();
    expect(await x.toText()).toBe('tensor([1., 2.], requiresGrad: true)');
    expect(await x.mul(2).toText()).toBe('tensor([2., 4.], from: mul)');
    expect(await of([], [0, 3]).toText()).toBe('tensor([], shape: [0,3])');
    expect(await of([1, Number.NaN, -1 / 0], [3]).toText()).toBe('tensor([  1.,  nan, -inf])');
  });

  it('print writes it', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await of([1], [1]).print();
    expect(log.mock.calls).toEqual([['tensor([1.])']]);
    log.mockRestore();
  });
});

describe('consoles', () => {
  it('show type, shape and device, and values only while they are on the host', async () => {
    const x = of([1, 2, 3, 4], [2, 2]);
    expect(inspect(x)).toBe('Tensor [2,2] f32 on wasm\ntensor([[1., 2.],\n        [3., 4.]])');
    await x.item().catch(() => {});
    await x.array();
    expect(inspect(x)).toBe('Tensor [2,2] f32 on wasm');
    expect(String(x.requiresGrad_())).toBe('Tensor [2,2] f32 on wasm, requiresGrad');
    expect(inspect({ x: x.relu() })).toBe('{ x: Tensor [2,2] f32 on wasm, from relu }');
    const ask = x as unknown as Record<symbol, () => string>;
    expect(ask[Symbol.for('Deno.customInspect')]()).toBe(printed(x));
  });

  it('say that memory was freed', () => {
    let lost = of([1], [1]);
    runtime.step(() => {
      lost = lost.relu();
    });
    expect(inspect(lost)).toBe('Tensor [1] f32 on wasm, its memory was freed');
  });
});

describe('notebooks', () => {
  const display = (x: object): Promise<Record<string, string>> =>
    (x as Record<symbol, () => Promise<Record<string, string>>>)[Symbol.for('Jupyter.display')]();

  it('show matrices as tables', async () => {
    expect(await display(of([1, 2.5, -3, 4], [2, 2]))).toEqual({
      'text/plain': 'Tensor [2,2] f32 on wasm\ntensor([[ 1.0000,  2.5000],\n        [-3.0000,  4.0000]])',
      'text/html':
        '<table><caption>Tensor [2,2] f32 on wasm</caption><tr><th></th><th>0</th><th>1</th></tr>' +
        '<tr><td><b>0</b></td><td>1.0000</td><td>2.5000</td></tr>' +
        '<tr><td><b>1</b></td><td>-3.0000</td><td>4.0000</td></tr></table>',
    });
  });

  it('show every other shape, too', async () => {
    const rows = async (x: object) => (await display(x))['text/html'].match(/<tr>.*?<\/tr>/g);
    expect(await rows(of([7], []))).toEqual(['<tr><td></td><td>7.</td></tr>']);
    expect(await rows(of([7, Number.NaN], [2]))).toEqual([
      '<tr><th></th><th>0</th><th>1</th></tr>',
      '<tr><td></td><td>7.</td><td>nan</td></tr>',
    ]);
    expect(await rows(of([1, 2, 3, 4], [2, 2, 1], { dtype: 'u32' }))).toEqual([
      '<tr><th></th><th>0</th></tr>',
      ...['0, 0', '0, 1', '1, 0', '1, 1'].map((at, i) => `<tr><td><b>${at}</b></td><td>${i + 1}</td></tr>`),
    ]);
    expect(await rows(of([], [0, 2]))).toEqual(['<tr><th></th><th>0</th><th>1</th></tr>']);
  });

  it('leave out the middle of large ones', async () => {
    const { 'text/html': html } = await display(of(range(2000), [2, 1000]));
    expect(html.match(/<tr>/g)).toHaveLength(3);
    expect(html.match(/<td>…<\/td>/g)).toHaveLength(2);
    expect(html).toContain('<th>997</th>');
    const { 'text/html': deep } = await display(of(range(2000), [20, 50, 2]));
    expect(deep).toContain('<b>19, 49</b></td><td>1.9980e+03</td><td>1.9990e+03</td>');
    expect(deep.match(/<tr>/g)).toHaveLength(1 + 7 * 6 + 1);
  });

  it('show markup as what it is', async () => {
    const x = differentiable('<b>&"', of([1], [1]), [of([1], [1]).requiresGrad_()], () => [null]);
    const { 'text/html': html } = await display(x);
    expect(html).toContain('<caption>Tensor [1] f32 on wasm, from &lt;b&gt;&amp;&quot;</caption>');
  });

  it('say that memory was freed', async () => {
    let lost = of([1], [1]);
    runtime.step(() => {
      lost = lost.relu();
    });
    expect(await display(lost)).toEqual({ 'text/plain': 'Tensor [1] f32 on wasm, its memory was freed' });
    await expect(lost.toText()).rejects.toThrow(/belongs to a step that has ended/);
  });
});

describe.each(devices)('a large tensor on $name', ({ device }) => {
  const runtime = new Runtime(device);
  it.each([[[300, 40]], [[2000]], [[40, 8, 9, 10]]])('%j: only its corners are read', async (shape) => {
    const values = range(
      shape.reduce((product, length) => product * length, 1),
      (i) => Math.sin(i),
    );
    const onHost = shape.length === 4 ? imageTensor(runtime, values, shape) : tensor(runtime, values, shape);
    // Picked from the host's memory, one by one.
    const [, expected] = printed(onHost).split(`f32 on ${runtime.device.info.kind}\n`);
    const read = vi.spyOn(runtime, 'read');
    expect(await onHost.toText()).toBe(expected);
    const bytes = await Promise.all(read.mock.results.map(({ value }) => value));
    read.mockRestore();
    expect(bytes.map(({ byteLength }) => byteLength)).toEqual([expect.toSatisfy((n: number) => n <= 8192)]);
  });
});
