import {
  add,
  backward,
  mean,
  mul,
  StepChangedError,
  stepInput,
  type Tensor,
  tensor,
} from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  crossEntropyLoss,
  type EpochRecord,
  evaluate,
  type FitOptions,
  fit,
  gatherBatch,
  type Loss,
  type Module,
  predict,
  RandomStream,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { type Callbacks, SmallNet, trainPlainly } from '../support/plain-training.ts';
import { openTestRuntimes } from '../support/runtime.ts';

/**
 * What the host does in `forward` and in the loss, which a recorded step does not do again: what changes between
 * epochs must be as in a loop in which nothing is recorded, what changes within an epoch an error or a stepInput.
 */

const runtimes = await openTestRuntimes();
const entropy = crossEntropyLoss();

/** A training whose net, loss and callbacks share something on the host. */
interface Case {
  readonly net: SmallNet;
  readonly loss?: Loss;
  readonly callbacks?: Callbacks;
}

describe.each(runtimes)('what the host does in a step that fit repeats, on $name', ({ runtime }) => {
  const train = brightHalves(runtime, 23, 8, 1);
  const val = brightHalves(runtime, 9, 8, 2);
  const common = { train, batchSize: 4, epochs: 4, shuffle: false, restoreBest: false } as const;
  const sgd = (net: Module) => new SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
  /** A penalty on the outputs, so that there is something to weigh. */
  const penalty = (output: Tensor) => mean(mul(output, output));

  const fitted = async (make: () => Case, extra: Partial<FitOptions> = {}) => {
    const { net, loss = entropy, callbacks } = make();
    const { history } = await fit(net, {
      ...common,
      val,
      evalBatchSize: 4,
      loss,
      optimizer: sgd(net),
      ...callbacks,
      ...extra,
    });
    const valLosses = history.map(({ valLoss }: EpochRecord) => valLoss!);
    return { state: await net.stateDict(), valLosses };
  };

  const plainly = async (make: () => Case) => {
    const { net, loss = entropy, callbacks } = make();
    const valLosses: Promise<number>[] = [];
    trainPlainly(net, {
      ...common,
      loss,
      optimizer: sgd(net),
      ...callbacks,
      onEpoch: (at) => {
        // In one batch, which is not recorded.
        valLosses.push(evaluate(net, val, { loss, batchSize: 9 }).then((figures) => figures.loss));
        callbacks?.onEpoch?.(at);
      },
    });
    return { state: await net.stateDict(), valLosses: await Promise.all(valLosses) };
  };

  /** Changes from epoch to epoch. */
  const byEpoch: Record<string, () => Case> = {
    'a coefficient of the loss': () => {
      let weight = 0;
      return {
        net: new SmallNet(runtime),
        loss: (output, batch) => add(entropy(output, batch), mul(penalty(output), weight)),
        callbacks: {
          onEpochStart: (epoch) => {
            weight = 0.1 * epoch;
          },
        },
      };
    },
    'a part of the loss that begins later': () => {
      let epoch = 1;
      return {
        net: new SmallNet(runtime),
        loss: (output, batch) => {
          const value = entropy(output, batch);
          return epoch < 3 ? value : add(value, mul(penalty(output), 0.01));
        },
        callbacks: {
          onEpoch: () => {
            epoch++;
          },
        },
      };
    },
    'weights of classes that are made anew': () => {
      let loss = entropy;
      return {
        net: new SmallNet(runtime),
        loss: (output, batch) => loss(output, batch),
        callbacks: {
          onEpochStart: (epoch) => {
            loss = crossEntropyLoss({ weight: tensor(runtime, [1, epoch], [2]) });
          },
        },
      };
    },
    'a switch in forward, and data made there': () => {
      class Switched extends SmallNet {
        epoch = 1;

        override forward(x: Tensor): Tensor {
          const output = super.forward(x);
          if (this.epoch === 2) return mul(output, tensor(runtime, [2, 3], [2]));
          return this.epoch > 2 ? add(output, tensor(runtime, [0, this.epoch], [2])) : output;
        }
      }
      const net = new Switched(runtime);
      return {
        net,
        callbacks: {
          onEpochStart: (epoch) => {
            net.epoch = epoch;
          },
        },
      };
    },
    'the share that dropout drops': () => {
      const net = new SmallNet(runtime);
      return {
        net,
        callbacks: { onEpochStart: (epoch) => Object.assign(net.dropout, { p: 0.1 * epoch }) },
      };
    },
    'a number that a stepInput looks up in the step': () => {
      let weight = 0;
      return {
        net: new SmallNet(runtime),
        loss: (output, batch) => {
          const now = weight;
          const factor = stepInput(runtime, [], 'f32', () => [now]);
          return add(entropy(output, batch), mul(penalty(output), factor));
        },
        callbacks: {
          onEpochStart: (epoch) => {
            weight = 0.1 * epoch;
          },
        },
      };
    },
  };

  it.each(Object.keys(byEpoch))('follows from epoch to epoch: %s', async (name) => {
    const expected = await plainly(byEpoch[name]);
    const found = await fitted(byEpoch[name]);
    expect(found.state).toEqual(expected.state);
    for (const [epoch, loss] of found.valLosses.entries())
      expect(loss).toBeCloseTo(expected.valLosses[epoch], 5);
  });

  it('follows a coefficient by step that is a stepInput: the example of docs/architecture.md', async () => {
    const make = (): Case => {
      let steps = 0;
      const warmUp = () => Math.min(1, steps / 20);
      return {
        net: new SmallNet(runtime),
        loss: (output, batch) => {
          const weight = stepInput(runtime, [], 'f32', () => [warmUp()]);
          return add(entropy(output, batch), mul(penalty(output), weight));
        },
        callbacks: {
          progress: () => {
            steps++;
          },
        },
      };
    };
    const expected = await plainly(make);
    const found = await fitted(make);
    expect(found.state).toEqual(expected.state);
  });

  /** Changes within epochs, and what the error says. */
  const withinEpochs: Record<string, { readonly make: () => Case; readonly says: RegExp }> = {
    'a counter in the loss': {
      make: () => {
        let calls = 0;
        return {
          net: new SmallNet(runtime),
          loss: (output, batch) => add(entropy(output, batch), mul(penalty(output), 1 / ++calls)),
        };
      },
      says: new RegExp(
        String.raw`'mulForward': its 'b' holds other numbers: 0\.5 when it was recorded, 0\.3333333 ` +
          'now.*Give what changes by stepInput',
      ),
    },
    'a coefficient that progress sets': {
      make: () => {
        let weight = 0.5;
        return {
          net: new SmallNet(runtime),
          loss: (output, batch) => add(entropy(output, batch), mul(penalty(output), weight)),
          callbacks: {
            progress: ({ epoch, step }) => {
              if (epoch === 3 && step === 4) weight = 0.25;
            },
          },
        };
      },
      says: /0\.5 when it was recorded, 0\.25 now/,
    },
    'noise that the host draws': {
      make: () => {
        const random = new RandomStream(1, 5);
        class Noisy extends SmallNet {
          override forward(x: Tensor): Tensor {
            const noise = Float32Array.from({ length: 64 }, () => random.uniform());
            return super.forward(add(x, tensor(runtime, noise, [1, 1, 8, 8])));
          }
        }
        return { net: new Noisy(runtime) };
      },
      says: /'addForward': its 'b' holds other numbers: .*and 63 more/,
    },
    'layers that are left out by chance': {
      make: () => {
        const random = new RandomStream(1, 6);
        class Stochastic extends SmallNet {
          override forward(x: Tensor): Tensor {
            const output = super.forward(x);
            return random.uniform() < 0.3 ? mul(output, 2) : output;
          }
        }
        return { net: new Stochastic(runtime) };
      },
      says: /stands in its place now|its .* is/,
    },
  };

  it.each(Object.keys(withinEpochs))('says what changed within an epoch: %s', async (name) => {
    const { make, says } = withinEpochs[name];
    const training = fitted(make);
    await expect(training).rejects.toBeInstanceOf(StepChangedError);
    await expect(training).rejects.toThrow(says);
  });

  it('finds what comes and goes within an epoch where every step is looked at', async () => {
    const make = (): Case => {
      let weight = 0;
      return {
        net: new SmallNet(runtime),
        loss: (output, batch) => add(entropy(output, batch), mul(penalty(output), weight)),
        callbacks: {
          progress: ({ epoch, step }) => {
            weight = epoch === 3 && step === 2 ? 0.5 : 0;
          },
        },
      };
    };
    // The third step of an epoch of six is not looked at by itself.
    expect((await fitted(make)).state).not.toEqual((await plainly(make)).state);
    await expect(fitted(make, { checkEvery: 1 })).rejects.toThrow(/0 when it was recorded, 0\.5 now/);
  });

  it('says so for outputs that chance decides', async () => {
    const net = new SmallNet(runtime);
    const random = new RandomStream(1, 7);
    const compute = (x: Tensor) => net.forward(mul(x, random.uniform()));
    await expect(predict(net, val, { batchSize: 2, compute })).rejects.toThrow(StepChangedError);
  });

  it('a recording of the user’s own keeps its mode, and notices what is frozen', async () => {
    const make = () => {
      const net = new SmallNet(runtime);
      const optimizer = sgd(net);
      let start = 0;
      const step = () => {
        const rows = stepInput(runtime, [4], 'u32', () => train.rows.subarray(start, start + 4));
        const batch = gatherBatch(train, rows);
        const value = entropy(net.forward(batch.images), batch);
        backward(value);
        optimizer.step();
        optimizer.zeroGrad();
        runtime.eachStep(() => {
          start = (start + 4) % 20;
        });
        return value;
      };
      return { net, step };
    };
    const plain = make();
    for (let count = 0; count < 12; count++) runtime.step(plain.step);
    const { net, step } = make();
    const recording = runtime.record(step);
    for (let count = 1; count < 12; count++) {
      net.eval();
      if (count === 5) net.norm.train();
      recording.replay();
      expect(net.training).toBe(false);
      expect(net.norm.training).toBe(count === 5);
    }
    expect(await net.stateDict()).toEqual(await plain.net.stateDict());
    net.first.freeze();
    expect(() => recording.replay()).toThrow(StepChangedError);
    net.first.unfreeze();
    net.norm.freeze({ batchNorm: 'eval' });
    expect(() => recording.replay()).toThrow(StepChangedError);
    net.norm.unfreeze();
    recording.replay();
    sgd(net);
    expect(() => recording.replay()).toThrow(/another optimiser was made for the same parameters/);
    recording.dispose();
  });
});
