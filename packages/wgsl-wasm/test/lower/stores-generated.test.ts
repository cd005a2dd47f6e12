/** Stores and branches that are brought together, and loops that are unrolled, change nothing that a kernel leaves. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases } from '../../../../scripts/soak/amount.ts';
import { generateStores, VECTORS } from './generate-stores.ts';
import { runKernel } from './harness.ts';

it('random kernels that store to neighbours leave what their statements say one after another', {
  timeout: 120_000,
}, () => {
  const small = fc.integer({ min: 0, max: 3 });
  const inputs = fc.tuple(
    small,
    small,
    small,
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 33, maxLength: 33 }),
  );
  const choices = fc.array(fc.nat(), { minLength: 60, maxLength: 200 });
  fc.assert(
    fc.property(choices, inputs, (picks, [n, m, limit, others]) => {
      let at = 0;
      const { wgsl, expected } = generateStores((count) => (at < picks.length ? picks[at++] % count : 0));
      const x = Int32Array.of(n, m, limit, ...others);
      const zeros = () => new Int32Array(4 * VECTORS);
      const used = ['x', 'y', 'z'].map((name) => new RegExp(`\\b${name}\\[`).test(wgsl));
      const found = runKernel(
        wgsl,
        [x, zeros(), zeros()].filter((_, i) => used[i]),
      );
      const wanted = [x, ...expected(x)].filter((_, i) => used[i]);
      expect(
        found.map((data) => [...data]),
        wgsl,
      ).toEqual(wanted.map((data) => [...data]));
    }),
    { numRuns: cases(1500) },
  );
});
