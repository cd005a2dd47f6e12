/** Which tile an implicit GEMM takes: the one that was measured on the device, or what suits its shape. */
import type { Kernel } from '../../kernel.ts';
import { filterLayout, rowMajor } from '../../layout.ts';
import { guaranteed } from '../../limits.ts';
import { type Machine, type MachineKind, requireWorkgroupKernels } from '../../machine.ts';
import { concatPlans, type KernelPlan, singleKernel } from '../../plan.ts';
import { buildTuned, type Candidate, requireTile, shortList, type Tile } from '../../tunable.ts';
import { epilogueBindings } from '../epilogue.ts';
import { transposeIntoScratch } from '../transpose-filter.ts';
import { type ImplicitGemm, innerLoopOf, targetVectors } from './gemm.ts';
import { imagesKernel } from './images.ts';
import { packFilter, packsFilter } from './pack.ts';
import { pixelsKernel } from './pixels.ts';
import type { ConvTile } from './plan.ts';
import { rowsKernel, suitsRows } from './rows.ts';

/** The kernels with the tile that was measured on the device, or else with `usual`. */
export function tunedGemm(gemm: ImplicitGemm, machine: Machine, usual: ConvTile): KernelPlan {
  const { source, target, weight, bias, batchNorm } = gemm;
  const perChannel = rowMajor([target.layout.shape[1]]);
  const tunable = {
    kernel: gemm.name,
    tensors: {
      [source.name]: source.layout,
      weight: filterLayout(weight.layout.shape),
      ...(bias ? { bias: perChannel } : {}),
      ...(batchNorm ? Object.fromEntries(epilogueBindings.map((name) => [name, perChannel])) : {}),
      [target.name]: target.layout,
    },
    candidates: () => candidatesOf(gemm, usual, machine),
    build: (tile?: Tile) => gemmPlan(gemm, machine, (tile as ConvTile | undefined) ?? usual),
  };
  return buildTuned(tunable, machine);
}

/**
 * The kernels with this tile. Where the weights are needed with their channels exchanged, `transposeFilter` runs first;
 * a large filter is packed.
 * @throws RangeError if they cannot be built with it.
 */
export function gemmPlan(gemm: ImplicitGemm, machine: Machine, tile: ConvTile): KernelPlan {
  requireTile(gemm.name, { ...tile });
  const { weight } = gemm;
  const plans = [];
  if (weight.name === 'transposed') {
    plans.push(transposeIntoScratch(filterLayout(weight.layout.shape), machine));
  }
  if (!packsFilter(gemm, machine, tile)) return concatPlans(...plans, productPlan(gemm, machine, tile));
  const pack = { kernels: [packFilter(gemm, machine, tile)], scratch: { packed: weight.layout.size } };
  const packed: ImplicitGemm = { ...gemm, weight: { ...weight, name: 'packed' } };
  return concatPlans(...plans, pack, productPlan(packed, machine, tile));
}

const productPlan = (...given: Parameters<typeof gemmKernel>) => singleKernel(gemmKernel(...given));

function gemmKernel(gemm: ImplicitGemm, machine: Machine, tile: ConvTile): Kernel {
  if (tile.form === 'workgroup') return requireWorkgroupKernels(gemm.name, machine).conv2d(gemm, tile);
  return { images: imagesKernel, rows: rowsKernel, pixels: pixelsKernel }[tile.form ?? 'pixels'](
    gemm,
    machine,
    tile,
  );
}

/** [pixels, channels4]. */
const registerTiles: Readonly<Record<MachineKind, readonly (readonly [number, number])[]>> = {
  /** 6 to 12 accumulators, and the few that suit narrow layers. */
  cpu: [
    [2, 4],
    [3, 3],
    [4, 2],
    [5, 2],
    [6, 2],
    [6, 1],
    [8, 1],
    [10, 1],
  ],
  /** 8 to 24 accumulators: two neighbours are one register. */
  'wide-cpu': [
    [2, 4],
    [3, 4],
    [4, 4],
    [5, 4],
    [6, 4],
    [6, 2],
    [8, 2],
    [3, 3],
    [8, 1],
  ],
  /** It keeps accumulators in memory anyway. */
  'software-gpu': [
    [8, 4],
    [4, 4],
    [8, 2],
    [4, 2],
    [2, 4],
    [8, 1],
  ],
  /** Many small threads hide latencies, large tiles save loads. */
  gpu: [
    [1, 1],
    [2, 1],
    [4, 1],
    [8, 1],
    [2, 2],
    [4, 2],
    [2, 4],
  ],
};
/** [pixels, channels4] along a row of the target. */
const rowTiles = [
  [2, 4],
  [3, 4],
  [4, 4],
  [4, 2],
  [5, 2],
  [8, 1],
] as const;
/** [pixels, channels4, across, workgroupSize]: 32 x 32 to 64 x 64 pixels times channels a workgroup. */
const workgroupTiles = [
  [4, 1, 4, 64],
  [4, 1, 8, 64],
  [4, 2, 8, 64],
  [8, 1, 8, 64],
  [4, 1, 8, 128],
  [4, 1, 16, 256],
] as const;

/** Sums run over taps and then channels whatever the tile is: every tile gives the same bits. */
function candidatesOf(gemm: ImplicitGemm, usual: ConvTile, machine: Machine): readonly Candidate[] {
  const groups = targetVectors(gemm);
  const few = machine.invocations === 'few';
  const registers: ConvTile[] = registerTiles[machine.kind]
    .filter(([, channels4]) => channels4 <= groups)
    .map(([pixels, channels4]) => ({ pixels, channels4 }));
  const found = [...registers, ...otherGroupSizes(usual, machine)];
  if (few && innerLoopOf(gemm) === 'splat') {
    const [images] = gemm.target.layout.shape;
    const fitting = registers.filter(({ pixels }) => pixels > 1 && pixels <= images);
    found.push(...fitting.map((tile) => ({ form: 'images' as const, ...tile })));
  }
  if (few && suitsRows(gemm)) {
    for (const [pixels, channels4] of rowTiles) {
      if (channels4 <= groups) found.push({ form: 'rows', pixels, channels4 });
    }
  }
  if (machine.workgroupMemory === 'fast' && innerLoopOf(gemm) === 'splat') {
    for (const [pixels, channels4, across, workgroupSize] of workgroupTiles) {
      if (across * channels4 < 2 * groups)
        found.push({ form: 'workgroup', pixels, channels4, across, workgroupSize });
    }
  }
  return shortList(
    { ...usual },
    found.map((tile) => ({ tile: { ...tile }, sameBits: true })),
  );
}

/** The same tile with fewer and more invocations per workgroup, where that makes a difference. */
function otherGroupSizes(usual: ConvTile, { workgroupSize, lockstep }: Machine): ConvTile[] {
  if (!lockstep) return [];
  return [workgroupSize / 2, workgroupSize * 2, workgroupSize * 4]
    .filter((size) => size <= guaranteed.invocationsPerWorkgroup)
    .map((size) => ({ ...usual, workgroupSize: size }));
}
