import { defaultTuning, type Kernel, linearKernel, reads, type Tuning, writes } from '../kernel.ts';
import type { KernelPlan } from '../plan.ts';
import { sumSlices } from '../sum-slices.ts';
import { buildTuned, requireTile, type Tile } from '../tunable.ts';
import {
  dotsBody,
  type Form,
  type MatmulPlan as Plan,
  placeTile,
  rowsBody,
  transposedBody,
} from './bodies.ts';
import { packedWords, packKernel, packs } from './pack.ts';
import { type MatmulSpec, type MatmulTile, matmulLayouts } from './spec.ts';
import { matmulCandidates } from './tiles.ts';
import { productWorkgroupKernel } from './workgroup.ts';

/**
 * Matrix product. Bindings: a, b, [bias], c; where k is long and C small the product is cut along k: a, b,
 * partial, and then partial, [bias], c; where a CPU's caches would fail a large B it is packed: b, packed, and then a,
 * packed, [bias], c.
 * @param tile The register tile; by default the one that was measured (`tuning`), or one that suits the shape.
 * @throws RangeError if a size is not a positive integer.
 */
export function matmul(spec: MatmulSpec, tuning: Tuning = defaultTuning, tile?: MatmulTile): KernelPlan {
  const { m, k, n, batch = 1 } = spec;
  if (![m, k, n, batch].every((size) => Number.isInteger(size) && size > 0)) {
    throw new RangeError(
      `matmul: sizes must be positive integers, got m ${m}, k ${k}, n ${n}, batch ${batch}`,
    );
  }
  const layouts = matmulLayouts(spec);
  const tunable = {
    kernel: 'matmul',
    tensors: { a: layouts.a, b: layouts.b, ...(spec.bias ? { bias: layouts.bias } : {}), c: layouts.c },
    candidates: () => matmulCandidates(spec, tuning, ownTile(spec, tuning), planMatmul(spec, tuning).slices),
    build: (chosen?: Tile) => build(spec, tuning, chosen as MatmulTile | undefined),
  };
  return buildTuned(tunable, tuning, tile && { ...tile });
}

/**
 * `matmul` whose workgroups share blocks of A and B in workgroup memory: for hardware that gains from it. Same
 * bindings, same bits.
 * @param tile with `across` and `workgroupSize`.
 * @throws RangeError as `matmul` does, or if the tile exceeds WebGPU's default limits.
 */
export function matmulWorkgroup(
  spec: MatmulSpec,
  tuning: Tuning = defaultTuning,
  tile: MatmulTile = { rows: 4, columns4: 1, across: 8, workgroupSize: 64 },
): KernelPlan {
  return matmul(spec, tuning, tile);
}

function build(spec: MatmulSpec, tuning: Tuning, tile?: MatmulTile): KernelPlan {
  if (tile) requireTile('matmul', { ...tile });
  const plan = planMatmul(spec, tuning, tile);
  if (!tile?.across && packs(spec, plan, tuning)) {
    const product = productKernel(spec, { ...plan, packed: true }, tuning, tile);
    return {
      kernels: [packKernel(spec, plan, tuning), product],
      scratch: { packed: packedWords(spec, plan) },
    };
  }
  const { slices, layouts } = plan;
  const first = tile?.across
    ? productWorkgroupKernel(spec, plan, tile)
    : productKernel(spec, plan, tuning, tile);
  if (slices === 1) return { kernels: [first], scratch: {} };
  const second = sumSlices(
    {
      name: 'matmulSum',
      words: layouts.c.size,
      slices,
      result: 'c',
      biasVectors: spec.bias ? layouts.bias.size / 4 : 0,
      relu: spec.relu,
      accumulate: spec.accumulate,
    },
    tuning,
  );
  return { kernels: [first, second], scratch: { partial: slices * layouts.c.size } };
}

/** Below so many invocations threads run out of work, and k is cut if each part keeps `shortestSlice`. */
const enoughInvocations = 32;
const shortestSlice = 64;

function planMatmul(spec: MatmulSpec, tuning: Tuning, wanted?: MatmulTile): Plan {
  const { m, k, n, batch = 1, transposeA = false } = spec;
  const form = formOf(spec);
  const n4 = Math.ceil(n / 4);
  const usual = usualTile(spec);
  const tile = wanted ?? ownTile(spec, tuning);
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
  return { form, layouts: matmulLayouts(spec), rows, columns4, rowTiles, columnTiles, slices, sliceLength };
}

function formOf({ transposeA = false, transposeB = false }: MatmulSpec): Form {
  if (!transposeB) return 'rows';
  return transposeA ? 'transposed' : 'dots';
}

/**
 * The default: the usual tile, or a larger one where loads are dear: it needs fewer of them.
 */
function ownTile(spec: MatmulSpec, { loads }: Tuning): MatmulTile {
  if (loads === 'cheap' || formOf(spec) !== 'rows') return usualTile(spec);
  return { rows: Math.min(16, spec.m), columns4: Math.min(4, Math.ceil(spec.n / 4)) };
}

function usualTile(spec: MatmulSpec): MatmulTile {
  return defaultTile(formOf(spec), spec.m, Math.ceil(spec.n / 4), spec.transposeA ?? false);
}

function defaultTile(form: Form, m: number, n4: number, transposeA: boolean): MatmulTile {
  if (form === 'dots') return { rows: Math.min(m, 2), columns4: 1 };
  if (form === 'transposed') return { rows: 8, columns4: 1 };
  // Measured on the wasm device, as shares of the peak; columns beyond the last are computed in vain.
  const tiles = [
    { rows: transposeA ? 4 : 6, columns4: 2, share: 0.9 },
    { rows: transposeA ? 4 : 3, columns4: 3, share: transposeA ? 0.5 : 0.8 },
    { rows: 8, columns4: 1, share: 0.65 },
  ];
  const gain = ({ columns4, share }: (typeof tiles)[0]) =>
    (share * n4) / (Math.ceil(n4 / columns4) * columns4);
  const { rows, columns4 } = tiles.reduce((best, one) => (gain(one) > gain(best) ? one : best));
  return { rows: transposeA ? rows : Math.min(rows, m), columns4 };
}

function productKernel(spec: MatmulSpec, plan: Plan, tuning: Tuning, tile?: MatmulTile): Kernel {
  const { workgroupSize = tuning.workgroupSize } = tile ?? {};
  const { m, k, n, batch = 1, transposeA, transposeB } = spec;
  const { form, layouts, rowTiles, columnTiles, slices, rows, columns4 } = plan;
  const whole = slices === 1;
  const epilogue = whole
    ? `${spec.bias ? ' + bias[j]' : ''}${spec.accumulate ? ' + c[i,j]' : ''}${spec.relu ? '; negative values become 0' : ''}`
    : '';
  const block = {
    rows: `${rows} rows times ${columns4} vec4 of columns, in acc<row>_<vec4>`,
    dots: `${rows} rows times 4 columns, in acc<row>_<column> whose lanes are partial sums`,
    transposed: `4 columns times ${rows / 4} vec4 of rows, in acc<column>_<vec4>`,
  }[form];
  return linearKernel({
    name: 'matmul',
    about: `
c[i,j] = sum_k A[i,k] B[k,j]${epilogue}
A: [${m},${k}]${transposeA ? `, stored transposed` : ''}, B: [${k},${n}]${transposeB ? ', stored transposed' : ''}, C: [${m},${n}]${batch > 1 ? `, ${batch} of each` : ''}; rows padded with zeros to multiples of 4.
${plan.packed ? `packed: B in panels of ${4 * columns4} columns, [${plan.columnTiles},${k},${4 * columns4}]\n` : ''}${whole ? '' : `partial: ${slices} matrices like C, each for ${plan.sliceLength} of k\n`}One invocation: ${block}.`,
    bindings: [
      reads('a', 'array<vec4<f32>>'),
      reads(plan.packed ? 'packed' : 'b', 'array<vec4<f32>>'),
      ...(whole && spec.bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      writes(whole ? 'c' : 'partial', 'array<vec4<f32>>'),
    ],
    invocations: rowTiles * columnTiles * batch * slices,
    workgroupSize,
    body: [
      placeTile(spec, plan),
      { rows: rowsBody, dots: dotsBody, transposed: transposedBody }[form](spec, plan),
    ].join('\n'),
    flop: 2 * batch * m * k * n,
    bytes: 4 * (layouts.a.size + layouts.b.size + slices * layouts.c.size),
  });
}

/** The definition, in float64, on dense arrays shaped as `matmulLayouts` says; returns C. */
export function matmulOracle(
  spec: MatmulSpec,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  bias?: ArrayLike<number>,
  before?: ArrayLike<number>,
): Float64Array {
  const { m, k, n, batch = 1 } = spec;
  const c = new Float64Array(batch * m * n);
  for (let z = 0; z < batch; z++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum =
          (spec.bias && bias ? bias[j] : 0) + (spec.accumulate && before ? before[(z * m + i) * n + j] : 0);
        for (let l = 0; l < k; l++) {
          const left = a[z * m * k + (spec.transposeA ? l * m + i : i * k + l)];
          const right = b[z * k * n + (spec.transposeB ? j * k + l : l * n + j)];
          sum += left * right;
        }
        c[(z * m + i) * n + j] = spec.relu ? Math.max(0, sum) : sum;
      }
  return c;
}
