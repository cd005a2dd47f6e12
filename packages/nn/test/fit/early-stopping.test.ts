import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EarlyStopping } from '../../src/fit/early-stopping.ts';

/** Feeds values; returns the epochs that were the best when they came, and the epoch it stopped at. */
function run(stopping: EarlyStopping, values: readonly number[]) {
  const best: number[] = [];
  for (const [index, value] of values.entries()) {
    if (stopping.update(index + 1, value)) best.push(index + 1);
    if (stopping.exhausted) return { best, stopped: index + 1 };
  }
  return { best, stopped: undefined };
}

describe('EarlyStopping', () => {
  it('stops when a loss has not fallen for `patience` epochs', () => {
    const stopping = new EarlyStopping({ patience: 2 });
    expect(run(stopping, [1, 0.8, 0.9, 0.7, 0.75, 0.7, 0.1])).toEqual({ best: [1, 2, 4], stopped: 6 });
    expect(stopping.state).toEqual({ bestEpoch: 4, bestValue: 0.7, waited: 2 });
  });

  it('counts only changes above minDelta', () => {
    expect(run(new EarlyStopping({ patience: 2, minDelta: 0.1 }), [1, 0.95, 0.92])).toEqual({
      best: [1],
      stopped: 3,
    });
  });

  it('wants scores to rise', () => {
    const stopping = new EarlyStopping({ patience: 9, monitor: 'auc' });
    expect(run(stopping, [0.5, 0.7, 0.6, 0.8]).best).toEqual([1, 2, 4]);
  });

  it('takes a score that could not be computed only until there is one', () => {
    const stopping = new EarlyStopping({ patience: 9, monitor: 'auc' });
    expect(run(stopping, [Number.NaN, 0.2, Number.NaN, 0.3]).best).toEqual([1, 2, 4]);
  });

  it('has the latest epoch stand in for the best while none can be compared, and counts it as no improvement', () => {
    for (const [mode, worst] of [
      ['max', Number.NaN],
      ['max', Number.NEGATIVE_INFINITY],
      ['min', Number.POSITIVE_INFINITY],
    ] as const) {
      const never = new EarlyStopping({ patience: 3, monitor: 'score', mode });
      expect(run(never, new Array(9).fill(worst))).toEqual({ best: [1, 2, 3, 4], stopped: 4 });
      expect(never.comparable).toBe(false);
      const later = new EarlyStopping({ patience: 3, monitor: 'score', mode });
      expect(run(later, [worst, worst, 0.5, worst, 0.5])).toEqual({ best: [1, 2, 3], stopped: undefined });
      expect(later.state).toEqual({ bestEpoch: 3, bestValue: 0.5, waited: 2 });
      expect(later.comparable).toBe(true);
      later.restore(never.state);
      expect(later.comparable).toBe(false);
    }
    // The other infinity is the best that there can be: a perfect reconstruction's PSNR.
    const perfect = new EarlyStopping({ patience: 2, monitor: 'psnr' });
    expect(run(perfect, [20, Number.POSITIVE_INFINITY, 30]).best).toEqual([1, 2]);
  });

  it('takes losses to be better when smaller, and asks where a name sounds like an error', () => {
    for (const monitor of ['valLoss', 'loss', 'hinge_loss']) {
      expect(run(new EarlyStopping({ patience: 9, monitor }), [2, 1, 3]).best, monitor).toEqual([1, 2]);
    }
    for (const monitor of ['mse', 'calibrationError', 'brier']) {
      expect(() => new EarlyStopping({ patience: 9, monitor }), monitor).toThrow(/say mode: 'min' or/);
      expect(run(new EarlyStopping({ patience: 9, monitor, mode: 'min' }), [2, 1, 3]).best).toEqual([1, 2]);
    }
  });

  it('goes on after an interruption as if there had been none', () => {
    const first = new EarlyStopping({ patience: 3 });
    run(first, [1, 2, 3]);
    const second = new EarlyStopping({ patience: 3 });
    second.restore(first.state);
    expect(second.update(4, 1.5)).toBe(false);
    expect(second.exhausted).toBe(true);
  });

  it('says before an epoch whether that epoch may be the last', () => {
    const value = fc.constantFrom(0.1, 0.2, 0.3, 0.4);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(value, { maxLength: 8 }), (patience, values) => {
        const stopping = new EarlyStopping({ patience });
        if (run(stopping, values).stopped !== undefined) return;
        // The worst that the next epoch can bring.
        const next = new EarlyStopping({ patience });
        next.restore(stopping.state);
        next.update(values.length + 1, 1);
        expect(stopping.mayExhaust).toBe(next.exhausted);
      }),
      {
        examples: [
          [1, []],
          [1, [0.1]],
          [2, [0.1]],
          [2, [0.1, 0.2]],
        ],
      },
    );
  });

  it('refuses what it cannot do', () => {
    for (const patience of [0, Number.NaN])
      expect(() => new EarlyStopping({ patience })).toThrow(/patience must be 1 or more/);
    for (const minDelta of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => new EarlyStopping({ patience: 1, minDelta })).toThrow(
        /minDelta must be 0 or more and fin/,
      );
    const mode = 'maximum' as 'max';
    expect(() => new EarlyStopping({ patience: 1, mode })).toThrow(/must be 'min' or 'max', not 'maximum'/);
  });
});
