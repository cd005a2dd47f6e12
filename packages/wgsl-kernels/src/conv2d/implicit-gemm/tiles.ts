/** Which tile an implicit GEMM takes: the one that was measured on the device, or what suits its shape. */
import type { Kernel } from '../../kernel.ts';
import { filterLayout, rowMajor } from '../../layout.ts';
import { type Machine, requireTuning } from '../../machine.ts';
import { concatPlans, type KernelPlan, singleKernel } from '../../plan.ts';
import { buildTuned, requireTile, type Tile } from '../../tunable.ts';
import { epilogueBindings } from '../epilogue.ts';
import { transposeIntoScratch } from '../transpose-filter.ts';
import type { ImplicitGemm } from './gemm.ts';
import { imagesKernel } from './images.ts';
import { packFilter, packsFilter } from './pack.ts';
import { pixelsKernel } from './pixels.ts';
import type { ConvTile } from './plan.ts';
import { rowsKernel } from './rows.ts';

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
    candidates: () => requireTuning(gemm.name, machine).conv2d.candidates(gemm, usual, machine),
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
  if (tile.form === 'workgroup') return requireTuning(gemm.name, machine).conv2d.workgroupKernel(gemm, tile);
  return { images: imagesKernel, rows: rowsKernel, pixels: pixelsKernel }[tile.form ?? 'pixels'](
    gemm,
    machine,
    tile,
  );
}
