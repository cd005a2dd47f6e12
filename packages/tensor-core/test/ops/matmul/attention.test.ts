import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { type AttentionOptions, scaledDotProductAttention } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

/** Options, with the mask as numbers. */
type Given = Omit<AttentionOptions, 'mask'> & { readonly mask?: Float32Array };

const devices = await openTestDevices();
const [batch, rows, columns, width, depth] = [2, 3, 4, 5, 2];

/** softmax(q kᵀ · scale + mask) v, by its definition; a mask of -Infinity hides. */
function oracle(
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  scale: number,
  mask: (l: number, s: number) => number,
) {
  const y = new Float64Array(batch * rows * depth);
  for (let b = 0; b < batch; b++) {
    for (let l = 0; l < rows; l++) {
      const scores = Array.from({ length: columns }, (_, s) => {
        let dot = 0;
        for (let e = 0; e < width; e++)
          dot += q[(b * rows + l) * width + e] * k[(b * columns + s) * width + e];
        return dot * scale + mask(l, s);
      });
      const most = Math.max(...scores);
      const shares = scores.map((score) => Math.exp(score - most));
      const total = shares.reduce((sum, share) => sum + share, 0);
      for (let s = 0; s < columns; s++) {
        for (let d = 0; d < depth; d++) {
          y[(b * rows + l) * depth + d] += (shares[s] / total) * v[(b * columns + s) * depth + d];
        }
      }
    }
  }
  return y;
}

describe.each(devices)('scaledDotProductAttention on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const operands = fc.tuple(
    input([batch, rows, width]),
    input([batch, columns, width]),
    input([batch, columns, depth]),
  );
  const added = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
  const kept = added.map((value, i) => Number(value > 0 || i % columns === 0));
  const place = (l: number, s: number) => l * columns + s;

  const cases: readonly [string, Given, number, (l: number, s: number) => number][] = [
    ['plain', {}, 1 / Math.sqrt(width), () => 0],
    [
      'causal, with a scale',
      { isCausal: true, scale: 0.75 },
      0.75,
      (l: number, s: number) => (s <= l ? 0 : -Infinity),
    ],
    [
      'with a mask that is added',
      { mask: added },
      1 / Math.sqrt(width),
      (l: number, s: number) => added[place(l, s)],
    ],
    [
      'with a mask that hides',
      { mask: kept, maskIs: 'keep' as const },
      1 / Math.sqrt(width),
      (l: number, s: number) => (kept[place(l, s)] ? 0 : -Infinity),
    ],
  ];

  it.each(cases)('%s: value and gradients', async (_, { mask, ...options }, scale, allowed) => {
    const given = mask ? { ...options, mask: tensor(runtime, mask, [rows, columns]) } : options;
    await fc.assert(
      fc.asyncProperty(operands, async ([q, k, v]) => {
        await checkOp(runtime, {
          name: 'scaledDotProductAttention',
          inputs: [q, k, v],
          op: (a, b, c) => scaledDotProductAttention(a, b, c, given),
          oracle: (a, b, c) => oracle(a, b, c, scale, allowed),
          shape: [batch, rows, depth],
          gradientTolerance: 5e-5,
          leastGradient: 1e-2,
        });
      }),
      runs(device, 5),
    );
  });

  it('says what does not fit', () => {
    const [q, k] = [zeros(runtime, [2, 3]), zeros(runtime, [4, 5])];
    expect(() => scaledDotProductAttention(q, k, k)).toThrow(/query \[2,3\], key \[4,5\] .* do not fit/);
    expect(() => scaledDotProductAttention(q, q, q, { maskIs: 'drop' as 'keep' })).toThrow(
      /maskIs must be 'add' or/,
    );
  });
});
