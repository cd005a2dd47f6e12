import { add, mul, type Runtime, type Tensor, tensor, zeros } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  crossEntropyLoss,
  evaluate,
  Flatten,
  fit,
  Init,
  Linear,
  Module,
  predict,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

/** A net that makes what it needs when it is first used, which `fit` does inside of a step. */
class Lazy extends Module {
  readonly #head: Linear;
  readonly #flatten = new Flatten();
  readonly #how: string;
  #mask: Tensor | undefined;

  constructor(runtime: Runtime, how: string) {
    super();
    this.#head = this.child('head', new Linear(new Init(runtime, 1), 64, 2));
    this.#how = how;
    if (how === 'constructor') this.#mask = this.#make(runtime);
  }

  #make(runtime: Runtime): Tensor {
    const mask = tensor(
      runtime,
      Float32Array.from({ length: 64 }, (_, i) => 1 + (i % 3)),
      [1, 64],
    );
    if (this.#how === 'keep()') return runtime.keep(mul(mask, 1));
    // What has a name in the module's state is kept without a word.
    if (this.#how === 'buffer()') return this.buffer('mask', add(mask, zeros(runtime, [1, 64])));
    return mask;
  }

  forward(x: Tensor): Tensor {
    this.#mask ??= this.#make(x.runtime);
    return this.#head.forward(mul(this.#flatten.forward(x), this.#mask));
  }
}

describe.each(runtimes)('constants that forward makes at its first call, on $name', ({ runtime }) => {
  async function train(how: string) {
    const net = new Lazy(runtime, how);
    const [data, val] = [brightHalves(runtime, 20), brightHalves(runtime, 10, 8, 3)];
    const optimizer = new SGD(net.parameters(), { lr: 0.01 });
    const loss = crossEntropyLoss();
    const { history } = await fit(net, {
      train: data,
      val,
      loss,
      optimizer,
      epochs: 3,
      batchSize: 8,
      seed: 5,
    });
    const { values } = await predict(net, val);
    const { loss: after } = await evaluate(net, val, { loss });
    return { losses: history.map(({ trainLoss, valLoss }) => [trainLoss, valLoss]), values, after };
  }

  it.each(['forward', 'keep()', 'buffer()'])('train as those of the constructor do: %s', async (how) => {
    expect(await train(how)).toEqual(await train('constructor'));
  });
});
