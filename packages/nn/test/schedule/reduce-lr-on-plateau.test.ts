import { describe, expect, it } from 'vitest';
import {
  Adam,
  crossEntropyLoss,
  Flatten,
  fit,
  Init,
  Linear,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  Sequential,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const { runtime } = runtimes.find(({ name }) => name === 'wasm')!;

function follow(values: readonly number[], options: ReduceLROnPlateauOptions, lr = 1): number[] {
  const net = new Linear(new Init(runtime, 0), 2, 2);
  const optimizer = new SGD(net.parameters(), { lr });
  const plateau = new ReduceLROnPlateau(optimizer, options);
  return values.map((value) => {
    const before = optimizer.groups[0].lr;
    const fell = plateau.step(value);
    if (!fell) expect(optimizer.groups[0].lr).toBe(before);
    return optimizer.groups[0].lr;
  });
}

/** Rates after each value, by the lines of PyTorch's `ReduceLROnPlateau.step`. */
describe('ReduceLROnPlateau', () => {
  it('falls after more than `patience` values that are no better', () => {
    const factors = follow([5, 4, 4, 4, 4, 3, 3, 3, 3], { patience: 2, factor: 0.5 });
    expect(factors).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]);
  });

  it('a small improvement is none: relative and absolute thresholds, both modes', () => {
    const options = { patience: 0, factor: 0.5 };
    expect(follow([10, 9.95, 9.8], { ...options, threshold: 0.01 })).toEqual([1, 0.5, 0.5]);
    expect(follow([10, 9.95, 9.8], { ...options, threshold: 0.01, thresholdMode: 'abs' })).toEqual([1, 1, 1]);
    expect(follow([10, 10.05, 10.2], { ...options, mode: 'max', threshold: 0.01 })).toEqual([1, 0.5, 0.5]);
    expect(
      follow([10, 10.05, 10.2], { ...options, mode: 'max', threshold: 0.1, thresholdMode: 'abs' }),
    ).toEqual([1, 0.5, 0.5]);
    expect(follow([0.5, 0.5, 0.4], { ...options, mode: 'max' })).toEqual([1, 0.5, 0.25]);
  });

  it('waits out its cooldown, and stops at the least rate', () => {
    expect(follow([1, 1, 1, 1, 1], { patience: 0, factor: 0.5, cooldown: 2 })).toEqual([
      1, 0.5, 0.5, 0.5, 0.25,
    ]);
    expect(follow([1, 1, 1, 1], { patience: 0, factor: 0.1, minLr: 0.05 })).toEqual([1, 0.1, 0.05, 0.05]);
    expect(follow([1, 1], { patience: 0, factor: 0.5, eps: 0.6 })).toEqual([1, 1]);
  });

  it('NaN is no better', () => {
    expect(follow([Number.NaN, 1, Number.NaN, Number.NaN], { patience: 1, factor: 0.5 })).toEqual([
      1, 1, 1, 0.5,
    ]);
  });

  it('goes on from a saved state, and lowers every group by its own rate', () => {
    const [a, b] = [1, 2].map((seed) => new Linear(new Init(runtime, seed), 2, 2));
    const groups = [{ parameters: a.parameters() }, { parameters: b.parameters(), lr: 0.01 }];
    const optimizer = new Adam(groups, { lr: 0.1 });
    const first = new ReduceLROnPlateau(optimizer, { patience: 1 });
    first.step(1);
    first.step(1);
    expect(first.stateDict()).toEqual({ best: 1, badCount: 1, cooldownLeft: 0 });
    const next = new ReduceLROnPlateau(optimizer, { patience: 1 });
    next.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())));
    expect(next.step(1)).toBe(true);
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.1 * 0.1, 0.01 * 0.1]);
    expect(() => next.loadStateDict({ best: 1, badCount: -1, cooldownLeft: 0 })).toThrow(/badCount must be/);
  });

  it('works in fit: recorded steps see the rates', async () => {
    const rates: number[] = [];
    const losses = await Promise.all(
      [false, true].map(async (falls) => {
        const net = new Sequential(new Flatten(), new Linear(new Init(runtime, 0), 64, 2));
        const optimizer = new SGD(net.parameters(), { lr: 0.1 });
        const plateau = new ReduceLROnPlateau(optimizer, { patience: 0, factor: 0 });
        const { history } = await fit(net, {
          train: brightHalves(runtime, 40),
          loss: crossEntropyLoss(),
          optimizer,
          epochs: 4,
          batchSize: 20,
          shuffle: false,
          onEpoch: ({ epoch }) => {
            if (!falls) return;
            plateau.step(epoch < 3 ? -epoch : 0);
            rates.push(optimizer.groups[0].lr);
          },
        });
        return history.map(({ trainLoss }) => trainLoss);
      }),
    );
    expect(rates).toEqual([0.1, 0.1, 0, 0]);
    expect(losses[1].slice(0, 3)).toEqual(losses[0].slice(0, 3));
    expect(losses[1][3]).not.toBe(losses[0][3]);
  });

  it('refuses what it does not know', () => {
    const optimizer = new SGD(new Linear(new Init(runtime, 0), 2, 2).parameters(), { lr: 1 });
    expect(() => new ReduceLROnPlateau({} as never)).toThrow(/optimizer must be an optimiser/);
    expect(() => new ReduceLROnPlateau(optimizer, { factor: 1 })).toThrow(/factor must be below 1/);
    expect(() => new ReduceLROnPlateau(optimizer, { patients: 1 } as never)).toThrow(/patients/);
    expect(() => new ReduceLROnPlateau(optimizer).step('1' as never)).toThrow(
      /step takes a number, not string/,
    );
  });
});
