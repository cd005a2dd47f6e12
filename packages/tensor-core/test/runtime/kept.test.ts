import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import { Runtime } from '../../src/index.ts';
import { add, full, mul, sum } from '../../src/ops/index.ts';
import { imageTensor, type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';

const devices = await openTestDevices();

/** Made at their first use, which may be inside of a step, and expected to be there ever after. */
const constants: Record<string, (runtime: Runtime) => Tensor> = {
  'tensor()': (runtime) => tensor(runtime, [2, 2, 2, 2, 2], [5]),
  'zeros()': (runtime) => add(zeros(runtime, [5]), 2),
  'full()': (runtime) => full(runtime, [5], 2),
  'imageTensor()': (runtime) => imageTensor(runtime, [2, 2, 2, 2, 2], [1, 5, 1, 1]),
};

describe.each(devices)('what is made inside of a step and used later, on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const values = async (x: Tensor) => [...(await x.array())];
  const fives = (value: number) => new Array(5).fill(value);

  describe.each(Object.entries(constants))('%s', (name, make) => {
    it.each(['a step, a recording and its replays', 'two recordings', 'a recording that is disposed of'])(
      'over %s',
      async (how) => {
        let constant: Tensor | undefined;
        const x = tensor(runtime, fives(3), name === 'imageTensor()' ? [1, 5, 1, 1] : [5]);
        const use = () => {
          constant ??= runtime.keep(make(runtime));
          return mul(x, constant);
        };
        if (how.startsWith('a step')) expect(await values(runtime.step(use))).toEqual(fives(6));
        const first = runtime.record(use);
        const second = runtime.record(use);
        if (how.endsWith('disposed of')) {
          first.dispose();
          // Would land in the constant's memory, were that free.
          for (let i = 0; i < 4; i++) await full(runtime, x.layout, 9).array();
        } else first.replay();
        second.replay();
        expect(await values(second.result)).toEqual(fives(6));
        second.dispose();
        expect(await values(runtime.step(use))).toEqual(fives(6));
        expect(await values(use())).toEqual(fives(6));
      },
    );
  });

  it('is not taken for computed where a recording keeps something only later', async () => {
    const x = tensor(runtime, fives(3), [5]);
    let wanted = false;
    let snapshot: Tensor | undefined;
    const recording = runtime.record(() => {
      if (wanted) snapshot = runtime.keep(mul(x, 7));
      return add(x, 1);
    });
    wanted = true;
    expect(() => recording.replay()).toThrow(/computes something anew that it keeps by runtime\.keep\(\)/);
    recording.replay({ onChange: 'record', check: true });
    expect(await values(snapshot!)).toEqual(fives(21));
    expect(await values(recording.result)).toEqual(fives(4));
    recording.dispose();
  });

  it('needs no keep() if it came from the host, and comes back each time its memory is lost', async () => {
    let made = 0;
    let constant: Tensor | undefined;
    const use = () => {
      if (!constant) made++;
      constant ??= tensor(runtime, [1, 2, 3], [3]);
      return add(constant, 1);
    };
    expect(() =>
      runtime.step(() => {
        use();
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    expect(await values(runtime.step(use))).toEqual([2, 3, 4]);
    expect(await values(constant!)).toEqual([1, 2, 3]);
    const recording = runtime.record(use);
    recording.replay();
    expect(await values(recording.result)).toEqual([2, 3, 4]);
    recording.dispose();
    expect(await values(use())).toEqual([2, 3, 4]);
    expect(made).toBe(1);
  });

  it('has the content of the host only as long as nothing wrote to it', async () => {
    let written: Tensor | undefined;
    let grown: Tensor | undefined;
    const x = tensor(runtime, [1], [1]).requiresGrad_();
    runtime.step(() => {
      written = tensor(runtime, [1, 2], [2]);
      written.write([3, 4]);
      grown = tensor(runtime, [5], [1]);
      x.grad = grown;
      backward(sum(x));
    });
    expect(await values(written!)).toEqual([3, 4]);
    expect(await values(x.grad!)).toEqual([6]);
    expect(await values(grown!)).toEqual([5]);
    let late: Tensor | undefined;
    runtime.step(() => {
      late = tensor(runtime, [1, 2], [2]);
      add(late, 1);
      late.write([7, 8]);
    });
    await expect(late!.array()).rejects.toThrow(/step that has ended/);
  });

  it('if it was computed, says how to keep it', () => {
    let constant: Tensor | undefined;
    const use = () => {
      constant ??= mul(tensor(runtime, [1, 2, 3], [3]), 2);
      return add(constant, 1);
    };
    runtime.step(use);
    expect(() => runtime.step(use)).toThrow(
      /made in its constructor, or kept: this\.mask \?\?= runtime\.keep\(/,
    );
  });

  it('the result of a recording that another one reads stays for it', async () => {
    const first = runtime.record(() => full(runtime, [4], 3));
    const doubled = runtime.record(() => mul(first.result, 2));
    const computed = runtime.record(() => add(doubled.result, 1));
    doubled.dispose();
    first.dispose();
    for (let i = 0; i < 6; i++) await mul(full(runtime, [4], 9), 1).array();
    computed.replay();
    expect(await values(computed.result)).toEqual([7, 7, 7, 7]);
    computed.dispose();
  });
});
