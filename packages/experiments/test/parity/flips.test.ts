import type { HostTensor, StateDict } from '@glassbox/nn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../../../scripts/soak/amount.ts';
import { resolveFlips } from '../../src/parity/flips.ts';

const state = (values: Record<string, readonly number[]>): StateDict =>
  new Map(
    Object.entries(values).map(([name, data]): [string, HostTensor] => [
      name,
      { dtype: 'F64', shape: [data.length], data: Float64Array.from(data) },
    ]),
  );
const vector = (size: number) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: size, maxLength: size });
const combined = (exact: StateDict, changes: readonly StateDict[], factors: readonly number[]): StateDict =>
  new Map(
    [...exact].map(([name, tensor]) => {
      const data = Float64Array.from(tensor.data as Float64Array, (value, i) =>
        changes.reduce(
          (sum, change, at) => sum + factors[at] * Number(change.get(name)!.data[i]),
          Number(value),
        ),
      );
      return [name, { ...tensor, data } as HostTensor];
    }),
  );

describe('resolveFlips', () => {
  const allowed = new Map([
    ['a', 1e-6],
    ['b', 1e-8],
  ]);
  const exact = state({ a: [1, 2, 3, 4, 5, 6], b: [0.1, -0.2, 0.3, 0.4] });

  it('finds the decisions that were taken the other way, and leaves what else differs', () => {
    const change = fc.record({ a: vector(6), b: vector(4) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(change, fc.boolean()), { minLength: 1, maxLength: 4 }),
        vector(10),
        (drawn, noise) => {
          // Changes of 1e-3 and rounding of half of what is allowed.
          const changes = drawn.map(([{ a, b }]) =>
            state({ a: a.map((value) => value * 1e-3), b: b.map((value) => value * 1e-3) }),
          );
          const sizes = changes.map((each) => Math.hypot(...(each.get('b')!.data as Float64Array)));
          // Changes too close to each other, or to nothing, cannot be told apart by anybody.
          fc.pre(sizes.every((size) => size > 1e-4) && independent(changes));
          const taken = drawn.map(([, own]) => Number(own));
          const rounding = state({
            a: noise.slice(0, 6).map((value) => value * 5e-7),
            b: noise.slice(6).map((value) => value * 5e-9),
          });
          const found = combined(exact, [...changes, rounding], [...taken, 1]);
          const result = resolveFlips(found, exact, { changes, pairs: [] }, allowed);
          expect(result.taken).toBe(taken.reduce((sum, own) => sum + own, 0));
          for (const [name, left] of result.rest) {
            for (let i = 0; i < left.length; i++)
              expect(left[i]).toBeCloseTo(Number(rounding.get(name)!.data[i]), 12);
          }
        },
      ),
      { numRuns: cases(300) },
    );
  });

  it('takes a decision as a whole or not at all: half a change is left over', () => {
    const change = state({ a: [1e-3, 0, 2e-3, 0, 0, 0], b: [0, 1e-3, 0, 0] });
    for (const [factor, left] of [
      [0.4, 0.4],
      [0.6, -0.4],
      [2, 1],
      [-1, -1],
    ]) {
      const found = combined(exact, [change], [factor]);
      const { rest } = resolveFlips(found, exact, { changes: [change], pairs: [] }, allowed);
      expect(rest.get('a')![2]).toBeCloseTo(left * 2e-3, 12);
    }
  });

  it('says how far two of one image may be from adding up, if both were taken', () => {
    const changes = [
      state({ a: [1e-3, 0, 0, 0, 0, 0], b: [0, 0, 0, 0] }),
      state({ a: [0, 1e-3, 0, 0, 0, 0], b: [0, 0, 0, 0] }),
    ];
    const pairs = [{ of: [0, 1] as const, distance: new Map([['a', 1e-5]]) }];
    const uncertain = (factors: readonly number[]) =>
      resolveFlips(combined(exact, changes, factors), exact, { changes, pairs }, allowed).uncertain('a');
    expect(uncertain([1, 1])).toBe(1e-5);
    expect(uncertain([1, 0])).toBe(0);
  });

  it('leaves NaN and what is missing to be seen', () => {
    const found = new Map(exact);
    found.delete('b');
    const { rest } = resolveFlips(found, exact, { changes: [], pairs: [] }, allowed);
    expect([...rest.get('b')!].every(Number.isNaN)).toBe(true);
    expect([...rest.get('a')!].every((value) => value === 0)).toBe(true);
  });
});

/** No change close to a sum of others, seen in the tensor that weighs most. */
function independent(changes: readonly StateDict[]): boolean {
  const basis: number[][] = [];
  for (const change of changes) {
    const own = Array.from(change.get('b')!.data as Float64Array);
    const before = Math.hypot(...own);
    for (const other of basis) {
      const along = own.reduce((sum, value, i) => sum + value * other[i], 0);
      for (const i of own.keys()) own[i] -= along * other[i];
    }
    const after = Math.hypot(...own);
    if (after < 0.2 * before) return false;
    basis.push(own.map((value) => value / after));
  }
  return true;
}
