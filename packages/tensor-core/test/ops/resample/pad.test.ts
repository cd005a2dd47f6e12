import { padTaps } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { pad } from '../../../src/ops/index.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { checkRecorded, checkSeparable, recorded } from './checks.ts';

describe.each(await openTestDevices())('pad on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded('pad'))('$title is PyTorch’s', (one) => checkRecorded(runtime, pad, one));

  it('value and gradient of images of any size', () =>
    checkSeparable(runtime, 'pad', {
      op: (x) => pad(x, [1, 2, 3, 0], { mode: 'replicate' }),
      height: (from) => padTaps(from, [3, 0], 'replicate'),
      width: (from) => padTaps(from, [1, 2], 'replicate'),
    }));

  it('says what does not fit', () => {
    const x = zeros(runtime, [1, 2, 3, 4]);
    expect(() => pad(x, [1])).toThrow(/two numbers for each of the last dimensions/);
    expect(() => pad(x, [4, 0], { mode: 'reflect' })).toThrow(/does not fit dimension 3 .* it takes 0 to 3/);
    expect(() => pad(x, [0, -4])).toThrow(/of which nothing would remain/);
    expect(() => pad(x, [1, 1], { mode: 'reflect', value: 2 })).toThrow(/value is for mode 'constant'/);
  });
});
