import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { type Machine, machines, requireTuning } from '../machine.ts';
import { concatPlans, type KernelPlan } from '../plan.ts';
import { sumSlices } from '../reduce/sum-slices.ts';
import { buildTuned, requireTile, type Tile } from '../tunable.ts';
import { tunedMachine } from '../tuned-machine.ts';
import type { MatmulPlan } from './form.ts';
import { matmulForms } from './forms.ts';
import { packedWords, packKernel, packs } from './pack.ts';
import { aboutMatmul, matmulConstants, placeTile } from './parts.ts';
import { ownTile, planMatmul } from './plan.ts';
import { type MatmulSpec, type MatmulTile, matmulLayouts } from './spec.ts';
import { turnedWords, turnKernel, turns } from './turn.ts';

/**
 * Matrix product. Bindings: a, b, [bias], c; where k is long and C small the product is cut along k: a, b,
 * partial, and then partial, [bias], c; where a CPU's caches would fail a large B it is packed: b, packed, and then a,
 * packed, [bias], c; and large matrices that are stored transposed are turned before: a, turnedA, and b, turnedB.
 * @param tile The register tile; by default the one that was measured (`machine`), or one that suits the shape. One
 * with `across` needs a machine from `tunedMachine`.
 * @throws RangeError if a size is not a positive integer.
 */
export function matmul(spec: MatmulSpec, machine: Machine = machines.gpu, tile?: MatmulTile): KernelPlan {
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
    candidates: () => {
      const own = turns(spec, machine) ? asTurned(spec) : spec;
      const { candidates } = requireTuning('matmul', machine).matmul;
      return candidates(own, machine, ownTile(own, machine), planMatmul(own, machine).slices);
    },
    build: (chosen?: Tile) => build(spec, machine, chosen as MatmulTile | undefined),
  };
  return buildTuned(tunable, machine, tile && { ...tile });
}

/**
 * `matmul` whose workgroups share blocks of A and B in workgroup memory: for hardware that gains from it. Same
 * bindings, same bits.
 * @param tile with `across` and `workgroupSize`.
 * @throws RangeError as `matmul` does, or if the tile exceeds WebGPU's default limits.
 */
export function matmulWorkgroup(
  spec: MatmulSpec,
  machine: Machine = machines.gpu,
  tile: MatmulTile = { rows: 4, columns4: 1, across: 8, workgroupSize: 64 },
): KernelPlan {
  return matmul(spec, tunedMachine(machine), tile);
}

function build(spec: MatmulSpec, machine: Machine, tile?: MatmulTile): KernelPlan {
  if (tile) requireTile('matmul', { ...tile });
  if (tile?.across || !turns(spec, machine)) return product(spec, machine, tile);
  const { m, k, n, transposeA, transposeB } = spec;
  const [a, b] = [transposeA && 'turnedA', transposeB && 'turnedB'].map((name) => name || undefined);
  const turned: KernelPlan = {
    kernels: [
      ...(a ? [turnKernel(['a', a], k, m, machine)] : []),
      ...(b ? [turnKernel(['b', b], n, k, machine)] : []),
    ],
    scratch: { ...(a && { [a]: turnedWords(m, k) }), ...(b && { [b]: turnedWords(k, n) }) },
  };
  return concatPlans(turned, product(asTurned(spec), machine, tile, { a, b }));
}

const asTurned = (spec: MatmulSpec): MatmulSpec => ({ ...spec, transposeA: false, transposeB: false });

function product(
  spec: MatmulSpec,
  machine: Machine,
  tile?: MatmulTile,
  turned?: MatmulPlan['turned'],
): KernelPlan {
  const plan: MatmulPlan = { ...planMatmul(spec, machine, tile), turned };
  if (!tile?.across && packs(spec, plan, machine)) {
    const packed = productKernel(spec, { ...plan, packed: true }, machine, tile);
    return {
      kernels: [packKernel(spec, plan, machine), packed],
      scratch: { packed: packedWords(spec, plan) },
    };
  }
  const { slices, layouts } = plan;
  const first = tile?.across
    ? requireTuning('matmul', machine).matmul.workgroupKernel(spec, plan, tile)
    : productKernel(spec, plan, machine, tile);
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
    machine,
  );
  return { kernels: [first, second], scratch: { partial: slices * layouts.c.size } };
}

function productKernel(spec: MatmulSpec, plan: MatmulPlan, machine: Machine, tile?: MatmulTile): Kernel {
  const { workgroupSize = machine.workgroupSize } = tile ?? {};
  const { m, k, n, batch = 1 } = spec;
  const { layouts, rowTiles, columnTiles, slices, columns4, packed, turned } = plan;
  const whole = slices === 1;
  const form = matmulForms[plan.form];
  const panels = `packed: B in panels of ${4 * columns4} columns, [${columnTiles},${k},${4 * columns4}]\n`;
  return linearKernel({
    name: 'matmul',
    about: `${aboutMatmul(spec, plan)}${packed ? panels : ''}One invocation: ${form.about(plan)}.`,
    bindings: [
      reads(turned?.a ?? 'a', 'array<vec4<f32>>'),
      reads(packed ? 'packed' : (turned?.b ?? 'b'), 'array<vec4<f32>>'),
      ...(whole && spec.bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      readsWrites(whole ? 'c' : 'partial', 'array<vec4<f32>>'),
    ],
    invocations: rowTiles * columnTiles * batch * slices,
    workgroupSize,
    constants: matmulConstants(spec, plan),
    body: `${placeTile(spec, plan)}\n${form.body(spec, plan)}`,
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
