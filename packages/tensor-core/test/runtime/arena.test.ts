import { filterLayout } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import { Runtime } from '../../src/index.ts';
import { add, mul, sum } from '../../src/ops/index.ts';
import { ParameterArena } from '../../src/parameter-arena.ts';
import { arenaBlockWords } from '../../src/runtime/arena.ts';
import { tensor } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';

const devices = await openTestDevices();

describe.each(devices)('ParameterArena on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const numbers = (count: number, from = 0) => Float32Array.from({ length: count }, (_, i) => from + i);

  function parameters() {
    const filters = [5, 3, 3, 3];
    return [
      tensor(runtime, numbers(135), filters, { layout: filterLayout(filters) }),
      tensor(runtime, numbers(5, 1000), [5]),
      tensor(runtime, numbers(1, 2000), []),
    ].map((t) => t.requiresGrad_());
  }

  it('moves values, in their layouts, to multiples of 256 bytes', async () => {
    const list = parameters();
    const arena = new ParameterArena(runtime, list);
    for (const [index, p] of list.entries()) {
      expect([...(await p.array())]).toEqual([...numbers(p.size, index * 1000)]);
      expect(p.storage.offset % 256).toBe(0);
      expect(p.storage.buffer).toBe(arena.values.buffer);
      expect(arena.values.blockOf(index) * arenaBlockWords * 4).toBe(p.storage.offset);
    }
    const words = list.reduce((sum, p) => sum + Math.ceil(p.layout.size / arenaBlockWords), 0);
    expect(arena.values.blocks).toBe(words);
    expect(arena.current).toBe(true);
  });

  it('a second arena takes over; the first knows', async () => {
    const list = parameters();
    const first = new ParameterArena(runtime, list);
    const second = new ParameterArena(runtime, list.slice(1));
    expect([first.current, second.current]).toEqual([false, true]);
    expect([...(await list[1].array())]).toEqual([...numbers(5, 1000)]);
  });

  it('gradients are computed in place, added to in place, and copied in where they exist already', async () => {
    const list = parameters();
    const arena = new ParameterArena(runtime, list);
    const slot = list[1].gradStorage!;
    const grad = async () => [...(await list[1].grad!.array())];
    runtime.step(() => backward(sum(mul(list[1], tensor(runtime, [1, 2, 3, 4, 5], [5])))));
    expect(list[1].heldGrad!.storage).toMatchObject({ buffer: arena.gradients.buffer, offset: slot.offset });
    expect(await grad()).toEqual([1, 2, 3, 4, 5]);
    runtime.step(() => backward(sum(list[1])));
    expect(await grad()).toEqual([2, 3, 4, 5, 6]);
    // The caller's own gradient reaches both parameters as it is: it has to be copied.
    for (const p of list) p.grad = null;
    const dy = tensor(runtime, [7, 8, 9, 10, 11], [5]);
    const other = tensor(runtime, numbers(5), [5]).requiresGrad_();
    runtime.step(() => backward(add(list[1], other), dy));
    expect(list[1].heldGrad!.storage.buffer).toBe(arena.gradients.buffer);
    expect(await grad()).toEqual([7, 8, 9, 10, 11]);
    expect([...(await other.grad!.array())]).toEqual([7, 8, 9, 10, 11]);
  });

  it('a view of where a parameter lay before is not read: it would stand still', async () => {
    const [filters, bias] = parameters();
    const view = bias.detach();
    expect([...(await view.array())]).toEqual([...numbers(5, 1000)]);
    new ParameterArena(runtime, [filters, bias]);
    const inArena = bias.detach();
    await expect(view.array()).rejects.toThrow(
      /shares the memory of a parameter that has moved .*detach\(\) it again/,
    );
    new ParameterArena(runtime, [filters, bias]);
    expect(() => add(inArena, 1)).toThrow(
      /addForward: a tensor shares the memory of a parameter that has moved/,
    );
    expect([...(await bias.detach().array())]).toEqual([...numbers(5, 1000)]);
  });

  it('may be made inside of a step', async () => {
    const list = parameters();
    runtime.step(() => {
      new ParameterArena(runtime, list);
      backward(sum(list[1]));
    });
    expect([...(await list[1].array())]).toEqual([...numbers(5, 1000)]);
    expect([...(await list[1].grad!.array())]).toEqual([1, 1, 1, 1, 1]);
  });
});
