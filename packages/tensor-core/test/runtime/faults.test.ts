import { imageLayout } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import { Runtime } from '../../src/index.ts';
import {
  add,
  cast,
  crossEntropy,
  gatherImages,
  gatherLabels,
  mul,
  storeImages,
  storeLabels,
  sum,
} from '../../src/ops/index.ts';
import { stepInput, type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { runs } from '../support/runs.ts';

const devices = await openTestDevices();

describe.each(devices)('numbers that kernels cannot index with, on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const u32 = (data: ArrayLike<number>) => tensor(runtime, data, [data.length], { dtype: 'u32' });
  /** Numbers that have left the host: kernels must notice. */
  const onDevice = async (data: ArrayLike<number>) => {
    const x = u32(data);
    await x.array();
    expect(x.storage.upload).toBeUndefined();
    return x;
  };
  /** Numbers that the host never knew. */
  const computed = (x: Tensor) => cast(cast(x, 'i32'), 'u32');
  const logitsOf = (rows: number, classes: number) =>
    tensor(
      runtime,
      Float32Array.from({ length: rows * classes }, (_, i) => (i % 7) / 7),
      [rows, classes],
    );
  const settled = async () => expect([...(await zeros(runtime, [2]).array())]).toEqual([0, 0]);

  it('crossEntropy: the error names the lowest row, its target and the outputs; the loss is NaN', async () => {
    const cases = fc
      .record({
        classes: fc.constantFrom(1, 2, 5),
        labels: fc.array(fc.nat(7), { minLength: 1, maxLength: 40 }),
      })
      .map(({ classes, labels }) => ({ classes, labels: Uint32Array.from(labels) }));
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async ({ classes, labels }, weighted) => {
        const weight = weighted ? tensor(runtime, new Float32Array(classes).fill(2), [classes]) : undefined;
        const bad = labels.findIndex((label) => label >= classes);
        const loss = () => {
          const logits = logitsOf(labels.length, classes).requiresGrad_();
          const value = crossEntropy(logits, computed(u32(labels)), { weight });
          backward(value);
          return value;
        };
        const value = runtime.step(loss);
        if (bad < 0) {
          expect(await value.item()).toBeGreaterThanOrEqual(0);
          return;
        }
        const range =
          classes === 1 ? 'is 1 output (class 0)' : `are ${classes} outputs (classes 0 to ${classes - 1})`;
        await expect(value.item()).rejects.toThrow(
          `crossEntropy: target ${labels[bad]} at row ${bad} of the batch is out of bounds: there ${range}`,
        );
        // Said once; what was computed is no number.
        expect(await value.item()).toBeNaN();
      }),
      runs(device, 40),
    );
    await settled();
  });

  it('what the host knows is refused at once, with the same words', async () => {
    const text = new RegExp(
      'crossEntropy: target 2 at row 1 of the batch is out of bounds: there are 2 outputs ' +
        String.raw`\(classes 0 to 1\); give the model an output for each class, or number the classes from 0`,
    );
    expect(() => crossEntropy(logitsOf(3, 2), u32([1, 2, 9]))).toThrow(text);
    await expect(crossEntropy(logitsOf(3, 2), await onDevice([1, 2, 9])).item()).rejects.toThrow(text);
    await expect(crossEntropy(logitsOf(2, 2), await onDevice([1, 2 ** 32 - 100])).item()).rejects.toThrow(
      /target -100 at row 1/,
    );
    await settled();
  });

  it('everybody who waits for the same work hears of it, and nobody later', async () => {
    const loss = crossEntropy(logitsOf(2, 2), await onDevice([0, 7]));
    const waiting = [loss.item(), zeros(runtime, [1]).item(), loss.array()];
    for (const read of await Promise.allSettled(waiting)) expect(read.status).toBe('rejected');
    await settled();
    await expect(crossEntropy(logitsOf(2, 2), await onDevice([5, 7])).item()).rejects.toThrow(
      /target 5 at row 0/,
    );
    expect(await crossEntropy(logitsOf(2, 2), await onDevice([0, 1])).item()).toBeGreaterThan(0);
  });

  it('a step that fails on the way leaves nothing behind', async () => {
    const labels = await onDevice([3]);
    const fail = () =>
      runtime.step(() => {
        crossEntropy(logitsOf(1, 2), labels);
        throw new Error('stop');
      });
    expect(fail).toThrow('stop');
    await settled();
    await expect(crossEntropy(logitsOf(1, 2), labels).item()).rejects.toThrow(/target 3/);
  });

  it('in recordings, whose targets and rows change at each replay', async () => {
    const images = storeImages(
      runtime,
      Uint8Array.from({ length: 12 }, (_, i) => i),
      [1, 2, 2],
    );
    const labels = storeLabels(runtime, Uint8Array.of(0, 1, 2));
    let rows = [0, 1];
    const step = () => {
      const own = stepInput(runtime, [2], 'u32', () => rows);
      const x = gatherImages(images, own);
      return add(crossEntropy(logitsOf(2, 2), gatherLabels(labels, own)), mul(sum(x), 0));
    };
    // A replay that is checked knows the rows on the host.
    const checked = runtime.record(step, { checkEvery: 1 });
    rows = [0, 3];
    expect(() => checked.replay()).toThrow(/gatherImages: row 3, number 1 of the batch, does not exist/);
    checked.dispose();
    rows = [0, 1];
    const recording = runtime.record(step, { checkEvery: Number.POSITIVE_INFINITY });
    const replay = (...next: number[]) => {
      rows = next;
      recording.replay();
      return recording.result.item();
    };
    expect(await recording.result.item()).toBeGreaterThan(0);
    await expect(replay(1, 2)).rejects.toThrow(/target 2 at row 1/);
    expect(await replay(1, 0)).toBeGreaterThan(0);
    await expect(replay(0, 3)).rejects.toThrow(
      /gatherImages: row 3, number 1 of the batch, does not exist: there are 3 images \(rows 0 to 2\)/,
    );
    expect(await replay(0, 0)).toBeGreaterThan(0);
    // Many replays, one read.
    for (const next of [
      [0, 1],
      [2, 0],
      [1, 1],
    ]) {
      rows = next;
      recording.replay();
    }
    await expect(recording.result.item()).rejects.toThrow(/target 2 at row 0/);
    recording.dispose();
    await settled();
  });

  it('gatherImages and gatherLabels: rows that do not exist, in every layout', async () => {
    for (const shape of [
      [1, 3, 5],
      [3, 2, 2],
      [5, 2, 3],
    ] as const) {
      const size = shape[0] * shape[1] * shape[2];
      const images = storeImages(runtime, new Uint8Array(2 * size).fill(200), shape);
      const text =
        /gatherImages: row 2, number 1 of the batch, does not exist: there are 2 images \(rows 0 to 1\)/;
      expect(() => gatherImages(images, u32([1, 2]))).toThrow(text);
      const batch = gatherImages(images, await onDevice([1, 2, 0]));
      await expect(batch.array()).rejects.toThrow(text);
      const values = await batch.array();
      expect([...values.subarray(size, 2 * size)].some(Number.isNaN)).toBe(true);
      expect([...values.subarray(0, size), ...values.subarray(2 * size)].every(Number.isFinite)).toBe(true);
      const words = new Float32Array(await runtime.read(batch.storage));
      expect(words.length).toBe(imageLayout([3, ...shape]).size);
    }
    for (const columns of [1, 5]) {
      const labels = storeLabels(runtime, new Uint8Array(2 * columns).fill(3), columns);
      expect(() => gatherLabels(labels, u32([9]))).toThrow(/gatherLabels: row 9, number 0/);
      for (const dtype of ['u32', 'f32'] as const) {
        const found = gatherLabels(labels, await onDevice([0, 1, 2, 1, 2 ** 32 - 1]), dtype);
        await expect(found.array()).rejects.toThrow(/gatherLabels: row 2, number 2 of the batch/);
        const missing = dtype === 'u32' ? 2 ** 32 - 1 : Number.NaN;
        const expected = [3, 3, missing, 3, missing].flatMap((value) => new Array(columns).fill(value));
        expect([...(await found.array())]).toEqual(expected);
      }
    }
    await settled();
  });

  it('rows and bytes of another type are refused, not taken for numbers', () => {
    const images = storeImages(runtime, new Uint8Array(4), [1, 2, 2]);
    expect(() => gatherImages(images, tensor(runtime, [0], [1]))).toThrow(
      /gatherImages: rows are u32 \[B\], not f32 \[1\]/,
    );
    expect(() => gatherImages(images, tensor(runtime, [0], [1, 1], { dtype: 'u32' }))).toThrow(
      /not u32 \[1,1\]/,
    );
    expect(() => storeLabels(runtime, Int32Array.of(1, 2) as never)).toThrow(
      /storeLabels: expected a Uint8Array, Uint32Array or Float32Array, got Int32Array/,
    );
    expect(() => storeImages(runtime, [1, 2, 3, 4] as never, [1, 2, 2])).toThrow(/got Array/);
  });

  it('integers that a type cannot hold are refused, not wrapped', () => {
    for (const [dtype, bad] of [
      ['u32', -1],
      ['u32', Number.NaN],
      ['u32', 1.5],
      ['u32', 2 ** 32],
      ['i32', 2 ** 31],
      ['i32', Number.POSITIVE_INFINITY],
    ] as const) {
      expect(() => tensor(runtime, [0, bad], [2], { dtype })).toThrow(
        `tensor: value 1 is ${bad}, which ${dtype} cannot hold`,
      );
    }
    expect(tensor(runtime, [-1, 5], [2], { dtype: 'i32' }).shape).toEqual([2]);
    const x = tensor(runtime, Uint8Array.of(1, 255), [2], { dtype: 'u32' });
    expect(() => x.write([0, -3])).toThrow(/value 1 is -3/);
  });
});
