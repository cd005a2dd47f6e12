import { gatherImagesOracle } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { gatherImages, storeImages, storeLabels } from '../../../src/ops/index.ts';
import { tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';

const devices = await openTestDevices();

const bytes = (count: number, seed: number) =>
  Uint8Array.from({ length: count }, (_, i) => (i * 37 + seed) & 255);

describe.each(devices)('data that are stored on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('take bytes from anywhere in a larger array, and as they are now', async () => {
    const all = bytes(100, 3);
    const part = all.subarray(7, 7 + 30);
    const kept = part.slice();
    const images = storeImages(runtime, part, [1, 3, 5]);
    all.fill(0);
    const chosen = tensor(runtime, [1, 0], [2], { dtype: 'u32' });
    const expected = gatherImagesOracle(kept, [1, 3, 5], [1, 0], 0.5, 0.5);
    expectClose(await gatherImages(images, chosen).array(), expected);
  });

  it('are put on the device before a step is recorded', () => {
    const inside = () => runtime.record(() => storeLabels(runtime, bytes(8, 1)).values);
    expect(inside).toThrow(/put data on the device before/);
  });

  it('refuse bytes that are no whole number of images or rows', () => {
    expect(() => storeImages(runtime, new Uint8Array(10), [1, 3, 3])).toThrow(/10 bytes.*\[1,3,3\]/);
    expect(() => storeLabels(runtime, new Uint8Array(5), 2)).toThrow(/5 bytes.*rows of 2/);
    expect(() => storeImages(runtime, new Uint16Array(10), [1, 3, 3])).toThrow(/10 16-bit numbers/);
    expect(() => storeImages(runtime, new Float64Array(9) as never, [1, 3, 3])).toThrow(
      /expected a Uint8Array, Uint16Array or Float32Array, got Float64Array/,
    );
  });
});
