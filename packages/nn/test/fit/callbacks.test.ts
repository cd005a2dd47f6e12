import { describe, expect, it } from 'vitest';
import {
  crossEntropyLoss,
  decodeFitState,
  encodeFitState,
  type FitCallback,
  type FitOptions,
  type FitState,
  fit,
  ReduceLROnPlateau,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { SmallNet } from '../support/plain-training.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

describe.each(runtimes)('callbacks and plateaus of fit on $name', ({ runtime }) => {
  const train = brightHalves(runtime, 10, 8, 1);
  const val = brightHalves(runtime, 10, 8, 2);
  const make = (options: Partial<FitOptions> = {}) => {
    const net = new SmallNet(runtime);
    const optimizer = new SGD(net.parameters(), { lr: 0.5 });
    const base = { train, val, loss: crossEntropyLoss(), optimizer, epochs: 2, batchSize: 5 };
    return { net, options: { ...base, ...options } as FitOptions };
  };

  it('are told in their order, objects with fields of their own too', async () => {
    const said: string[] = [];
    class Logger implements FitCallback {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      onEpochStart(epoch: number) {
        said.push(`${this.name} start ${epoch}`);
      }
      onStep({ step, steps }: { step: number; steps: number | undefined }) {
        said.push(`${this.name} ${step}/${steps}`);
      }
      async onEpoch({ epoch }: { epoch: number }) {
        await Promise.resolve();
        said.push(`${this.name} epoch ${epoch}`);
      }
      onEnd({ stopReason }: { stopReason: string }) {
        said.push(`${this.name} ${stopReason}`);
      }
    }
    const { net, options } = make({
      epochs: 1,
      onEpoch: () => void said.push('option epoch'),
      progress: ({ step }) => void said.push(`option ${step}`),
      callbacks: [new Logger('a'), { onEpoch: () => void said.push('b epoch') }],
    });
    await fit(net, options);
    expect(said).toEqual([
      'a start 1',
      ...['option 1', 'a 1/2', 'option 2', 'a 2/2'],
      ...['option epoch', 'a epoch 1', 'b epoch'],
      'a limit',
    ]);
  });

  it('refuse what JavaScript lets through', async () => {
    const wrong: [unknown, RegExp][] = [
      [{ onEpoch: () => {} }, /callbacks must be a list, \[\{ onEpoch \}\], not \{ onEpoch \}/],
      [[() => {}], /callbacks\[0\] must be an object with onEpochStart, onStep, onEpoch, onEnd/],
      [[{ onEpochEnd: () => {} }], /callbacks\[0\]: there is no 'onEpochEnd'; there are/],
      [[{ path: 'x.csv' }], /callbacks\[0\] has none of/],
      [[{ onStep: 5 }], /callbacks\[0\]: onStep must be a function, not 5/],
    ];
    for (const [callbacks, message] of wrong) {
      const { net, options } = make({ callbacks: callbacks as never });
      await expect(fit(net, options)).rejects.toThrow(message);
    }
  });

  it('a ReduceLROnPlateau as the schedule lowers the rates, and goes on where it was', async () => {
    const run = async (epochs: number, resume?: FitState) => {
      const { net, options } = make({ epochs, resume, restoreBest: false });
      const schedule = new ReduceLROnPlateau(options.optimizer, {
        patience: 0,
        threshold: 0.99,
        cooldown: 1,
      });
      const states: FitState[] = [];
      const checkpoint = (state: FitState) => void states.push(state);
      const { history } = await fit(net, { ...options, schedule, checkpoint });
      const rates = history.map(({ learningRates }) => learningRates[0]);
      return { rates, states, state: await net.stateDict() };
    };
    const whole = await run(7);
    expect(whole.rates[0]).toBe(0.5);
    expect(whole.rates.at(-1)).toBeLessThan(0.1);
    const { tensors, metadata } = encodeFitState(whole.states[2]);
    const state = decodeFitState({ tensors, metadata: new Map(Object.entries(metadata)) });
    const rest = await run(7, state);
    expect([rest.rates, rest.state]).toEqual([whole.rates, whole.state]);
  });

  it('a plateau of another optimiser, in another direction, or by steps is refused', async () => {
    const { net, options } = make();
    const other = new ReduceLROnPlateau(make().options.optimizer);
    await expect(fit(net, { ...options, schedule: other })).rejects.toThrow(
      /ReduceLROnPlateau of another optimiser/,
    );
    const schedule = new ReduceLROnPlateau(options.optimizer);
    await expect(fit(net, { ...options, schedule, scheduleUnit: 'step' })).rejects.toThrow(
      /leave scheduleUnit out/,
    );
    const earlyStopping = { patience: 3, monitor: 'valAccuracy' };
    await expect(fit(net, { ...options, schedule, earlyStopping })).rejects.toThrow(
      "fit: the ReduceLROnPlateau has mode 'min', but 'valAccuracy', which it would see, is better with 'max'",
    );
  });
});
