import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  constant,
  cosine,
  cosineRestarts,
  multiStep,
  oneCycle,
  type Schedule,
  sequential,
  steps,
  warmUp,
} from '../../src/schedule/schedule.ts';

const recorded: Record<string, number[]> = JSON.parse(
  readFileSync(new URL('../fixtures/schedules.json', import.meta.url), 'utf8'),
);

const schedules: [string, Schedule][] = [
  ['warmUp(5, 0.1)', warmUp(5, 0.1)],
  ['cosine(29, 0.05)', cosine(29, 0.05)],
  ['cosineRestarts(8)', cosineRestarts(8)],
  ['cosineRestarts(4, growth 2, end 0.1)', cosineRestarts(4, { growth: 2, end: 0.1 })],
  ['oneCycle(30)', oneCycle(31)],
  ['oneCycle(30, linear)', oneCycle(31, { anneal: 'linear', rise: 0.5, start: 0.1 })],
  ['steps(7, 0.3)', steps(7, 0.3)],
  [
    'sequential(warmUp(4, 0.25), 4; steps(6, 0.5))',
    sequential([{ schedule: warmUp(4, 0.25), length: 4 }, { schedule: steps(6, 0.5) }]),
  ],
];

describe('schedules', () => {
  it.each(schedules)('%s is what PyTorch sets', (name, schedule) => {
    const expected = recorded[name];
    const actual = expected.map((_, t) => schedule(t));
    expect(expected.length).toBe(30);
    for (const [t, factor] of actual.entries()) expect(factor, `time ${t}`).toBeCloseTo(expected[t], 9);
  });

  it('multiStep falls at each milestone, as MultiStepLR', () => {
    const schedule = multiStep([9, 3, 3], 0.5);
    const factors = Array.from({ length: 12 }, (_, t) => schedule(t));
    expect(factors).toEqual([1, 1, 1, ...Array(6).fill(0.25), ...Array(3).fill(0.125)]);
    // Equal steps are the recorded ones of StepLR.
    const equal = multiStep([7, 14, 21, 28], 0.3);
    for (const [t, factor] of recorded['steps(7, 0.3)'].entries()) expect(equal(t)).toBeCloseTo(factor, 9);
    expect(() => multiStep([-1])).toThrow(/multiStep: milestones must be a list/);
    expect(() => multiStep([1], -1)).toThrow(/factor cannot be -1/);
  });

  it('stay at their end', () => {
    expect(warmUp(3)(100)).toBe(1);
    expect(cosine(10, 0.2)(1000)).toBeCloseTo(0.2, 12);
    expect(constant(0.5)(7)).toBe(0.5);
    expect(oneCycle(20, { end: 0.25 })(1000)).toBeCloseTo(0.25, 12);
  });

  it('refuse lengths that are not', () => {
    expect(() => warmUp(0)).toThrow(/length cannot be 0/);
    expect(() => cosine(Number.NaN)).toThrow(/length cannot be NaN/);
    expect(() => cosineRestarts(4, { growth: 0.5 })).toThrow(/growth must be 1 or more/);
    expect(() => oneCycle(1)).toThrow(/length cannot be 1/);
    expect(() => steps(-1)).toThrow(/every cannot be -1/);
    expect(() => sequential([])).toThrow(/at least one/);
    expect(() => sequential([{ schedule: constant() }, { schedule: constant() }])).toThrow(
      /part 0 needs a length/,
    );
  });
});
