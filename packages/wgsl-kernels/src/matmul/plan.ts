import type { Machine } from '../machine.ts';
import type { MatmulPlan } from './form.ts';
import { formOf, matmulForms } from './forms.ts';
import { type MatmulSpec, type MatmulTile, matmulLayouts } from './spec.ts';

/** Below so many invocations threads run out of work, and k is cut if each part keeps `shortestSlice`. */
const enoughInvocations = 32;
const shortestSlice = 64;

type Shares = readonly (readonly [number, number, number])[];

/** [rows, columns4, share of the peak], measured on the wasm device, by numbers in a vector register. */
const tileShares: Readonly<Record<number, (transposeA: boolean) => Shares>> = {
  4: (transposeA) => [
    [transposeA ? 4 : 6, 2, 0.9],
    [transposeA ? 4 : 3, 3, transposeA ? 0.5 : 0.8],
    [8, 1, 0.65],
  ],
  8: (transposeA) => [
    [transposeA ? 4 : 6, 4, transposeA ? 0.85 : 0.98],
    [8, 2, 0.8],
    [8, 1, 0.32],
  ],
};

export function planMatmul(spec: MatmulSpec, machine: Machine, wanted?: MatmulTile): MatmulPlan {
  const { m, k, n, batch = 1, transposeA = false } = spec;
  const form = formOf(spec);
  const n4 = Math.ceil(n / 4);
  const usual = usualTile(spec);
  const tile = wanted ?? ownTile(spec, machine);
  // A stored [k,m] is read in vec4s of rows; the transpose of C has 4 columns a block.
  const rows = transposeA ? Math.ceil(tile.rows / 4) * 4 : tile.rows;
  const columns4 = form === 'rows' ? tile.columns4 : 1;
  const rowTiles = Math.ceil(m / rows);
  const columnTiles = Math.ceil(n4 / columns4);
  // Parts are counted for the usual tile: another one must not change the order of summation.
  const usualTiles = Math.ceil(m / usual.rows) * Math.ceil(n4 / usual.columns4);
  const cuts =
    wanted?.parts ??
    Math.min(Math.ceil(enoughInvocations / (usualTiles * batch)), Math.max(1, Math.floor(k / shortestSlice)));
  const sliceLength = Math.ceil(k / cuts / 4) * 4;
  const slices = Math.ceil(k / sliceLength);
  const block = matmulForms[form].kBlock;
  const kBlock = (slices > 1 ? sliceLength : k) > 2 * block ? block : 0;
  const layouts = matmulLayouts(spec);
  return { form, layouts, rows, columns4, rowTiles, columnTiles, slices, sliceLength, kBlock };
}

/** The default: the usual tile, or a larger one where loads are costly: it needs fewer of them. */
export function ownTile(spec: MatmulSpec, { loads, vectorWidth }: Machine): MatmulTile {
  if (vectorWidth === 8) return usualTile(spec, vectorWidth);
  if (loads === 'cheap' || formOf(spec) !== 'rows') return usualTile(spec);
  return { rows: Math.min(16, spec.m), columns4: Math.min(4, Math.ceil(spec.n / 4)) };
}

function usualTile(spec: MatmulSpec, vectorWidth = 4): MatmulTile {
  const { m, n, transposeA = false } = spec;
  const form = formOf(spec);
  if (form === 'dots') return { rows: Math.min(m, 2), columns4: 1 };
  if (form === 'transposedResult') return { rows: 8, columns4: 1 };
  const n4 = Math.ceil(n / 4);
  const shares = tileShares[vectorWidth](transposeA);
  const tiles = shares.map(([rows, columns4, share]) => ({ rows, columns4, share }));
  // Columns beyond the last are computed in vain.
  const gain = ({ columns4, share }: (typeof tiles)[0]) =>
    (share * n4) / (Math.ceil(n4 / columns4) * columns4);
  const { rows, columns4 } = tiles.reduce((best, one) => (gain(one) > gain(best) ? one : best));
  return { rows: transposeA ? rows : Math.min(rows, m), columns4 };
}
