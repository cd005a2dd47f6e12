import { add, backward, mul, type Runtime, sum, type Tensor, tensor } from '@glassbox/tensor-core';
import { filterLayout } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { Adam } from '../../src/optim/adam.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

/** Two filters in the layout of convolutions, whose gradients lie in another order than their elements. */
const shape = [2, 3, 1, 2];
const size = 12;
const numbers = (from: number) => Float32Array.from({ length: size }, (_, i) => from + i);
const p0 = numbers(100);
const q0 = numbers(200);
const c = numbers(1);
const d = numbers(-3);

interface Pair {
  readonly p: Tensor;
  readonly q: Tensor;
  readonly optimizer: SGD;
  readonly constant: (values: ArrayLike<number>) => Tensor;
}

/** d loss / dp = c, d loss / dq = d. */
const differentiate = ({ p, q, constant }: Pair) => {
  backward(add(sum(mul(p, constant(c))), sum(mul(q, constant(d)))));
};

/** What is done before `optimizer.step()`, and the gradients that PyTorch's optimiser would then use. */
const ways: Record<
  string,
  { set: (pair: Pair) => void; p: (i: number) => number; q: (i: number) => number }
> = {
  'scaled by hand': {
    set: (pair) => {
      differentiate(pair);
      pair.p.grad = mul(pair.p.grad!, 0.5);
    },
    p: (i) => c[i] / 2,
    q: (i) => d[i],
  },
  'a tensor of the user, row-major where the parameter is not': {
    set: ({ p, constant }) => {
      p.grad = constant(d);
    },
    p: (i) => d[i],
    q: () => 0,
  },
  'one tensor for two parameters': {
    set: ({ p, q, constant }) => {
      p.grad = constant(c);
      q.grad = p.grad;
    },
    p: (i) => c[i],
    q: (i) => c[i],
  },
  "another parameter's gradient, then more of it": {
    set: (pair) => {
      differentiate(pair);
      pair.p.grad = pair.q.grad;
      backward(sum(mul(pair.q, 10)));
    },
    p: (i) => d[i],
    q: (i) => d[i] + 10,
  },
  'exchanged between parameters': {
    set: (pair) => {
      differentiate(pair);
      [pair.p.grad, pair.q.grad] = [pair.q.grad, pair.p.grad];
    },
    p: (i) => d[i],
    q: (i) => c[i],
  },
  'null again': {
    set: (pair) => {
      differentiate(pair);
      pair.p.grad = null;
    },
    p: () => 0,
    q: (i) => d[i],
  },
  'several calls of backward, with a tensor of the user between them': {
    set: (pair) => {
      differentiate(pair);
      pair.p.grad = pair.constant(numbers(7));
      differentiate(pair);
      differentiate(pair);
    },
    p: (i) => 7 + i + 2 * c[i],
    q: (i) => 3 * d[i],
  },
  'put aside, computed anew and added by hand': {
    set: (pair) => {
      differentiate(pair);
      const before = pair.p.grad!;
      pair.optimizer.zeroGrad();
      backward(sum(mul(pair.p, 10)));
      pair.p.grad = add(before, pair.p.grad!);
    },
    p: (i) => c[i] + 10,
    q: () => 0,
  },
  'looked at and put back': {
    set: (pair) => {
      differentiate(pair);
      const { grad } = pair.p;
      pair.p.grad = null;
      backward(sum(mul(pair.p, 10)));
      pair.p.grad = grad;
    },
    p: (i) => c[i],
    q: (i) => d[i],
  },
};

function make(runtime: Runtime, optimise = true): Pair {
  const constant = (values: ArrayLike<number>) => tensor(runtime, values, shape);
  const parameter = (values: Float32Array) =>
    tensor(runtime, values, shape, { layout: filterLayout(shape) }).requiresGrad_();
  const [p, q] = [parameter(p0), parameter(q0)];
  const pair = { p, q, constant };
  return { ...pair, optimizer: optimise ? new SGD([p, q], { lr: 1 }) : (undefined as unknown as SGD) };
}

describe.each(runtimes)('the gradient that an optimiser uses on $name', ({ runtime }) => {
  const values = async (x: Tensor | null) => [...(await x!.array())];
  const list = (of: (i: number) => number) => Array.from({ length: size }, (_, i) => of(i));

  describe.each(Object.entries(ways))('%s', (_, way) => {
    it.each(['eagerly', 'in steps', 'recorded'])('is what stands in grad, %s', async (how) => {
      const pair = make(runtime);
      const body = () => {
        way.set(pair);
        pair.optimizer.step();
        pair.optimizer.zeroGrad();
      };
      if (how === 'recorded') {
        const recording = runtime.record(body);
        recording.replay();
        recording.dispose();
      } else for (let step = 0; step < 2; step++) how === 'eagerly' ? body() : runtime.step(body);
      expect(await values(pair.p)).toEqual(list((i) => p0[i] - 2 * way.p(i)));
      expect(await values(pair.q)).toEqual(list((i) => q0[i] - 2 * way.q(i)));
    });

    it('is clipped as it stands, and can be read afterwards', async () => {
      const pair = make(runtime);
      way.set(pair);
      const gradients = [list(way.p), list(way.q)];
      const norm = Math.hypot(...gradients.flat());
      expect(await pair.optimizer.clipGradients(norm / 2).item()).toBeCloseTo(norm, 4);
      pair.optimizer.step();
      const [p, q] = [await values(pair.p), await values(pair.q)];
      for (let i = 0; i < size; i++) {
        expect(p[i]).toBeCloseTo(p0[i] - way.p(i) / 2, 4);
        expect(q[i]).toBeCloseTo(q0[i] - way.q(i) / 2, 4);
        if (pair.p.grad) expect((await values(pair.p.grad))[i]).toBeCloseTo(way.p(i) / 2, 4);
      }
    });
  });

  it('may be older than the optimiser, and is added to', async () => {
    const pair = make(runtime, false);
    differentiate(pair);
    const optimizer = new SGD([pair.p, pair.q], { lr: 1 });
    expect(await values(pair.p.grad)).toEqual([...c]);
    backward(sum(mul(pair.p, 10)));
    optimizer.step();
    expect(await values(pair.p)).toEqual(list((i) => p0[i] - c[i] - 10));
    expect(await values(pair.q)).toEqual(list((i) => q0[i] - d[i]));
    // And the optimiser made after it goes on with the same gradients.
    new SGD([pair.p, pair.q], { lr: 1 }).step();
    expect(await values(pair.p)).toEqual(list((i) => p0[i] - 2 * (c[i] + 10)));
  });

  it('does not change what the user gave or keeps', async () => {
    const pair = make(runtime);
    const given = pair.constant(c);
    pair.p.grad = given;
    differentiate(pair);
    const kept = pair.p.grad;
    const looked = pair.q.grad;
    pair.optimizer.clipGradients(0.1);
    pair.optimizer.step();
    pair.optimizer.zeroGrad();
    backward(sum(mul(pair.q, 10)));
    expect(await values(given)).toEqual([...c]);
    expect(await values(kept)).toEqual(list((i) => 2 * c[i]));
    expect(await values(looked)).toEqual([...d]);
    expect(await values(pair.q.grad)).toEqual(list(() => 10));
  });

  it('counts steps only where there is one', async () => {
    const pair = make(runtime);
    const adam = new Adam([pair.p, pair.q]);
    pair.p.grad = pair.constant(c);
    adam.step();
    pair.q.grad = pair.constant(c);
    adam.step();
    expect((await adam.stateDict()).steps).toEqual([2, 1]);
  });

  it('is refused where it cannot be one', async () => {
    const { p, q } = make(runtime);
    const other = runtimes.find((candidate) => candidate.runtime !== runtime)!.runtime;
    const set = (value: unknown) => () => {
      p.grad = value as Tensor;
    };
    expect(set(tensor(runtime, [1, 2], [2]))).toThrow(/gradient of shape \[2\] .* shape \[2,3,1,2\]/);
    expect(set(tensor(runtime, c, [3, 2, 1, 2]))).toThrow(/\[3,2,1,2\]/);
    expect(set(tensor(runtime, new Uint32Array(size), shape, { dtype: 'u32' }))).toThrow(/f32, not u32/);
    expect(set(tensor(other, c, shape))).toThrow(/on another device/);
    expect(set(c)).toThrow(/a gradient is a tensor of shape \[2,3,1,2\] or null, not object/);
    expect(set(0.5)).toThrow(/not number/);
    expect(set(p)).toThrow(/its own gradient/);
    const gone = () => {
      let escaped = q;
      runtime.step(() => {
        escaped = mul(q, 2);
      });
      return escaped;
    };
    expect(set(gone())).toThrow(/grad: a tensor belongs to a step that has ended/);
    expect(p.grad).toBeNull();
  });

  it('that a failed step left is no gradient', async () => {
    const pair = make(runtime);
    const failing = () => {
      differentiate(pair);
      throw new Error('on purpose');
    };
    expect(() => runtime.step(failing)).toThrow('on purpose');
    expect(() => pair.optimizer.step()).toThrow(
      /gradient of parameter 0 \(\[2,3,1,2\]\) belongs to a step that failed/,
    );
    differentiate(pair);
    pair.optimizer.step();
    expect(await values(pair.p)).toEqual(list((i) => p0[i] - c[i]));
  });
});

describe.each(runtimes)('gradients across replays on $name', ({ runtime }) => {
  const values = async (x: Tensor | null) => [...(await x!.array())];

  it('a recorded backward that found no gradient is not replayed over one', async () => {
    const pair = make(runtime);
    const recording = runtime.record(() => differentiate(pair));
    expect(await values(pair.p.grad)).toEqual([...c]);
    expect(() => recording.replay()).toThrow(/would be overwritten, not added to\. Call zeroGrad\(\)/);
    pair.optimizer.step();
    pair.optimizer.zeroGrad();
    recording.replay();
    pair.optimizer.step();
    expect(await values(pair.p)).toEqual(Array.from(p0, (p, i) => p - 2 * c[i]));
    recording.dispose();
  });

  it('a recorded backward that found one adds to what there is, by whomever', async () => {
    const pair = make(runtime);
    differentiate(pair);
    const recording = runtime.record(() => differentiate(pair));
    recording.replay();
    expect(await values(pair.p.grad)).toEqual(Array.from(c, (g) => 3 * g));
    pair.p.grad = mul(pair.p.grad!, 2);
    recording.replay();
    expect(await values(pair.p.grad)).toEqual(Array.from(c, (g) => 7 * g));
    pair.optimizer.step();
    expect(await values(pair.p)).toEqual(Array.from(p0, (p, i) => p - 7 * c[i]));
    pair.optimizer.zeroGrad();
    expect(() => recording.replay()).toThrow(/has no gradient now, and had one when .*record the step again/);
    recording.dispose();
  });

  it('a step recorded before an optimiser moved the parameters is not replayed', () => {
    const pair = make(runtime);
    const train = runtime.record(() => {
      differentiate(pair);
      pair.optimizer.step();
      pair.optimizer.zeroGrad();
    });
    const look = runtime.record(() => mul(pair.p, 2));
    new SGD([pair.p], { lr: 1 });
    expect(() => train.replay()).toThrow(/another optimiser was made for the same parameters since/);
    expect(() => look.replay()).toThrow(/an optimiser was made since .*record the step again/);
    for (const recording of [train, look]) recording.dispose();
  });
});
