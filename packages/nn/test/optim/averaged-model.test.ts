import { describe, expect, it } from 'vitest';
import {
  AveragedModel,
  crossEntropyLoss,
  decodeFitState,
  encodeFitState,
  evaluate,
  type FitOptions,
  type FitState,
  fit,
  type Module,
  SGD,
  type StateDict,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { SmallNet, trainPlainly } from '../support/plain-training.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const loss = crossEntropyLoss();
const values = (state: StateDict, name: string) => state.get(name)!.data as Float32Array;

describe.each(runtimes)('averaged weights on $name', ({ runtime }) => {
  const train = brightHalves(runtime, 22, 8, 1);
  const val = brightHalves(runtime, 10, 8, 2);
  const sgd = (net: Module) => new SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });

  it.each([{ decay: 0.9 }, { decay: 0.3, useBuffers: true }, {}])(
    'follow the formula of torch.optim.swa_utils: %o',
    async (options) => {
      const net = new SmallNet(runtime);
      const averaged = new AveragedModel(net, options);
      const history: Promise<StateDict>[] = [];
      trainPlainly(net, {
        train,
        loss,
        optimizer: sgd(net),
        epochs: 2,
        batchSize: 5,
        progress: () => {
          averaged.updateParameters();
          history.push(net.stateDict());
        },
      });
      const states = await Promise.all(history);
      const { updates, tensors } = await averaged.stateDict();
      expect(updates).toBe(10);
      const statistics = options.useBuffers ? ['norm.running_mean', 'norm.running_var'] : [];
      expect([...tensors.keys()]).toEqual([...net.namedParameters().keys(), ...statistics]);
      for (const name of tensors.keys()) {
        let expected = Float64Array.from(values(states[0], name));
        for (const [n, state] of states.entries()) {
          const share = options.decay === undefined ? 1 / (n + 1) : n === 0 ? 1 : 1 - options.decay;
          const own = values(state, name);
          expected = expected.map((average, i) => average + share * (own[i] - average));
        }
        expect(largestDifference(values(tensors, name), expected), name).toBeLessThan(2e-6);
      }
      // Evaluated with the averages, and back to the bit.
      const before = await net.stateDict();
      const inUse = await averaged.use(() => net.stateDict());
      for (const name of tensors.keys()) expect(inUse.get(name), name).toEqual(tensors.get(name));
      expect(await net.stateDict()).toEqual(before);
      averaged.copyToModel();
      expect(await net.stateDict()).toEqual(inUse);
    },
  );

  const run = async (options: Partial<FitOptions>, decay = 0.8) => {
    const net = new SmallNet(runtime);
    const average = new AveragedModel(net, { decay });
    const base = { train, val, loss, optimizer: sgd(net), epochs: 4, batchSize: 5, average };
    const result = await fit(net, { ...base, ...options });
    const figures = result.history.map(({ trainLoss, valLoss }) => [trainLoss, valLoss]);
    return { net, average, figures, state: await net.stateDict(), result };
  };

  it('in fit: training is the same, validation and the best epoch are of the averages', async () => {
    const plain = await run({ average: undefined, restoreBest: false });
    const found = await run({ restoreBest: false });
    expect(found.figures.map(([loss]) => loss)).toEqual(plain.figures.map(([loss]) => loss));
    expect(found.state).toEqual(plain.state);
    expect(found.average.updates).toBe(20);
    const { loss: again } = await found.average.use(() => evaluate(found.net, val, { loss }));
    expect(again).toBe(found.figures[3][1]);
    const best = await run({ seed: 0 });
    const { bestEpoch, bestState } = best.result;
    expect(best.state).toEqual(bestState);
    expect((await evaluate(best.net, val, { loss })).loss).toBe(best.figures[bestEpoch - 1][1]);
  });

  it('go on after an interruption to the same bits', async () => {
    const states: FitState[] = [];
    const whole = await run({ accumulate: 2, checkpoint: (state) => void states.push(state) });
    const { tensors, metadata } = encodeFitState(states[1]);
    const state = decodeFitState({ tensors, metadata: new Map(Object.entries(metadata)) });
    expect(state.average).toEqual(states[1].average);
    const rest = await run({ accumulate: 2, resume: state });
    expect(rest.state).toEqual(whole.state);
    expect(rest.figures).toEqual(whole.figures);
    expect(await rest.average.stateDict()).toEqual(await whole.average.stateDict());
    await expect(run({ average: undefined, resume: state })).rejects.toThrow(/has an average of weights/);
    // An epoch that is dropped is dropped from the average, too.
    const abort = new AbortController();
    const progress: FitOptions['progress'] = ({ epoch, step }) => epoch === 3 && step === 2 && abort.abort();
    const dropped = await run({ accumulate: 2, signal: abort.signal, progress });
    expect(await dropped.average.stateDict()).toEqual(states[1].average);
  });

  it('refuse what cannot be', async () => {
    const net = new SmallNet(runtime);
    const averaged = new AveragedModel(net, { decay: 0.9 });
    await expect(averaged.use(() => 1)).rejects.toThrow(/before any update: call updateParameters/);
    averaged.updateParameters();
    await averaged.use(() => {
      expect(() => averaged.updateParameters()).toThrow(/wait until use\(\) has ended/);
    });
    await expect(averaged.use(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    averaged.updateParameters();
    for (const decay of [1, -0.1, Number.NaN, '0.9'])
      expect(() => new AveragedModel(net, { decay: decay as number })).toThrow(
        /decay must be a number from 0/,
      );
    expect(() => new AveragedModel({} as never)).toThrow(/the model must be a module/);
    expect(() => averaged.loadStateDict({ updates: 3, tensors: new Map() })).toThrow(
      /'first.weight' is \[missing\]/,
    );
    await expect(run({ average: averaged })).rejects.toThrow(/the average is of another model/);
    await expect(run({ average: {} as never })).rejects.toThrow(/average must be an AveragedModel/);
  });
});
