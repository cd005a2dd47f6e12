import { type Kernel, linearKernel, readsWrites } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import { Runtime } from '../../src/index.ts';
import { add, full, mul, square, sum } from '../../src/ops/index.ts';
import { type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { SmallNet } from '../support/net.ts';
import { settled } from '../support/settled.ts';

const devices = await openTestDevices();

describe.each(devices)('errors of the runtime on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const fails = (body: () => unknown) => {
    const failing = () => {
      body();
      throw new Error('on purpose');
    };
    expect(() => runtime.step(failing)).toThrow('on purpose');
    expect(() => runtime.record(failing)).toThrow('on purpose');
  };

  it('a step that fails leaves nothing behind: no memory, no kernel, no change', async () => {
    const net = new SmallNet(runtime);
    runtime.step(() => net.train());
    const steps = net.steps;
    const [bits, before] = [await net.bits(), await settled(runtime)];
    fails(() => net.train());
    for (const parameter of net.parameters) parameter.grad = null;
    expect(await settled(runtime)).toEqual(before);
    expect(await net.bits()).toBe(bits);
    // And the next step is what it would have been.
    const twin = new SmallNet(runtime);
    runtime.step(() => twin.train());
    net.steps = steps;
    expect(await runtime.step(() => net.train()).item()).toBe(await runtime.step(() => twin.train()).item());
    expect(await net.bits()).toBe(await twin.bits());
  });

  it('a step that fails after part of it was submitted leaves no memory either', async () => {
    const x = zeros(runtime, [100]);
    await x.array();
    const before = await settled(runtime);
    fails(() => {
      let y: Tensor = x;
      for (let i = 0; i < 700; i++) y = add(y, 1);
    });
    expect(await settled(runtime)).toEqual(before);
  });

  it('says what to do with a tensor whose step has ended', async () => {
    let escaped: Tensor | undefined;
    const kept = runtime.step(() => {
      escaped = add(full(runtime, [2], 0), 1);
      return add(escaped, 1);
    });
    expect([...(await kept.array())]).toEqual([2, 2]);
    const message = /a tensor belongs to a step that has ended .*return it from step\(\) to keep it/;
    expect(() => mul(escaped!, kept)).toThrow(message);
    expect(() => mul(kept, escaped!)).toThrow(/^mulForward: /);
    await expect(escaped!.array()).rejects.toThrow(message);
    expect(() => escaped!.write([1, 2])).toThrow(message);
    // The operand that was fine is none the worse for it.
    expect([...(await mul(kept, 2).array())]).toEqual([4, 4]);
  });

  it('a loss kept from a step can be read but not differentiated: what led to it is gone', async () => {
    const x = tensor(runtime, [1, 2], [2]).requiresGrad_();
    const loss = runtime.step(() => sum(square(mul(x, 3))));
    expect(await loss.item()).toBe(45);
    expect(() => backward(loss)).toThrow(/squareGradient: a tensor belongs to a step that has ended/);
    expect(x.grad).toBeNull();
  });

  it('refuses asynchronous functions and forgets what they did', async () => {
    const before = await settled(runtime);
    const asynchronous = async () => {
      const y = full(runtime, [50], 1);
      await y.array();
      throw new Error('nobody hears this');
    };
    expect(() => runtime.step(asynchronous)).toThrow(
      /take a synchronous function; read values after the step/,
    );
    expect(() => runtime.record(asynchronous)).toThrow(/synchronous/);
    expect(await settled(runtime)).toEqual(before);
  });

  it('nothing is read, written or replayed inside of record()', async () => {
    const x = zeros(runtime, [4]);
    await x.array();
    const other = runtime.record(() => add(x, 1));
    const reads: Promise<unknown>[] = [];
    runtime
      .record(() => {
        reads.push(add(x, 1).array());
        return add(x, 2);
      })
      .dispose();
    await expect(reads[0]).rejects.toThrow(/record\(\): nothing can be read/);
    expect(() => runtime.record(() => x.write([1, 2, 3, 4]))).toThrow(
      /write\(\) inside of record\(\): use stepInput/,
    );
    expect(() => runtime.record(() => other.replay())).toThrow(/no other recording replayed, inside of it/);
    expect(() => runtime.record(() => runtime.record(() => x))).toThrow(/record\(\) inside of a step/);
    expect(() => runtime.step(() => runtime.record(() => x))).toThrow(/record\(\) inside of a step/);
    other.dispose();
  });

  it('says what is wrong with data', async () => {
    expect(() => tensor(runtime, [1, 2, 3], [2, 2])).toThrow(
      /tensor: 3 values for shape \[2,2\] \(4 elements\)/,
    );
    const x = zeros(runtime, [2, 2]);
    expect(() => x.write([1])).toThrow(/write: 1 values for shape \[2,2\]/);
    await expect(x.item()).rejects.toThrow(/item: shape \[2,2\] has 4 elements, not one; use array\(\)/);
  });
});

// Dawn reports invalid kernels later: see test/device.
describe.each(devices.filter(({ device }) => device.info.kind === 'wasm'))(
  'invalid kernels on $name',
  ({ device }) => {
    const runtime = new Runtime(device);

    it('a list that cannot be run leaves its results without value, not with zeros', async () => {
      const broken: Kernel = { ...linearKernel(text), wgsl: 'fn main() { let x = ; }' };
      const x = tensor(runtime, [1, 2, 3, 4], [4]);
      const y = add(x, 1);
      runtime.run(broken, [y.storage]);
      await expect(y.array()).rejects.toThrow(/kernel 'broken'/);
      await expect(y.array()).rejects.toThrow(/a tensor belongs to a step that has ended \(or failed/);
      expect([...(await x.array())]).toEqual([1, 2, 3, 4]);
      expect(() => runtime.step(() => runtime.run(broken, [add(x, 1).storage]))).toThrow(/kernel 'broken'/);
      expect(() => runtime.record(() => runtime.run(broken, [add(x, 1).storage]))).toThrow(/kernel 'broken'/);
      await runtime.collectGarbage();
      expect([...(await add(x, 1).array())]).toEqual([2, 3, 4, 5]);
    });
  },
);

const text = {
  name: 'broken',
  about: 'nothing',
  bindings: [readsWrites('y', 'array<f32>')],
  invocations: 1,
  workgroupSize: 1,
  body: 'y[0] = 1f;',
  flop: 0,
  bytes: 4,
};
