import { afterEach, describe, expect, it, vi } from 'vitest';
import { clockQuantum, enoughRepeats } from '../src/clock.ts';
import { timeDispatches } from '../src/kernels/time-dispatch.ts';
import { markdownTable } from '../src/output/table.ts';
import { measured, timeRepeats, untilPrecise } from '../src/timing.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A clock of the test's own, that shows whole quanta only; each look takes a microsecond. */
function clock(quantum: number) {
  let time = 0;
  return {
    pass: (ms: number) => {
      time += ms;
    },
    now: () => {
      time += 0.001;
      return Math.floor(time / quantum) * quantum;
    },
  };
}

/** Makes `performance.now` a clock that the test moves. */
function frozen() {
  let time = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => time);
  return (ms: number) => {
    time += ms;
  };
}

describe('a measurement', () => {
  const precision = { seconds: 1, within: 0.03 };

  it('ends once its mean is known, but not before ten repeats and a tenth of the time', async () => {
    const pass = frozen();
    const passing = (ms: number) => () => {
      pass(ms);
      return ms;
    };
    const steady = await untilPrecise(passing(20), precision);
    expect(steady).toHaveLength(10);
    const short = await untilPrecise(passing(1), precision);
    expect(short).toHaveLength(100);
  });

  it('goes on while it is noisy, up to the longest time, and then says so', async () => {
    const pass = frozen();
    let count = 0;
    const wild = await untilPrecise(() => {
      pass(20);
      return count++ % 2 ? 10 : 30;
    }, precision);
    expect(wild).toHaveLength(50);
    expect(measured('a', { ms: [wild, 'ms'] }, precision).noisy).toBe(true);
    expect(measured('a', { ms: [wild, 'ms'] }, { within: 0.2 }).noisy).toBe(false);
    const calm = [10, 10.1, 9.9, 10];
    expect(measured('a', { ms: [calm, 'ms'], other: [wild, 'ms'] }, precision).noisy).toBe(true);
    expect(measured('a', { ms: [calm, 'ms'] }, precision).noisy).toBe(false);
  });

  it('is made three times at least, however long it takes', async () => {
    const pass = frozen();
    const slow = () => {
      pass(5000);
      return 5000;
    };
    expect(await untilPrecise(slow, precision)).toHaveLength(3);
  });
});

describe('a clock', () => {
  it.each([0.1, 0.005, 0.065536])('is found to go on by %d ms', (quantum) => {
    expect(clockQuantum(clock(quantum).now)).toBeCloseTo(quantum, 6);
  });

  it('is trusted once repeats take a hundred quanta; if they never do, that is said', async () => {
    const { now } = clock(0.1);
    const timed = async (count: number) => 0.3 * count;
    expect(await enoughRepeats(timed, 2, 1000, now)).toEqual({ count: 64, coarse: false });
    expect(await enoughRepeats(timed, 2, 20, now)).toEqual({ count: 20, coarse: true });
    expect(await enoughRepeats(timed, 50, 20, now)).toEqual({ count: 50, coarse: false });
  });

  it('decides how often a step and a dispatch are repeated', async () => {
    const { now, pass } = clock(0.1);
    const groups: number[] = [];
    let queued = 0;
    const device = {
      synchronize: async () => {
        groups.push(queued);
        pass(0.05 * queued);
        queued = 0;
      },
    };
    const precision = { seconds: 0.01, within: 0.03 };
    const work = () => {
      queued++;
    };
    const { ms, coarse } = await timeRepeats(device, work, { ...precision, now });
    // 20 steps of 50 us would be 10 quanta.
    expect(groups.at(-1)).toBe(320);
    expect(ms[0]).toBeCloseTo(0.05, 3);
    expect(coarse).toBe(false);

    const list = (count: number) => ({ count, destroy: () => {} });
    const gpu = (each: number) => ({
      record: (dispatches: readonly unknown[]) => list(dispatches.length),
      submit: (submitted: unknown) => pass(each * (submitted as { count: number }).count),
      synchronize: async () => {},
    });
    const timed = (each: number) => timeDispatches(gpu(each) as never, [{}] as never, precision, now);
    expect((await timed(0.05)).coarse).toBe(false);
    expect((await timed(0.05)).ms[0]).toBeCloseTo(0.05, 3);
    expect((await timed(0.001)).coarse).toBe(true);
  });
});

it('rows that are noisy, or too short for the clock, say so in a column of their own', () => {
  const columns = [{ title: 'ms', value: ({ ms }: { ms: number }) => ms }];
  expect(markdownTable([{ ms: 1, noisy: false }], columns)).toBe('| ms |\n| ---: |\n| 1 |');
  const rows = [
    { ms: 1, noisy: true },
    { ms: 2, noisy: true, coarse: true },
    { ms: 3, noisy: false },
  ];
  expect(markdownTable(rows, columns).split('\n').slice(2)).toEqual([
    '| 1 | noisy |',
    '| 2 | noisy, short for the clock |',
    '| 3 |  |',
  ]);
});
