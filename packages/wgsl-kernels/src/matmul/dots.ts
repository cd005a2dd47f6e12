import { repeat } from '../kernel.ts';
import type { MatmulForm } from './form.ts';
import { blocksOfK, clamped, declare, masked, storeVector } from './parts.ts';

/**
 * What it adds: B stored [n,k], as a linear layer's weight. A vec4 of A and one of B are both four neighbours along k,
 * so an accumulator's lanes hold parts of one sum, acc<row>_<column>; they are added at the end.
 */
export const dots: MatmulForm = {
  when: ({ transposeA = false, transposeB = false }) => transposeB && !transposeA,
  about: ({ rows }) => `${rows} rows times 4 columns, in acc<row>_<column> whose lanes are partial sums`,
  accumulators: ({ rows }) => [rows, 4],
  kBlock: 2048,
  body: (spec, plan) => {
    const { m, n } = spec;
    const { rows, rowTiles, slices } = plan;
    const [begin, end] = slices > 1 ? ['kBegin / 4u', '(kEnd + 3u) / 4u'] : ['0u', 'A_ROW4'];
    const step = `${repeat(rows, (x) => `let v${x} = a[i${x} + k];`, ' ')}
${repeat(4, (y) => `let w${y} = b[j${y} + k];`, ' ')}
${repeat(rows, (x) => repeat(4, (y) => `acc${x}_${y} += v${x} * w${y};`, ' '))}`;
    const aRow = (x: number) => clamped('row', x, 'M - 1u', rowTiles * rows > m);
    const bRow = (y: number) => clamped('column4 * 4u', y, 'N - 1u', n % 4 !== 0);
    return [
      repeat(rows, (x) => `let i${x} = a0 + (${aRow(x)}) * A_ROW4;`),
      repeat(4, (y) => `let j${y} = b0 + (${bRow(y)}) * A_ROW4;`),
      declare([rows, 4]),
      blocksOfK(plan, 'K_BLOCK / 4u', [begin, end, 'k++'], step, [rows, 4]),
      repeat(rows, (x) => storeVector(spec, plan, x, 'column4', masked(spec, dotsTotal(x)), false)),
    ].join('\n');
  },
};

/** Row x of C: the lanes of four accumulators are added by transposing the 4 by 4 block. */
export function dotsTotal(x: number): string {
  return repeat(4, (l) => `vec4<f32>(${repeat(4, (y) => `acc${x}_${y}.${'xyzw'[l]}`, ', ')})`, ' + ');
}
