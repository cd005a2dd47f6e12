import {
  axpy,
  crossEntropy,
  type Kernel,
  linearKernel,
  type Machine,
  reads,
  readsWrites,
  reduce,
  relayout,
  reluOp,
  rowMajor,
  tanhOp,
  unaryForward,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../src/index.ts';
import { canonicalText } from '../../src/runtime/kernels.ts';
import { launch } from '../../src/runtime/launch.ts';
import { empty, tensor, zeros } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';

const devices = await openTestDevices();

/** y = x times a factor: a kernel of one's own. */
function scaled({ factor }: { readonly factor: number }, { workgroupSize }: Machine): Kernel {
  return linearKernel({
    name: 'scaled',
    about: 'y = factor x',
    bindings: [reads('x', 'array<f32>'), readsWrites('y', 'array<f32>')],
    invocations: 4,
    workgroupSize,
    body: `y[i] = x[i] * ${factor}f;`,
    flop: 4,
    bytes: 32,
  });
}

/** Another kernel whose factory has the same name. */
const other = {
  scaled: (spec: { readonly factor: number }, machine: Machine) => scaled({ factor: -spec.factor }, machine),
}.scaled;

describe.each(devices)('launch on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const x = tensor(runtime, [1, 2, 3, 4], [4]);

  it('tells factories of one name and all arguments apart', async () => {
    const results = await Promise.all(
      [
        [scaled, 2],
        [scaled, 3],
        [other, 2],
        [scaled, 2],
      ].map(([factory, factor]) => {
        const y = empty(runtime, x.layout);
        launch(factory as typeof scaled, [{ factor: factor as number }], { x, y });
        return y.array();
      }),
    );
    expect(results.map((y) => y[3])).toEqual([8, 12, -8, 8]);
  });

  it('builds a kernel once', () => {
    const kernels = [0, 1].map(() => runtime.kernels.get(unaryForward, [reluOp, rowMajor([2, 3])]));
    expect(kernels[0]).toBe(kernels[1]);
    expect(runtime.kernels.get(unaryForward, [tanhOp, rowMajor([2, 3])])).not.toBe(kernels[0]);
    expect(runtime.kernels.get(unaryForward, [reluOp, rowMajor([3, 2])])).not.toBe(kernels[0]);
  });

  it('binds operands by name, whatever their order, and leaves out what there is none of', async () => {
    const y = empty(runtime, x.layout);
    launch(scaled, [{ factor: 5 }], { bias: null, y, weight: undefined, x });
    expect([...(await y.array())]).toEqual([5, 10, 15, 20]);
  });

  it('runs plans, whose scratch memory and note of faults it brings itself', async () => {
    const logits = tensor(runtime, [0, 0], [1, 2]);
    const spec = { logits: logits.layout, reduction: 'mean', weighted: true, labelSmoothing: 0 } as const;
    const [loss, losses, dlogits] = [rowMajor([]), rowMajor([1]), logits.layout].map((l) =>
      empty(runtime, l),
    );
    const labels = tensor(runtime, [1], [1], { dtype: 'u32' });
    const weight = tensor(runtime, [1, 2], [2]);
    launch(crossEntropy, [spec], { logits, labels, weight, loss, losses, dlogits });
    expect(await loss.item()).toBeCloseTo(Math.log(2));
    expect([...(await dlogits.array())].map((d) => Math.round(d * 1e6) / 1e6)).toEqual([0.5, -0.5]);
  });

  it('names kernel and binding where an operand is missing or is none of the kernel’s', () => {
    const y = empty(runtime, x.layout);
    expect(() => launch(scaled, [{ factor: 2 }], { x })).toThrow(
      new TypeError("scaled: its operands are x, y; 'y' is missing"),
    );
    expect(() => launch(scaled, [{ factor: 2 }], { x, y, bias: x })).toThrow(
      new TypeError("scaled: its operands are x, y; 'bias' is none of them"),
    );
    expect(() => launch(axpy, [4, 1], { into: y, x })).toThrow("axpy: its operands are x, y; 'y' is missing");
    const sum = () =>
      launch(reduce, ['sum', x.layout, [0], rowMajor([])], { x, y: zeros(runtime, []), partials: y });
    expect(sum).toThrow("'partials' is none of them");
  });

  it('refuses operands of two runtimes, and none that says which', () => {
    const elsewhere = zeros(new Runtime(device), [4]);
    expect(() => launch(scaled, [{ factor: 2 }], { x, y: elsewhere })).toThrow(
      "scaled: 'y' is on another device",
    );
    const { storage } = x;
    const words = rowMajor([4]);
    expect(() => launch(relayout, [words, words, undefined], { x: storage, y: storage })).toThrow(
      'launch: no operand is a tensor',
    );
  });
});

describe('the text of arguments', () => {
  const numbers = fc.constantFrom(0, -0, 1, -1, 0.1, Number.NaN, Infinity, -Infinity, 1e300, 5e-324);
  const strings = fc.oneof(fc.string(), fc.constantFrom('1', 'null', 'undefined', 'a,b', '"', '1"a', '[1,]'));
  const plain = fc.letrec<{ all: unknown }>((tie) => ({
    all: fc.oneof(
      { depthSize: 'small' },
      numbers,
      strings,
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.array(tie('all'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '', 'strides', 'extents', 'a:1,1"b', 'a":1,b'), tie('all'), {
        noNullPrototype: true,
      }),
    ),
  })).all;

  /** What two values are, with nothing lost. */
  const written = (value: unknown): string => {
    if (Array.isArray(value)) return `array of ${value.length}: ${JSON.stringify(value.map(written))}`;
    if (typeof value === 'object' && value !== null) return `object: ${written(Object.entries(value))}`;
    return `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`;
  };

  it('is the same for the same arguments only', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(plain, (value) => {
        const [text, truth] = [canonicalText([value]), written(value)];
        expect(canonicalText([structuredClone(value)])).toBe(text);
        expect(seen.get(text) ?? truth).toBe(truth);
        seen.set(text, truth);
      }),
      { numRuns: 2000 },
    );
  });

  it('holds the whole of a layout', () => {
    const layout = rowMajor([2, 3]);
    const others = [
      { ...layout, shape: [3, 2] },
      { ...layout, order: [1, 0] },
      { ...layout, extents: [2, 8] },
      { ...layout, strides: [8, 1] },
      { ...layout, size: 12 },
      { ...layout, more: 1 },
      { strides: layout.strides, extents: layout.extents, a: 1, b: 2, c: 3 },
      { strides: layout.strides, extents: layout.extents, a: 1, b: 2, c: 4 },
    ];
    const texts = [layout, ...others].map((one) => canonicalText([one]));
    expect(new Set(texts).size).toBe(texts.length);
    expect(canonicalText([{ ...layout }])).toBe(texts[0]);
  });

  it.each([
    { what: 'a function', value: () => 1 },
    { what: 'Map', value: new Map([[1, 2]]) },
    { what: 'Float32Array', value: new Float32Array(2) },
    { what: 'Date', value: new Date(0) },
    { what: 'a bigint', value: 1n },
  ])('is refused to $what, of which a text would forget something', ({ what, value }) => {
    expect(() => canonicalText([{ spec: value }])).toThrow(what);
  });
});
