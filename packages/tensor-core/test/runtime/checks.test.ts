import { rowMajor } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward, noGrad } from '../../src/autograd.ts';
import { Runtime } from '../../src/index.ts';
import { add, leakyRelu, mean, mul, relu, sub, sum } from '../../src/ops/index.ts';
import { ParameterArena } from '../../src/parameter-arena.ts';
import { StepChangedError } from '../../src/runtime/recorded-step.ts';
import { empty, stepInput, type Tensor, tensor } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { SmallNet } from '../support/net.ts';

const devices = await openTestDevices();

describe.each(devices)('a recorded step that is not what it was, on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const vector = (...values: number[]) => tensor(runtime, values, [values.length]);
  const values = async (x: Tensor) => [...(await x.array())];

  const [x, y] = [vector(-1, 2, 3), vector(5, 7, 9)];
  const leaf = vector(1, 2, 3).requiresGrad_();
  /** Steps as functions of something on the host, which is 1 when they are recorded and becomes 2. */
  const steps: Record<string, { readonly step: (host: number) => unknown; readonly says: RegExp }> = {
    'a number': {
      step: (host) => mul(x, host / 4),
      says: /kernel 1 of 1, 'mulForward': its 'b' holds other numbers: 0\.25 when it was recorded, 0\.5 now\. A recor/,
    },
    'data made anew': {
      step: (host) => add(mul(x, 2), vector(0, host, 0)),
      says: /kernel 2 of 2, 'addForward': its 'b' holds .*: 1 when it was recorded, 2 now \(element 1\)/,
    },
    'many numbers': {
      step: (host) => add(x, vector(host, 0, -host)),
      says: /1 when it was recorded, 2 now \(element 0, and 1 more\)/,
    },
    'a number in a kernel’s text': {
      step: (host) => leakyRelu(x, host / 8),
      says: /'leakyRelu.*': its text has ".*0\.25.*" now where ".*0\.125.*" was recorded/,
    },
    'another op': {
      step: (host) => (host === 1 ? add(x, y) : sub(x, y)),
      says: /kernel 1 of 1, 'addForward': 'subForward' stands in its place now/,
    },
    'one op more': {
      step: (host) => (host === 1 ? relu(x) : mul(relu(x), 3)),
      says: /it has 2 kernels now and had 1: 'mulForward' is new/,
    },
    'one op less': {
      step: (host) => (host === 2 ? relu(x) : mul(relu(x), 3)),
      says: /it has 1 kernels now and had 2: 'mulForward' is missing/,
    },
    'another tensor': {
      step: (host) => relu(host === 1 ? x : y),
      says: /its 'x' is another tensor than was recorded/,
    },
    'operands that change places': {
      step: (host) => {
        const [a, b] = [relu(x), relu(y)];
        return host === 1 ? sub(a, b) : sub(b, a);
      },
      says: /kernel 3 of 3, 'subForward': its 'a' is computed by another kernel than was recorded/,
    },
    'an operand from outside instead of a computed one': {
      step: (host) => add(relu(x), host === 1 ? relu(y) : y),
      says: /stands in its place|from outside/,
    },
    'another result': {
      step: (host) => {
        const both = [relu(x), mul(y, 2)];
        return both[host - 1];
      },
      says: /tensor 1 of what it returns is computed by another kernel/,
    },
    'fewer results': {
      step: (host) => [relu(x), relu(y)].slice(host - 1),
      says: /it returns 1 tensors now and returned 2/,
    },
    'another hook': {
      step: (host) => {
        if (host === 1) runtime.eachStep(() => {});
        return relu(x);
      },
      says: /its work on the host is \[\] now and was \[eachStep\]/,
    },
    'an input of another size': {
      step: (host) => stepInput(runtime, [4 * host], 'f32', () => new Float32Array(4 * host)),
      says: /is \[stepInput of 8 words\] now and was \[stepInput of 4 words\]/,
    },
    'a number instead of an input': {
      step: (host) => mul(x, host === 1 ? stepInput(runtime, [], 'f32', () => [1]) : 1),
      says: /'mulForward': its 'b' is not made in the same way/,
    },
    'a leaf that learns no longer': {
      step: (host) => {
        leaf.grad = null;
        leaf.requiresGrad = host === 1;
        const z = mul(leaf, 2);
        if (leaf.requiresGrad) backward(sum(z));
        return z;
      },
      says: /it has 1 kernels now and had \d: '.*' is missing/,
    },
  };

  it.each(Object.keys(steps))('says what changed: %s', async (name) => {
    const { step, says } = steps[name];
    let host = 1;
    const recording = runtime.record(() => step(host));
    for (let again = 0; again < 3; again++) recording.replay();
    host = 2;
    const before = device.memory;
    expect(() => recording.replay({ check: true })).toThrow(StepChangedError);
    expect(() => recording.replay({ check: true })).toThrow(says);
    expect(device.memory).toEqual(before);
    host = 1; // nothing of those replays has run, and what was recorded is right again
    recording.replay({ check: true });
    recording.dispose();
  });

  it.each(Object.keys(steps))('records anew where asked: %s', async (name) => {
    const { step } = steps[name];
    const all = async (result: unknown) => Promise.all([result].flat().map((t) => values(t as Tensor)));
    let host = 1;
    const recording = runtime.record(() => step(host));
    for (const next of [2, 1, 2]) {
      host = next;
      recording.replay({ check: true, onChange: 'record' });
      recording.replay();
      expect(await all(recording.result)).toEqual(await all(runtime.step(() => step(host))));
    }
    recording.dispose();
  });

  it('is noticed in time: at once where it changes in each step', () => {
    let calls = 0;
    expect(() => {
      const recording = runtime.record(() => mul(x, calls++));
      recording.replay();
    }).toThrow(/0 when it was recorded, 1 now/);
  });

  it('looks often at first, then ever less, and as often as it is told', () => {
    const checks = (checkEvery?: number) => {
      let calls = -1;
      const recording = runtime.record(
        () => {
          calls++;
          return relu(x);
        },
        { checkEvery },
      );
      const at: number[] = [];
      for (let replay = 1, before = 0; replay <= 400; replay++) {
        recording.replay();
        if (calls > before) at.push(replay);
        before = calls;
      }
      recording.dispose();
      return at;
    };
    expect(checks()).toEqual([1, 2, 3, 5, 8, 12, 18, 27, 41, 62, 93, 140, 187, 234, 281, 328, 375]);
    expect(checks(1).length).toBe(400);
    expect(checks(10).slice(-3)).toEqual([377, 387, 397]);
    expect(checks(Number.POSITIVE_INFINITY)).toEqual([]);
    expect(() => runtime.record(() => x, { checkEvery: 0 })).toThrow(/checkEvery must be 1 or more/);
  });

  it('looks at once where a leaf changed or an optimiser took it, whatever it was told', () => {
    const own = vector(1, 2, 3).requiresGrad_();
    const step = () => {
      own.grad = null;
      const loss = mean(mul(own, 2));
      if (own.requiresGrad) backward(loss);
      return loss;
    };
    const recording = runtime.record(step, { checkEvery: Number.POSITIVE_INFINITY });
    recording.replay();
    own.requiresGrad_(false);
    expect(() => recording.replay()).toThrow(StepChangedError);
    own.requiresGrad_();
    recording.replay();
    new ParameterArena(runtime, [own]);
    expect(() => recording.replay()).toThrow(/an optimiser was made since/);
    recording.dispose();
  });

  it('notices a state that is carried on from step to step', () => {
    let state = x;
    const recording = runtime.record(() => {
      state = mul(state, 2);
      return state;
    });
    expect(() => recording.replay()).toThrow(/its 'a' is another tensor than was recorded/);
    recording.dispose();
  });

  it('notices gradients that are added to those of the step before', () => {
    const own = vector(1, 2, 3).requiresGrad_();
    const recording = runtime.record(() => backward(sum(mul(own, 2))));
    expect(() => recording.replay()).toThrow(
      new RegExp(
        'has a gradient now, and had none when the step was recorded: it would be overwritten, not ' +
          String.raw`added to\. Call zeroGrad\(\)`,
      ),
    );
    recording.dispose();
  });

  it('notices an input whose function reads a variable of the step', async () => {
    let host = 1;
    const recording = runtime.record(() => {
      const now = host;
      return mul(
        x,
        stepInput(runtime, [], 'f32', () => [now]),
      );
    });
    for (let again = 0; again < 10; again++) recording.replay();
    host = 2;
    expect(() => {
      for (let again = 0; again < 10; again++) recording.replay();
    }).toThrow(
      /stepInput 1 gives 1 when it was recorded, 2 now, but only as the step's function makes it now/,
    );
    recording.dispose();
  });

  it('takes an input’s numbers once a replay, also where they stay the same for long', async () => {
    for (const plateau of [1, 2, 3, 4, 5, 7, 9, 12, 20, 47]) {
      let calls = 0;
      const asked: number[] = [];
      const recording = runtime.record(() => {
        const compute = () => {
          asked.push(Math.floor(calls++ / plateau));
          return [asked.at(-1)!];
        };
        return mul(x, stepInput(runtime, [], 'f32', compute));
      });
      for (let replay = 1; replay < 150; replay++) {
        recording.replay();
        expect(asked.length, `plateau ${plateau}`).toBe(replay + 1);
        if (replay % 47 < 2) expect((await values(recording.result))[1]).toBe(2 * asked[replay]);
      }
      expect(asked).toEqual(asked.map((_, index) => Math.floor(index / plateau)));
      recording.dispose();
    }
  });

  it('a check is a replay like others: the bits of an eager training, hooks and counters', async () => {
    const eager = new SmallNet(runtime);
    const net = new SmallNet(runtime);
    const losses: number[] = [await runtime.step(() => eager.train()).item()];
    const recording = runtime.record(() => net.train());
    const recorded: number[] = [await recording.result.item()];
    for (let step = 1; step < 12; step++) {
      losses.push(await runtime.step(() => eager.train()).item());
      recording.replay({ check: step % 2 === 0, onChange: step % 3 === 0 ? 'record' : 'throw' });
      recorded.push(await recording.result.item());
    }
    expect(recorded).toEqual(losses);
    expect(await net.bits()).toBe(await eager.bits());
    expect([net.steps, net.hooks]).toEqual([eager.steps, eager.hooks]);
    recording.dispose();
  });

  it('a check leaves tensors usable that the step keeps in variables of its own', async () => {
    let kept: Tensor | undefined;
    let constant: Tensor | undefined;
    const own = vector(1, 2, 3).requiresGrad_();
    const factor = { value: 1 };
    const recording = runtime.record(() => {
      own.grad = null;
      constant ??= vector(10, 20, 30);
      kept = add(
        mul(
          own,
          stepInput(runtime, [], 'f32', () => [factor.value]),
        ),
        constant,
      );
      backward(sum(mul(kept, kept)));
      return kept;
    });
    for (factor.value = 1; factor.value < 6; factor.value++) {
      recording.replay({ check: true });
      const expected = [1, 2, 3].map((v) => v * factor.value + 10 * v);
      expect(await values(kept!)).toEqual(expected);
      expect(await values(recording.result)).toEqual(expected);
      expect(await values(own.grad!)).toEqual(expected.map((v) => 2 * v * factor.value));
    }
    recording.dispose();
    await expect(kept!.array()).rejects.toThrow(/recording that was disposed of/);
  });

  it('memory stays flat over checks and new recordings', async () => {
    const net = new SmallNet(runtime);
    let scale = 1;
    const recording = runtime.record(() => mul(net.train(), scale));
    // The least of four: the engine reports what is unreachable when it likes, now and then one round later.
    const rounds = async () => {
      const held: { readonly buffers: number; readonly bytes: number }[] = [];
      for (let round = 0; round < 4; round++) {
        for (let again = 0; again < 10; again++) {
          scale = again;
          recording.replay({ check: true, onChange: 'record' });
          recording.replay({ check: true });
        }
        await recording.result.item();
        await runtime.collectGarbage();
        held.push({ ...device.memory });
      }
      return held.reduce((least, one) => (one.bytes < least.bytes ? one : least));
    };
    await rounds();
    const before = await rounds();
    expect(await rounds()).toEqual(before);
    recording.dispose();
  });

  it('an error of the function is thrown, and the recording goes on when it has passed', async () => {
    let fails = false;
    const recording = runtime.record(() => {
      const half = mul(x, 0.5);
      if (fails) throw new Error('on purpose');
      return half;
    });
    fails = true;
    expect(() => recording.replay()).toThrow('on purpose');
    fails = false;
    recording.replay({ check: true });
    expect(await values(recording.result)).toEqual([-0.5, 1, 1.5]);
    recording.dispose();
  });

  it('is checked as it was recorded: with gradients, within steps and outside', async () => {
    const own = vector(1, 2, 3).requiresGrad_();
    const recording = runtime.record(() => {
      own.grad = null;
      backward(sum(mul(own, 2)));
      return own.grad;
    });
    noGrad(() => recording.replay({ check: true }));
    const other = runtime.step(() => {
      const before = mul(x, 3);
      recording.replay({ check: true });
      return add(before, 1);
    });
    expect(await values(other)).toEqual([-2, 7, 10]);
    expect(await values(own.grad!)).toEqual([2, 2, 2]);
    recording.dispose();
  });

  it('memory that no kernel wrote may be returned', () => {
    const recording = runtime.record(() => empty(runtime, rowMajor([4])));
    for (let again = 0; again < 3; again++) recording.replay();
    recording.dispose();
  });
});
