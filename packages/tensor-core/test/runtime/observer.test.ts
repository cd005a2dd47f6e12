import { reduce, reluOp, unaryForward } from '@glassbox/wgsl-kernels';
import { expect, it } from 'vitest';
import { add, type Launch, Runtime, relu, type Storage, stepInput, sum, tensor } from '../../src/index.ts';
import { openTestDevices } from '../support/devices.ts';

const devices = await openTestDevices();

it.each(devices)(
  '$name: an observer is told of what is launched while it looks, and of no more',
  async ({ device }) => {
    const runtime = new Runtime(device);
    const x = tensor(runtime, [-1, 2], [2]);
    const seen: Launch[] = [];
    const inputs: Storage[] = [];
    const observer = {
      launched: (launch: Launch) => seen.push(launch),
      stepInput: (storage: Storage) => inputs.push(storage),
    };
    relu(x);
    const total = runtime.observed(observer, () => sum(relu(x)));
    expect(seen.map(({ factory }) => factory)).toEqual([unaryForward, reduce]);
    expect(seen[0].name).toBe('reluForward');
    expect(seen[0].args).toEqual([reluOp, x.layout]);
    expect(seen[0].operands.x).toBe(x);
    expect(seen[1].operands.x).toBe(seen[0].operands.y);
    expect(seen[1].operands.y).toBe(total);
    // It is computed as always.
    expect(await total.item()).toBe(2);
    expect(() =>
      runtime.observed(observer, () => {
        throw new Error('half-way');
      }),
    ).toThrow('half-way');
    const step = stepInput(runtime, [], 'f32', () => [1]);
    add(x, step);
    expect([seen.length, inputs.length]).toEqual([2, 0]);
    const again = runtime.observed(observer, () => stepInput(runtime, [], 'f32', () => [1]));
    expect(inputs).toEqual([again.storage]);
  },
);
