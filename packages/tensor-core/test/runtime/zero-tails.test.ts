import {
  elementCount,
  filterLayout,
  imageLayout,
  type Layout,
  orderedLayout,
  rowMajor,
  zeroTailWords,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import { Runtime } from '../../src/index.ts';
import { add, avgPool2d, conv2d, convTranspose2d, mul, relu, sum } from '../../src/ops/index.ts';
import { ParameterArena } from '../../src/parameter-arena.ts';
import { Arena } from '../../src/runtime/arena.ts';
import { Storage } from '../../src/runtime/storage.ts';
import { imageTensor, Tensor, tensor, zeros } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { random } from '../support/random.ts';
import { runs } from '../support/runs.ts';

const devices = await openTestDevices();

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Convolutions and transposed ones of every kind, small: each shape is a new kernel. */
const cases = fc
  .record({
    transposed: fc.boolean(),
    batch: fc.integer({ min: 1, max: 2 }),
    inChannels: fc.constantFrom(1, 3, 4, 5),
    outChannels: fc.constantFrom(1, 2, 4, 5),
    size: pair(1, 8),
    kernel: pair(1, 3),
    stride: pair(1, 2),
    padding: pair(0, 2),
    seed: fc.integer(),
  })
  .filter(({ transposed, size, kernel, stride, padding }) =>
    [0, 1].every((d) =>
      transposed
        ? (size[d] - 1) * stride[d] - 2 * padding[d] + kernel[d] >= 1
        : size[d] + 2 * padding[d] >= kernel[d],
    ),
  );

describe.each(devices)('what follows an image is 0 on $name', ({ device }) => {
  // Checks of each operand where kernels compile fast; the bits are compared everywhere.
  const runtime = new Runtime(device, { debug: device.info.kind === 'wasm' });
  const draw = (layout: Layout, next: () => number) =>
    tensor(runtime, Float32Array.from({ length: elementCount(layout.shape) }, next), layout.shape, {
      layout,
    }).requiresGrad_();
  const hundreds = () => tensor(runtime, new Float32Array(64).fill(100), [64]).requiresGrad_();
  const bits = (...list: (Tensor | null)[]) => Promise.all(list.map(async (t) => [...(await t!.array())]));

  it('where an optimiser owns the image: 8x8 ones, 3x3 ones, padding 1', async () => {
    const image = imageTensor(runtime, new Float32Array(64).fill(1), [1, 1, 8, 8]).requiresGrad_();
    new ParameterArena(runtime, [image, hundreds()]);
    const filter = tensor(runtime, new Float32Array(9).fill(1), [1, 1, 3, 3]);
    expect((await conv2d(image, filter, null, { padding: 1 }).array())[0]).toBe(4);
  });

  it('wherever tensors lie: in arenas between others, as gradients in arenas, in memory of their own', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ transposed, batch, inChannels, outChannels, seed, ...spec }) => {
        const { kernel, stride, padding } = spec;
        const filters = transposed
          ? [inChannels, outChannels, ...kernel]
          : [outChannels, inChannels, ...kernel];
        const op = transposed ? convTranspose2d : conv2d;
        const apply = (x: Tensor, w: Tensor) => op(x, w, null, { stride, padding });
        const run = async (inArenas: boolean) => {
          const next = random(seed);
          const x = draw(imageLayout([batch, inChannels, ...spec.size]), next);
          const w = draw(filterLayout(filters), next);
          const shape = apply(x, w).shape;
          const dy = draw(imageLayout(shape), next);
          const neighbours = [0, 1, 2].map(hundreds);
          if (inArenas) {
            new ParameterArena(runtime, [neighbours[0], x, neighbours[1], w, dy, neighbours[2]]);
            // Gradients that are there already, around the places of those to come.
            runtime.step(() => backward(sum(mul(hundreds(), neighbours[0]))));
            runtime.step(() => backward(sum(mul(hundreds(), neighbours[1]))));
          }
          const y = runtime.step(() => {
            const result = apply(x, w);
            backward(result, dy);
            return result;
          });
          // The image's gradient as an image, in the arena if the image is in one; its own gradients too.
          const again = runtime.step(() => {
            const kept = w.grad;
            w.grad = null;
            const result = apply(x.grad!.detach(), w);
            backward(result, dy);
            const own = w.grad!;
            w.grad = kept;
            return [result, own];
          });
          return bits(y, x.grad, ...again);
        };
        expect(await run(true)).toEqual(await run(false));
      }),
      runs(device, 30),
    );
  });

  it('under pooling, a second optimiser, and gradients that leaves share', async () => {
    const shape = [2, 5, 4, 4];
    const run = async (inArenas: boolean, recorded = false) => {
      const next = random(3);
      const [a, b] = [0, 1].map(() => draw(imageLayout(shape), next));
      const w = draw(filterLayout([5, 5, 3, 3]), next);
      if (inArenas) {
        new ParameterArena(runtime, [a, hundreds(), b]);
        new ParameterArena(runtime, [b, hundreds(), w]);
      }
      const step = () => {
        for (const leaf of [a, b, w]) leaf.grad = null;
        const both = relu(add(a, b));
        backward(sum(avgPool2d(conv2d(both, w, null, { padding: 1 }), { kernelSize: 2, padding: 1 })));
      };
      if (recorded) runtime.record(step).replay();
      else runtime.step(step);
      return bits(a.grad, b.grad, w.grad);
    };
    const expected = await run(false);
    expect(await run(true)).toEqual(expected);
    expect(await run(true, true)).toEqual(expected);
  });

  it('arenas reserve it, and keep the places of tensors that have none', () => {
    const layouts = [
      rowMajor([64]),
      imageLayout([1, 1, 8, 8]),
      imageLayout([1, 5, 3, 3]),
      filterLayout([4, 4, 3, 3]),
    ];
    const arena = new Arena(runtime, layouts, 'test');
    expect(layouts.map((_, member) => arena.blockOf(member))).toEqual([0, 1, 3, 5]);
    for (const [member, layout] of layouts.entries()) {
      expect(arena.slot(member)).toMatchObject({ words: layout.size, tailWords: zeroTailWords(layout) });
    }
  });

  it('a tensor refuses memory without', () => {
    const layout = imageLayout([1, 1, 8, 8]);
    expect(() => new Tensor(runtime, layout, 'f32', new Storage(64))).toThrow(
      /Tensor: \[1,1,8,8\] takes 64 words and 4 zeros after them, but the storage has 64 and 0/,
    );
    expect(() => new Tensor(runtime, rowMajor([9]), 'f32', new Storage(4))).toThrow(/takes 12 words/);
    // Part of a larger image has its neighbours after it, not zeros.
    const larger = new Storage(imageLayout([2, 1, 8, 8]));
    expect(() => new Tensor(runtime, layout, 'f32', larger)).toThrow(/the storage has 128 and 4/);
  });

  it('bytes of a data set end in zeros, whatever the memory held before', async () => {
    const words = new Runtime(device);
    const first = words.allocate(rowMajor([4]));
    words.upload(first, new Uint8Array(16).fill(9));
    words.release(first);
    const second = words.allocate(rowMajor([1]));
    words.upload(second, Uint8Array.of(1, 2, 3));
    expect([...new Uint8Array(await words.read(second))]).toEqual([1, 2, 3, ...new Array(13).fill(0)]);
  });
});

describe.each(devices)('debug: true on $name', ({ device }) => {
  const runtime = new Runtime(device, { debug: true });
  const filter = () => tensor(runtime, new Float32Array(9).fill(1), [1, 1, 3, 3]);
  /** Puts a word into a tensor's memory, as a kernel with a mistake would. */
  const plant = async (x: Tensor, word: number, value = 7) => {
    if (!x.storage.buffer) await x.array();
    device.write(x.storage.buffer!, x.storage.offset + 4 * word, Float32Array.of(value));
  };

  it('names kernel, operand and writer of a tail that is not 0, once', async () => {
    const x = relu(imageTensor(runtime, new Float32Array(64).fill(1), [1, 1, 8, 8]));
    await plant(x, 65);
    const y = conv2d(x, filter(), null, { padding: 1 });
    await expect(y.array()).rejects.toThrow(
      /debug: x of conv2dForward, last written by relu.*, is not 0 at word 65, after its 64 words .*as f32 7/,
    );
    expect((await zeros(runtime, [3]).array())[0]).toBe(0);
    await plant(x, 65, 0);
    expect((await conv2d(x, filter(), null, { padding: 1 }).array())[0]).toBe(4);
  });

  it('finds padding that is not 0, in any layout', async () => {
    const layouts = [
      rowMajor([2, 3]),
      rowMajor([5]),
      imageLayout([2, 5, 2, 3]),
      filterLayout([5, 6, 1, 2]),
      orderedLayout([3, 2, 5], [2, 1, 0]),
    ];
    for (const layout of layouts) {
      const { size, shape, strides } = layout;
      const used = new Set<number>();
      for (let at = 0; at < elementCount(shape); at++) {
        let rest = at;
        let offset = 0;
        for (let d = shape.length - 1; d >= 0; d--) {
          offset += (rest % shape[d]) * strides[d];
          rest = Math.floor(rest / shape[d]);
        }
        used.add(offset);
      }
      for (const word of [0, Math.floor(size / 2), size - 1]) {
        const x = tensor(runtime, new Float32Array(elementCount(shape)).fill(1), shape, { layout });
        await plant(x, word);
        if (used.has(word)) await mul(x, 2).array();
        else
          await expect(mul(x, 2).array()).rejects.toThrow(
            new RegExp(`not 0 at word ${word}, in its padding`),
          );
      }
    }
  });

  it('in recordings, at the replay that read it', async () => {
    const x = imageTensor(runtime, new Float32Array(64).fill(1), [1, 1, 8, 8]);
    await x.array();
    const recording = runtime.record(() => conv2d(x, filter(), null, { padding: 1 }));
    expect((await recording.result.array())[0]).toBe(4);
    await plant(x, 66);
    recording.replay();
    await expect(recording.result.array()).rejects.toThrow(/not 0 at word 66/);
    await plant(x, 66, 0);
    recording.replay();
    expect((await recording.result.array())[0]).toBe(4);
    recording.dispose();
  });
});
