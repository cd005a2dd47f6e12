import { add, avgPool2d, mul, randomUniform, sum, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  crossEntropyLoss,
  decodeFitState,
  encodeFitState,
  evaluate,
  type FitOptions,
  type FitState,
  Flatten,
  fit,
  Init,
  Linear,
  Module,
  predict,
  Sequential,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { SmallNet } from '../support/plain-training.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const loss = crossEntropyLoss();

/** Noise on the images in training mode, another one at each step. */
class Noise extends Module {
  readonly calls = this.stepCounter('calls');

  forward(x: Tensor): Tensor {
    if (!this.training) return x;
    const noise = randomUniform(x.runtime, x.shape, { seed: 1, stream: 2, step: () => this.calls.value++ });
    return add(x, mul(noise, 0.5));
  }
}

describe.each(runtimes)('transform on $name', ({ runtime }) => {
  const train = brightHalves(runtime, 22, 8, 1);
  const val = brightHalves(runtime, 10, 8, 2);
  const run = async (options: Partial<FitOptions>, net: Module = new SmallNet(runtime)) => {
    const optimizer = new SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
    const base = { train, val, loss, optimizer, epochs: 3, batchSize: 5, restoreBest: false };
    const { history } = await fit(net, { ...base, ...options });
    const figures = history.map(({ trainLoss, valLoss }) => [trainLoss, valLoss]);
    return { figures, state: await net.stateDict() };
  };

  it('is of training images only, within the recorded step', async () => {
    class Doubled extends SmallNet {
      override forward(x: Tensor): Tensor {
        return super.forward(this.training ? mul(x, 2) : x);
      }
    }
    const found = await run({ transform: (images) => mul(images, 2) });
    expect(found).toEqual(await run({}, new Doubled(runtime)));
    expect(found).not.toEqual(await run({}));
  });

  it('may change the shape; validation, evaluation and prediction have theirs', async () => {
    const pool = (images: Tensor) => avgPool2d(images, { kernelSize: 2 });
    const init = new Init(runtime, 1);
    const net = new Sequential(new Flatten(), new Linear(init, 16, 2));
    const { figures } = await run({ transform: pool, evalTransform: pool }, net);
    const { loss: again } = await evaluate(net, val, { loss, transform: pool });
    expect(again).toBe(figures[2][1]);
    expect((await predict(net, val, { transform: pool })).values).toHaveLength(20);
    await expect(run({ transform: pool }, net)).rejects.toThrow();
  });

  it('a module draws on after an interruption: its counters are part of the state', async () => {
    const states: FitState[] = [];
    const whole = await run({ transform: new Noise(), checkpoint: (state) => void states.push(state) });
    expect(states.map(({ transform }) => transform)).toEqual([{ calls: 5 }, { calls: 10 }, { calls: 15 }]);
    const { tensors, metadata } = encodeFitState(states[1]);
    const state = decodeFitState({ tensors, metadata: new Map(Object.entries(metadata)) });
    expect(await run({ transform: new Noise(), resume: state })).toEqual(whole);
    await expect(run({ resume: state })).rejects.toThrow(
      /has a transform that is a module, and the options do not/,
    );
    await expect(run({ transform: new Noise(), resume: { ...state, transform: undefined } })).rejects.toThrow(
      /does not have a transform/,
    );
  });

  it('a module is in evaluation mode for validation, and follows its own mode in training', async () => {
    const noise = new Noise();
    const plain = await run({});
    expect(await run({ evalTransform: noise })).toEqual(plain);
    expect(noise.training).toBe(true);
    noise.eval();
    expect(await run({ transform: noise })).toEqual(plain);
    const seen: number[] = [];
    const later = new Noise();
    await run({
      transform: later,
      onEpochStart: (epoch) => void later.train(epoch !== 2),
      onEpoch: () => void seen.push(later.calls.value),
    });
    expect(seen).toEqual([5, 5, 10]);
  });

  it('must give the images back', async () => {
    const any = (value: unknown) => value as never;
    await expect(run({ transform: any(() => 5) })).rejects.toThrow(
      /fit: transform must give the images as a tensor/,
    );
    await expect(run({ transform: (x) => sum(x, { dim: 0, keepdim: true }) })).rejects.toThrow(
      'fit: transform was given images [5,1,8,8] and gave [1,1,8,8]; there must be as many',
    );
    await expect(run({ transform: any(Noise) })).rejects.toThrow(
      /transform must be a function of images, or a module/,
    );
    await expect(run({ evalTransform: any('flip') })).rejects.toThrow(
      /evalTransform must be a function of images/,
    );
  });
});
