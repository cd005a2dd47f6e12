import { mseLoss, reshape, tensor } from '@glassbox/tensor-core';
import { gatherImagesOracle } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import {
  binaryCrossEntropyLoss,
  crossEntropyLoss,
  type ExamplesInput,
  evaluate,
  examples,
  Flatten,
  gatherBatch,
  Init,
  Linear,
  type Loss,
  Sequential,
} from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

describe.each(runtimes)('examples on $name', ({ runtime }) => {
  const shape = [3, 2, 2] as const;
  const bytes = Uint8Array.from({ length: 48 }, (_, i) => (i * 37) % 256);
  const batchOf = (input: ExamplesInput, rows = [3, 0, 2]) =>
    gatherBatch(examples(runtime, input), tensor(runtime, rows, [rows.length], { dtype: 'u32' }));
  const make = (more: object) => () => examples(runtime, { images: bytes, shape, ...more } as ExamplesInput);

  it('say their normalisation, and use it', async () => {
    const mean = [0.485, 0.456, 0.406];
    const std = [0.229, 0.224, 0.225];
    const data = examples(runtime, { images: bytes, shape, mean, std });
    mean[0] = 7;
    expect(data.normalization).toEqual({ mean: [0.485, 0.456, 0.406], std });
    expect(make({})().normalization).toEqual({ mean: 0.5, std: 0.5 });
    expect(examples(runtime, { images: new Float32Array(12), shape }).normalization).toEqual({
      mean: 0,
      std: 1,
    });
    const found = await batchOf({ images: bytes, shape, mean: [0.485, 0.456, 0.406], std }).images.array();
    const expected = gatherImagesOracle(bytes, shape, [3, 0, 2], [0.485, 0.456, 0.406], std);
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i], 5);
  });

  it('16 bits, floats and planes hold the same images', async () => {
    const planes = Uint8Array.from(bytes, (_, i) => {
      const [image, k, pixel] = [Math.floor(i / 12), Math.floor((i % 12) / 4), i % 4];
      return bytes[image * 12 + pixel * 3 + k];
    });
    const expected = await batchOf({ images: bytes, shape }).images.array();
    const same: ExamplesInput[] = [
      { images: planes, shape, layout: 'NCHW' },
      { images: new Uint8ClampedArray(bytes), shape },
      { images: Uint16Array.from(bytes, (x) => 257 * x), shape },
      { images: Float32Array.from(bytes, (x) => x / 255), shape, mean: 0.5, std: 0.5 },
      { images: Float32Array.from(planes, (x) => (x / 255 - 0.5) / 0.5), shape, layout: 'NCHW' },
    ];
    for (const input of same) {
      const found = await batchOf(input).images.array();
      for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i], 6);
    }
  });

  it('class numbers above 255, findings and targets', async () => {
    for (const type of [Int32Array, Uint32Array]) {
      const { labels } = batchOf({ images: bytes, shape, labels: type.of(0, 300, 70000, 5) });
      expect([labels!.dtype, ...(await labels!.array())]).toEqual(['u32', 5, 0, 70000]);
    }
    const targets = Float32Array.of(0.5, -1.25, 3, 4, 5, 6, -7, 0.125);
    const { labels } = batchOf({ images: bytes, shape, labels: targets, labelColumns: 2 });
    expect([labels!.dtype, labels!.shape]).toEqual(['f32', [3, 2]]);
    expect([...(await labels!.array())]).toEqual([-7, 0.125, 0.5, -1.25, 5, 6]);
    const ages = batchOf({ images: bytes, shape, labels: Int32Array.of(-3, 70, 30, 41), labelType: 'f32' });
    expect([...(await ages.labels!.array())]).toEqual([41, -3, 30]);
  });

  it('a regression, and soft findings', async () => {
    const net = new Sequential(new Flatten(), new Linear(new Init(runtime, 1), 12, 1));
    const labels = Float32Array.of(0.25, 0, 1, 0.5);
    const data = examples(runtime, { images: bytes, shape, labels });
    const squares: Loss = (output, batch) => mseLoss(reshape(output, [-1]), batch.labels!);
    const found = await evaluate(net, data, { loss: squares, batchSize: 3, outputs: true });
    const expected = [...found.outputs!.values].reduce((sum, y, i) => sum + (y - labels[i]) ** 2 / 4, 0);
    expect(found.loss).toBeCloseTo(expected, 5);
    expect(found.accuracy).toBeUndefined();
    const two = examples(runtime, { images: bytes, shape, labels, labelColumns: 1 });
    const soft: Loss = (output, batch) => binaryCrossEntropyLoss()(reshape(output, [-1]), batch);
    expect((await evaluate(net, two, { loss: soft })).loss).toBeGreaterThan(0);
    const high = examples(runtime, { images: bytes, shape, labels: Float32Array.of(0, 1, 1.5, 0) });
    await expect(evaluate(net, high, { loss: soft })).rejects.toThrow(
      'label 1.5 of image 2 is outside of 0 to 1; for other targets use another loss',
    );
    await expect(evaluate(net, high, { loss: crossEntropyLoss() })).rejects.toThrow(
      /u32 labels \[N,…\] .*, got/,
    );
  });

  it('refuse what is not finite, and say which image it is in', () => {
    const pixels = new Float32Array(48);
    pixels[2 * 12 + 7] = Number.NaN;
    expect(make({ images: pixels })).toThrow(
      'examples: image 2 holds NaN (channel 1, line 1, column 0); correct the value, or leave the image out',
    );
    expect(make({ images: pixels, layout: 'NCHW' })).toThrow(
      'image 2 holds NaN (channel 1, line 1, column 1)',
    );
    pixels[3] = -1 / 0;
    expect(make({ images: pixels })).toThrow(/image 0 holds -Infinity/);
    const labels = Float32Array.of(0, 1, 1 / 0, 2);
    expect(make({ labels })).toThrow(/label Infinity of image 2 is not finite/);
    expect(make({ images: bytes.subarray(0, 24), labels, labelColumns: 2 })).toThrow(
      /image 1, column 0, is not/,
    );
    expect(make({ labels: Int32Array.of(0, -1, 2, 3) })).toThrow(/label -1 of image 1 is no class number/);
  });

  it('refuse wrong lengths and kinds', () => {
    expect(make({ images: new Float64Array(48) })).toThrow(
      /images must be a Uint8Array, .* not a Float64Array/,
    );
    expect(make({ images: [...bytes] })).toThrow(/images must be/);
    expect(make({ images: bytes.subarray(1) })).toThrow(/47 bytes are no whole number of images/);
    expect(make({ labels: new Uint8Array(3) })).toThrow(/4 images but labels for 3/);
    expect(make({ labels: new Float32Array(4), labelType: 'u32' })).toThrow(/labels are floats/);
    expect(make({ layout: 'HWC' })).toThrow(/layout must be 'NHWC' or 'NCHW'/);
    expect(make({ mean: [0.5, 0.5] })).toThrow(/examples: mean has 2 numbers, but images have 3 channels/);
    expect(make({ std: 0 })).toThrow(/examples: std must be above 0/);
    expect(make({ mean: '0.5' })).toThrow(/examples: mean must be a finite number, or a list/);
  });
});
