import type { HostTensor, StateDict } from '@glassbox/nn';
import { describe, expect, it } from 'vitest';
import { compareLosses, compareStates } from '../../src/parity/compare.ts';

const f32 = (...values: number[]): HostTensor => ({
  dtype: 'F32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const count = (value: number): HostTensor => ({
  dtype: 'I64',
  shape: [],
  data: BigInt64Array.of(BigInt(value)),
});
const state = (tensors: Record<string, HostTensor>): StateDict => new Map(Object.entries(tensors));

describe('compareLosses', () => {
  it('divides by the reference, but by no less than 1e-3', () => {
    expect(compareLosses([1.1, 0.5], [1, 0.5])).toEqual({ value: expect.closeTo(0.1, 6), where: 'step 0' });
    expect(compareLosses([0, 2e-4], [0, 1e-4])).toEqual({ value: expect.closeTo(0.1, 6), where: 'step 1' });
  });

  it('finds a NaN infinitely wrong, and a missing step too', () => {
    expect(compareLosses([1, Number.NaN], [1, 1])).toEqual({
      value: Number.POSITIVE_INFINITY,
      where: 'step 1',
    });
    expect(compareLosses([1], [1, 1]).value).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('compareStates', () => {
  it("divides by the tensor's largest value, or by 1e-3 of the largest over all", () => {
    const reference = state({ big: f32(100, 1), small: f32(1e-6, 0) });
    expect(compareStates(state({ big: f32(100, 2), small: f32(1e-6, 0) }), reference)).toEqual({
      value: expect.closeTo(0.01, 6),
      where: 'big',
    });
    const off = compareStates(state({ big: f32(100, 1), small: f32(1e-6, 0.002) }), reference);
    expect(off).toEqual({ value: expect.closeTo(0.02, 6), where: 'small' });
  });

  it('wants counters equal and keeps them out of the scale', () => {
    const reference = state({ weight: f32(1e-3), steps: count(1_000_000) });
    expect(compareStates(reference, reference).value).toBe(0);
    expect(compareStates(state({ weight: f32(2e-3), steps: count(1_000_000) }), reference).value).toBeCloseTo(
      1,
      5,
    );
    expect(compareStates(state({ weight: f32(1e-3), steps: count(999_999) }), reference)).toEqual({
      value: 1,
      where: 'steps',
    });
  });

  it('takes the scale of noise around 0 from another tensor where told', () => {
    const reference = state({ weight: f32(0.5), bias: f32(1e-7) });
    const actual = state({ weight: f32(0.5), bias: f32(-1e-7) });
    expect(compareStates(actual, reference).value).toBeCloseTo(2e-7 / 5e-4, 9);
    const scaled = compareStates(actual, reference, new Map([['bias', 'weight']]));
    expect(scaled.value).toBeCloseTo(4e-7, 12);
  });

  it('finds missing, extra and misshapen tensors and NaN infinitely wrong', () => {
    const reference = state({ a: f32(1), b: f32(1, 2) });
    const infinite = (actual: StateDict, where: string) =>
      expect(compareStates(actual, reference)).toEqual({ value: Number.POSITIVE_INFINITY, where });
    infinite(state({ a: f32(1) }), 'b');
    infinite(state({ a: f32(1), b: f32(1) }), 'b');
    infinite(state({ a: f32(Number.NaN), b: f32(1, 2) }), 'a');
    infinite(state({ a: f32(1), b: f32(1, 2), c: f32(0) }), 'c');
  });

  it('finds tensors of zeros equal', () => {
    expect(compareStates(state({ a: f32(0) }), state({ a: f32(0) })).value).toBe(0);
  });
});
