import { placeTaps } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { flip, roll } from '../../../src/ops/index.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { checkRecorded, checkSeparable, recorded } from './checks.ts';

/** Position j of the result, from what it was. */
const places = (place: (j: number, from: number) => number) => (from: number) =>
  placeTaps(
    from,
    Array.from({ length: from }, (_, j) => place(j, from)),
  );
const turned = places((j, from) => from - 1 - j);
const moved = places((j, from) => (j + from - 1) % from);

describe.each(await openTestDevices())('flip and roll on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded('flip'))('$title is PyTorch’s', (one) => checkRecorded(runtime, flip, one));
  it.each(recorded('roll'))('$title is PyTorch’s', (one) => checkRecorded(runtime, roll, one));

  it('flip: value and gradient of images of any size', () =>
    checkSeparable(runtime, 'flip', { op: (x) => flip(x, [2, 3]), height: turned, width: turned }));

  it('roll: value and gradient of images of any size', () =>
    checkSeparable(runtime, 'roll', { op: (x) => roll(x, [1, 1], [2, 3]), height: moved, width: moved }));

  it('say what does not fit', () => {
    const x = zeros(runtime, [1, 2, 3, 4]);
    expect(() => roll(x, [1, 2], 3)).toThrow(/2 shifts for 1 dimensions/);
    expect(() => flip(x, 4)).toThrow(/flip: dimension 4 does not exist/);
  });
});
