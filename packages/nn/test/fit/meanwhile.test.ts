import { zeros } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  crossEntropyLoss,
  decodeFitState,
  encodeFitState,
  evaluate,
  type FitOptions,
  type FitState,
  fit,
  type Loss,
  predict,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { type Callbacks, SmallNet, trainPlainly } from '../support/plain-training.ts';
import { openTestRuntimes } from '../support/runtime.ts';

/** What users do with a model while `fit` trains it, against a plain loop in which nothing is recorded. */

const runtimes = await openTestRuntimes();
const loss: Loss = crossEntropyLoss();

/** Something that a user changes on a net, from the next step on. */
type Change = (net: SmallNet) => void;

describe.each(runtimes)('a model in use while fit trains it, on $name', ({ runtime }) => {
  const train = brightHalves(runtime, 23, 8, 1);
  const val = brightHalves(runtime, 9, 8, 2);
  /** 23 images in batches of 4: five full ones and one of 3. */
  const common = { train, loss, batchSize: 4, epochs: 4, shuffle: false, restoreBest: false } as const;
  const sgd = (net: SmallNet, parameters = net.parameters()) =>
    new SGD(parameters, { lr: 0.1, momentum: 0.9, weightDecay: 0.01 });

  const plainly = (callbacks: (net: SmallNet, optimizer: SGD) => Callbacks) => {
    const net = new SmallNet(runtime);
    const optimizer = sgd(net);
    trainPlainly(net, { ...common, optimizer, ...callbacks(net, optimizer) });
    return net.stateDict();
  };
  const fitted = async (
    callbacks: (net: SmallNet, optimizer: SGD) => Partial<FitOptions>,
    extra: Partial<FitOptions> = {},
  ) => {
    const net = new SmallNet(runtime);
    const optimizer = sgd(net);
    await fit(net, { ...common, val, optimizer, ...callbacks(net, optimizer), ...extra });
    return net.stateDict();
  };
  const undisturbed = plainly(() => ({}));

  describe('is trained as in a plain loop', () => {
    const uses: Record<string, (net: SmallNet) => Partial<FitOptions>> = {
      nothing: () => ({}),
      'outputs and figures asked for in every step, not waited for': (net) => ({
        progress: () => {
          void predict(net, val, { batchSize: 2 });
          void evaluate(net, val, { loss, batchSize: 2 });
        },
      }),
      'outputs asked for before each epoch': (net) => ({
        onEpochStart: () => void predict(net, val, { batchSize: 2 }),
      }),
      'outputs waited for after each epoch': (net) => ({
        onEpoch: async () => void (await predict(net, val, { batchSize: 2 })),
      }),
      'eval() at any time, without train()': (net) => ({
        onEpochStart: () => void net.eval(),
        progress: ({ step }) => void (step === 2 && net.eval()),
        scores: () => {
          net.eval();
          return {};
        },
      }),
      'eval() and train() around outputs': (net) => ({
        progress: () => {
          net.eval();
          runtime.step(() => net.forward(zeros(runtime, [1, 1, 8, 8])));
          net.train();
        },
      }),
      'outputs whose computation fails': (net) => ({
        progress: () => {
          const compute = () => {
            throw new Error('on purpose');
          };
          predict(net, val, { compute }).catch(() => {});
        },
      }),
    };
    it.each(Object.keys(uses))('with %s', async (name) => {
      expect(await fitted(uses[name])).toEqual(await undisturbed);
    });
  });

  it('gives the outputs of evaluation mode, also to several at once, and keeps its own modes', async () => {
    const net = new SmallNet(runtime);
    net.norm.eval();
    const modes = () => [...net.namedModules()].map(([name, { training }]) => [name, training]);
    const before = modes();
    const alone = await predict(net, val, { batchSize: 2 });
    const [a, b, { outputs }] = await Promise.all([
      predict(net, val, { batchSize: 2 }),
      predict(net, val, { batchSize: 2 }),
      evaluate(net, val, { loss, batchSize: 2, outputs: true }),
    ]);
    for (const { values } of [a, b, outputs!]) expect(values).toEqual(alone.values);
    expect(modes()).toEqual(before);
    net.eval();
    expect((await predict(net, val, { batchSize: 2 })).values).toEqual(alone.values);
    // A rate of 0 and running statistics that stay leave the outputs as they are while the net is trained.
    net.train();
    net.norm.eval();
    const during: Promise<Float32Array>[] = [];
    await fit(net, {
      ...common,
      optimizer: new SGD(net.parameters(), { lr: 0 }),
      epochs: 1,
      progress: () => during.push(predict(net, val, { batchSize: 2 }).then(({ values }) => values)),
    });
    expect(during.length).toBe(6);
    for (const values of await Promise.all(during)) expect(values).toEqual(alone.values);
    expect(modes()).toEqual(before);
  });

  it('may share parts with another that is trained at the same time', async () => {
    const make = () => {
      const first = new SmallNet(runtime);
      first.first.freeze();
      const nets = [first, new SmallNet(runtime, 7, first.first)];
      return nets.map((net) => ({
        net,
        optimizer: sgd(net, [...net.norm.parameters(), ...net.head.parameters()]),
      }));
    };
    const inTurns = make();
    for (const { net, optimizer } of inTurns) trainPlainly(net, { ...common, optimizer });
    const together = make();
    await Promise.all(together.map(({ net, optimizer }) => fit(net, { ...common, val, optimizer })));
    for (const [index, { net }] of together.entries())
      expect(await net.stateDict()).toEqual(await inTurns[index].net.stateDict());
  });

  const changes: Record<string, readonly [Change, Change]> = {
    'norm.eval()': [(net) => net.norm.eval(), (net) => net.norm.train()],
    'dropout.eval()': [(net) => net.dropout.eval(), (net) => net.train()],
    'first.freeze()': [(net) => net.first.freeze(), (net) => net.first.unfreeze()],
    "norm.freeze({ batchNorm: 'eval' })": [
      (net) => net.norm.freeze({ batchNorm: 'eval' }),
      (net) => net.norm.freeze({ batchNorm: 'reestimate' }),
    ],
    'requiresGrad_(false)': [
      (net) => net.head.weight.requiresGrad_(false),
      (net) => net.head.weight.requiresGrad_(),
    ],
    'requiresGrad = false': [
      (net) => {
        net.first.weight.requiresGrad = false;
      },
      (net) => {
        net.first.weight.requiresGrad = true;
      },
    ],
  };
  const places: Record<string, (change: () => void, back: () => void) => Callbacks> = {
    onEpochStart: (change, back) => ({
      onEpochStart: (epoch) => {
        if (epoch === 2) change();
        if (epoch === 4) back();
      },
    }),
    onEpoch: (change, back) => ({
      onEpoch: ({ epoch }) => {
        if (epoch === 1) change();
        if (epoch === 3) back();
      },
    }),
    progress: (change, back) => ({
      progress: ({ epoch, step }) => {
        if (epoch === 2 && step === 3) change();
        if (epoch === 4 && step === 6) back();
        if (epoch === 4 && step === 1) back();
      },
    }),
  };

  describe.each(Object.keys(changes))('obeys %s from the next step on', (name) => {
    const [change, back] = changes[name];
    it.each(Object.keys(places))('in %s', async (place) => {
      const callbacks = (net: SmallNet) =>
        places[place](
          () => change(net),
          () => back(net),
        );
      const expected = await plainly(callbacks);
      expect(expected).not.toEqual(await undisturbed);
      expect(await fitted(callbacks)).toEqual(expected);
    });
  });

  it('obeys changes in steps that are queued ahead, and refuses those that come after them', async () => {
    const callbacks = (net: SmallNet) =>
      places.progress(
        () => net.first.freeze(),
        () => net.first.unfreeze(),
      );
    expect(await fitted(callbacks, { queueAhead: true })).toEqual(await plainly(callbacks));
    const late: Record<string, (net: SmallNet, optimizer: SGD) => Partial<FitOptions>> = {
      onEpoch: (net) => ({ onEpoch: () => void net.norm.eval() }),
      checkpoint: (_, optimizer) => ({
        checkpoint: () => {
          optimizer.groups[0].lr *= 0.5;
        },
      }),
      scores: (net) => ({
        scores: () => {
          net.first.freeze();
          return {};
        },
      }),
    };
    for (const [place, use] of Object.entries(late)) {
      await expect(fitted(use, { queueAhead: true }), place).rejects.toThrow(
        /a callback after epoch 1 changed modes.*queueAhead: false/,
      );
    }
  });

  it('keeps a part in evaluation mode that was in it before, and trains a net that was in it as a whole', async () => {
    const expected = await plainly((net) => ({ onEpochStart: () => void net.norm.eval() }));
    const net = new SmallNet(runtime);
    net.norm.eval();
    await fit(net, { ...common, optimizer: sgd(net) });
    expect(await net.stateDict()).toEqual(expected);
    const whole = new SmallNet(runtime).eval();
    await fit(whole, { ...common, optimizer: sgd(whole) });
    expect(await whole.stateDict()).toEqual(await undisturbed);
  });

  it('may have a train() of its own, as nets that fine-tune have', async () => {
    class FineTuned extends SmallNet {
      override train(training = true): this {
        super.train(training);
        this.norm.eval();
        return this;
      }
    }
    const net = new FineTuned(runtime);
    await fit(net, {
      ...common,
      optimizer: sgd(net),
      progress: () => void predict(net, val, { batchSize: 4 }),
    });
    expect(await net.stateDict()).toEqual(
      await plainly((plain) => ({ onEpochStart: () => void plain.norm.eval() })),
    );
  });

  it.each<[string, (net: SmallNet, optimizer: SGD) => Callbacks]>([
    [
      'onEpochStart',
      (net) => ({
        onEpochStart: (epoch) => {
          if (epoch === 2) net.first.freeze();
          if (epoch === 2) net.norm.freeze({ batchNorm: 'eval' });
        },
      }),
    ],
    [
      'onEpoch',
      (net, optimizer) => ({
        onEpoch: ({ epoch }) => {
          if (epoch !== 2) return;
          net.dropout.eval();
          net.head.bias!.requiresGrad_(false);
          optimizer.groups[0].lr *= 0.25;
        },
      }),
    ],
    [
      'progress',
      (net) => ({
        progress: ({ epoch, step }) => {
          if (epoch === 2 && step === 4) net.norm.eval();
        },
      }),
    ],
  ])('goes on after an interruption with what %s had changed before', async (_, callbacks) => {
    const states: FitState[] = [];
    const whole = await fitted(callbacks, { checkpoint: (state) => void states.push(state) });
    expect(whole).toEqual(await plainly(callbacks));
    for (const state of states.slice(1, 3)) {
      const { tensors, metadata } = encodeFitState(state);
      const file = decodeFitState({ tensors, metadata: new Map(Object.entries(metadata)) });
      expect(await fitted(callbacks, { resume: file })).toEqual(whole);
    }
  });
});
