import { linearTaps, nearestTaps } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { interpolate, reshape } from '../../../src/ops/index.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { checkRecorded, checkSeparable, recorded } from './checks.ts';

describe.each(await openTestDevices())('interpolate on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded('interpolate'))('$title is PyTorch’s', (one) => checkRecorded(runtime, interpolate, one));

  it('takes the nearest pixel: value and gradient of images of any size', () =>
    checkSeparable(runtime, 'interpolate', {
      op: (x) => interpolate(x, { size: [5, 3] }),
      height: (from) => nearestTaps(from, { to: 5 }),
      width: (from) => nearestTaps(from, { to: 3 }),
    }));

  it('goes between pixels: value and gradient of images of any size', () =>
    checkSeparable(runtime, 'interpolate', {
      op: (x) => interpolate(x, { scaleFactor: 2, mode: 'bilinear' }),
      height: (from) => linearTaps(from, { to: 2 * from }, false),
      width: (from) => linearTaps(from, { to: 2 * from }, false),
    }));

  it('says what does not fit', () => {
    const x = zeros(runtime, [1, 2, 3, 4]);
    expect(() => interpolate(x, {})).toThrow(/either size or scaleFactor/);
    expect(() => interpolate(x, { size: 2, alignCorners: true })).toThrow(
      /alignCorners is for mode 'bilinear'/,
    );
    expect(() => interpolate(x, { scaleFactor: 0.1 })).toThrow(/leaves nothing of \[1,2,3,4\]/);
    expect(() => interpolate(reshape(x, [6, 4]), { size: 2 })).toThrow(/expected images \[N,C,H,W\]/);
  });
});
