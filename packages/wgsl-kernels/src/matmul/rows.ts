import { repeat } from '../kernel.ts';
import { plus, times } from './arithmetic.ts';
import type { MatmulForm } from './form.ts';
import { clamped, declare, loopOverK, rowSize, storeVector } from './parts.ts';

/**
 * The form to read first. B is stored [k,n], so that a vec4 of it is four columns of C: one number of A times a vec4 of
 * B is added to acc<row>_<vec4>. A may be stored either way.
 */
export const rows: MatmulForm = {
  when: ({ transposeB = false }) => !transposeB,
  about: ({ rows, columns4 }) => `${rows} rows times ${columns4} vec4 of columns, in acc<row>_<vec4>`,
  accumulators: ({ rows, columns4 }) => [rows, columns4],
  kBlock: 512,
  body: (spec, plan) => {
    const { transposeA } = spec;
    const { rows, columns4, rowTiles, columnTiles, layouts, packed, turned } = plan;
    const { a: left = 'a', b: right = 'b' } = turned ?? {};
    const a = rowSize(layouts.a);
    const b = rowSize(layouts.b);
    const overhangs = rowTiles * rows > (transposeA ? 4 * a : spec.m);
    const columns = packed
      ? 'let panel = column4 * K;'
      : repeat(columns4, (v) => {
          return `let j${v} = ${clamped('column4', v, 'B_ROW4 - 1u', columnTiles * columns4 > b)};`;
        });
    const places = transposeA
      ? repeat(rows / 4, (v) => `let i${v} = a0 + ${clamped('row / 4u', v, 'A_ROW4 - 1u', overhangs)};`)
      : repeat(rows, (x) => `let i${x} = a0 + (${clamped('row', x, 'M - 1u', overhangs)}) * A_ROW4;`);
    const kAt = (l: number) => (l === 0 ? 'k' : `(${plus('k', l)})`);
    const step = (lanes: number) => {
      const loads = transposeA ? '' : `${repeat(rows, (x) => `let v${x} = ${left}[i${x} + k / 4u];`)}\n`;
      const lane = (l: number) => {
        const load = (v: number) => `let v${l}_${v} = a[${times(kAt(l), a, 'A_ROW4')} + i${v}];`;
        const vectors = transposeA ? `${repeat(rows / 4, load, ' ')}\n` : '';
        const value = (x: number) =>
          transposeA ? `v${l}_${Math.floor(x / 4)}.${'xyzw'[x % 4]}` : `v${x}.${'xyzw'[l]}`;
        const weight = (v: number) =>
          packed
            ? `packed[panel + ${plus(times('k', columns4, 'TILE_COLUMNS4'), l * columns4 + v)}]`
            : `${right}[b0 + ${times(kAt(l), b, 'B_ROW4')} + j${v}]`;
        const weights = repeat(columns4, (v) => `let w${l}_${v} = ${weight(v)};`, ' ');
        const product = (x: number, v: number) => `acc${x}_${v} += ${value(x)} * w${l}_${v};`;
        return `${vectors}${weights}\n${repeat(rows, (x) => repeat(columns4, (v) => product(x, v), ' '))}`;
      };
      return `${loads}${repeat(lanes, lane)}`;
    };
    return [
      columns,
      places,
      declare([rows, columns4]),
      loopOverK(spec, plan, step, [rows, columns4]),
      repeat(rows, (x) =>
        repeat(columns4, (v) => storeVector(spec, plan, x, plus('column4', v), `acc${x}_${v}`, v > 0)),
      ),
    ].join('\n');
  },
};
