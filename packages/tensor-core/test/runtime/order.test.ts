import { rowMajor } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../src/index.ts';
import { add, full, mul, sum } from '../../src/ops/index.ts';
import { empty, stepInput, type Tensor, tensor } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';

const devices = await openTestDevices();

describe.each(devices)('the order of things on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const vector = (...values: number[]) => tensor(runtime, values, [values.length]);
  const values = async (x: Tensor) => [...(await x.array())];

  it('data uploaded late in a list do not land in a buffer that earlier kernels of the list still use', async () => {
    const result = runtime.step(() => {
      let x = vector(1, 1, 1, 1);
      // Each turn frees buffers of the same size, and uploads into one.
      for (let i = 0; i < 6; i++) x = add(mul(x, vector(2, 2, 2, 2)), vector(i, i, i, i));
      return x;
    });
    const expected = [0, 1, 2, 3, 4, 5].reduce((x, i) => 2 * x + i, 1);
    expect(await values(result)).toEqual(new Array(4).fill(expected));
  });

  it('any mix of kernels, uploads, writes and reads gives what the host computes', async () => {
    const actions = fc.array(
      fc.record({
        kind: fc.constantFrom('scale', 'add', 'write', 'read', 'step', 'drop'),
        a: fc.nat(2),
        b: fc.nat(2),
        value: fc.integer({ min: -3, max: 3 }),
      }),
      { minLength: 5, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(actions, async (list) => {
        const tensors = [vector(1, 2, 3, 4), vector(5, 6, 7, 8), vector(9, 10, 11, 12)];
        const host = [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
          [9, 10, 11, 12],
        ];
        const reads: [Promise<number[]>, number[]][] = [];
        for (const { kind, a, b, value } of list) {
          if (kind === 'scale') {
            tensors[a] = mul(tensors[b], value);
            host[a] = host[b].map((v) => v * value);
          } else if (kind === 'add') {
            const other = vector(value, 0, value, 1);
            tensors[a] = add(tensors[b], other);
            host[a] = host[b].map((v, i) => v + [value, 0, value, 1][i]);
          } else if (kind === 'write') {
            // Other tensors computed from it before keep what they have.
            tensors[a] = add(tensors[a], 0);
            tensors[a].write([value, a, b, 1]);
            host[a] = [value, a, b, 1];
          } else if (kind === 'read') reads.push([values(tensors[a]), host[a]]);
          else if (kind === 'step') {
            tensors[a] = runtime.step(() => mul(add(tensors[b], vector(1, 1, 1, 1)), 2));
            host[a] = host[b].map((v) => (v + 1) * 2);
          } else await reads.at(-1)?.[0];
          // Float32 holds these integers exactly.
          host[a] = host[a].map((v) => Math.fround(v));
        }
        for (const [index, x] of tensors.entries()) reads.push([values(x), host[index]]);
        const zero = (list: number[]) => list.map((v) => v + 0);
        for (const [read, expected] of reads) expect(zero(await read)).toEqual(zero(expected));
      }),
      { numRuns: 40 },
    );
  });

  it('a write waits for kernels that were asked for before it, whatever their state', async () => {
    const x = vector(1, 2); // never used: has no buffer yet
    const y = mul(x, 10);
    x.write([5, 6]);
    expect(await values(y)).toEqual([10, 20]);
    const z = mul(x, 10);
    x.write([7, 8]);
    expect(await values(z)).toEqual([50, 60]);
    expect(await values(x)).toEqual([7, 8]);
  });

  it('a read sees what was there when it was called', async () => {
    const x = vector(1, 2);
    const first = values(x);
    x.write([3, 4]);
    const second = values(x);
    runtime.step(() => add(x, 1));
    expect([await first, await second]).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('stepInput computes anew before each replay, also where no kernel uses it', async () => {
    let turn = 0;
    const recording = runtime.record(() => {
      const used = stepInput(runtime, [2], 'f32', () => [turn, 10 * turn]);
      const unused = stepInput(runtime, [3], 'u32', () => [turn, 0, 0]);
      return { doubled: mul(used, 2), used, unused };
    });
    const { doubled, used, unused } = recording.result;
    expect(await values(doubled)).toEqual([0, 0]);
    for (turn = 1; turn < 4; turn++) {
      recording.replay();
      expect(await values(doubled)).toEqual([2 * turn, 20 * turn]);
      expect(await values(used)).toEqual([turn, 10 * turn]);
      expect(await values(unused)).toEqual([turn > 1 ? turn : expect.any(Number), 0, 0]);
    }
    recording.dispose();
  });

  it('stepInput refuses a tensor that was used', () => {
    const used = vector(1);
    add(used, 1);
    expect(() => runtime.stepInput(used.storage, () => Float32Array.of(1, 0, 0, 0))).toThrow(/used before/);
  });

  it('eachStep runs its work now and before each replay, outside of recordings once', () => {
    let calls = 0;
    const count = () => runtime.eachStep(() => calls++);
    count();
    runtime.step(count);
    expect(calls).toBe(2);
    const recording = runtime.record(() => {
      count();
      return full(runtime, [1], 1);
    });
    recording.replay();
    recording.replay();
    expect(calls).toBe(5);
    recording.dispose();
  });

  it('nested steps are one: everything ends with the outermost', async () => {
    let inner: Tensor | undefined;
    const outer = runtime.step(() => {
      inner = runtime.step(() => mul(vector(1, 2), 3));
      const again = runtime.step(() => add(inner!, 1));
      return sum(again);
    });
    expect(await outer.item()).toBe(11);
    await expect(inner!.array()).rejects.toThrow(/belongs to a step that has ended/);
  });

  it('keeps what a step returns, however it is wrapped', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const kept = runtime.step(() => ({
      list: [full(runtime, [1], 1), [full(runtime, [1], 2)]],
      map: new Map([['x', mul(full(runtime, [1], 3), 1)]]),
      cyclic,
      number: 4,
    }));
    expect(await (kept.list[0] as Tensor).item()).toBe(1);
    expect(await (kept.list[1] as Tensor[])[0].item()).toBe(2);
    expect(await kept.map.get('x')!.item()).toBe(3);
    expect(kept.number).toBe(4);
  });

  it('long lists are submitted in parts, with the same result', async () => {
    let x: Tensor = vector(1, 2, 3, 4);
    for (let i = 0; i < 1200; i++) x = add(x, 1);
    expect(await values(x)).toEqual([1201, 1202, 1203, 1204]);
  });

  it('memory that nobody wrote reads as zeros, not as somebody’s data', async () => {
    expect(await values(empty(new Runtime(device), rowMajor([5])))).toEqual([0, 0, 0, 0, 0]);
  });
});
