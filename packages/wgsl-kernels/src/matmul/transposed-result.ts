import { repeat } from '../kernel.ts';
import { plus, times } from './arithmetic.ts';
import type { MatmulForm } from './form.ts';
import { clamped, declare, loopOverK, masked, rowSize, storeVector } from './parts.ts';

/**
 * What it adds: A stored [k,m] and B stored [n,k]. A vec4 of A is four rows of C, so the transpose of C is summed, one
 * number of B times a vec4 of A in acc<column>_<vec4 of rows>, and transposed when it is stored.
 */
export const transposedResult: MatmulForm = {
  when: ({ transposeA = false, transposeB = false }) => transposeA && transposeB,
  about: ({ rows }) => `4 columns times ${rows / 4} vec4 of rows, in acc<column>_<vec4>`,
  accumulators: ({ rows }) => [4, rows / 4],
  kBlock: 512,
  body: (spec, plan) => {
    const { n } = spec;
    const { rows, rowTiles, layouts } = plan;
    const a = rowSize(layouts.a);
    const vectors = rows / 4;
    const step = (lanes: number) => {
      const lane = (l: number) => {
        const kAt = l === 0 ? 'k' : `(${plus('k', l)})`;
        const load = (v: number) => `let w${l}_${v} = a[${times(kAt, a, 'A_ROW4')} + i${v}];`;
        const product = (y: number, v: number) => `acc${y}_${v} += v${y}.${'xyzw'[l]} * w${l}_${v};`;
        return `${repeat(vectors, load, ' ')}\n${repeat(4, (y) => repeat(vectors, (v) => product(y, v), ' '))}`;
      };
      return `${repeat(4, (y) => `let v${y} = b[j${y} + k / 4u];`)}\n${repeat(lanes, lane)}`;
    };
    const aPlace = (v: number) => clamped('row / 4u', v, 'A_ROW4 - 1u', rowTiles * rows > 4 * a);
    const bRow = (y: number) => clamped('column4 * 4u', y, 'N - 1u', n % 4 !== 0);
    return [
      repeat(vectors, (v) => `let i${v} = a0 + ${aPlace(v)};`),
      repeat(4, (y) => `let j${y} = b0 + (${bRow(y)}) * B_ROW4;`),
      declare([4, vectors]),
      loopOverK(spec, plan, step, [4, vectors]),
      repeat(rows, (x) => storeVector(spec, plan, x, 'column4', masked(spec, transposedRow(x)), false)),
    ].join('\n');
  },
};

/** Row x of C from the accumulators of its transpose. */
export function transposedRow(x: number): string {
  const lanes = repeat(4, (y) => `acc${y}_${Math.floor(x / 4)}.${'xyzw'[x % 4]}`, ', ');
  return `vec4<f32>(${lanes})`;
}
