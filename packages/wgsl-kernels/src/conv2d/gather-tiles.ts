/** The tiles of `gather.ts` that are worth measuring, by kind of machine. */
import type { Kernel, Tuning } from '../kernel.ts';
import { isPlanar, rowMajor } from '../layout.ts';
import { guaranteed, type MachineKind } from '../machine.ts';
import { singleKernel } from '../plan.ts';
import { buildTuned, type Candidate, requireTile, shortList, type Tile } from '../tunable.ts';
import { epilogueBindings } from './epilogue.ts';
import { gatherKernel } from './gather.ts';
import { gatherImagesKernel, imagesTile } from './gather-images.ts';
import { defaultTile, formOf, type Gather } from './gather-plan.ts';
import { gatherRowsKernel, rowsTile, suitsRows } from './gather-rows.ts';
import { gatherWorkgroupKernel } from './gather-workgroup.ts';
import type { ConvTile } from './spec.ts';

/** The kernel with this tile; without one, with what was measured on the device, or else with the default. */
export function tunedGather(gather: Gather, tuning: Tuning, tile?: ConvTile): Kernel {
  const { source, target, weight, bias, batchNorm } = gather;
  const perChannel = rowMajor([target.layout.shape[1]]);
  const build = (chosen?: Tile) => {
    if (chosen) requireTile(gather.name, chosen);
    const convTile = (chosen as ConvTile | undefined) ?? usualTile(gather, tuning);
    if (convTile.across) return singleKernel(gatherWorkgroupKernel(gather, convTile));
    if (convTile.alongRow) return singleKernel(gatherRowsKernel(gather, tuning, convTile));
    if (convTile.overImages) return singleKernel(gatherImagesKernel(gather, tuning, convTile));
    return singleKernel(gatherKernel(gather, tuning, convTile));
  };
  const tunable = {
    kernel: gather.name,
    tensors: {
      [source.name]: source.layout,
      weight: weight.layout,
      ...(bias ? { bias: perChannel } : {}),
      ...(batchNorm ? Object.fromEntries(epilogueBindings.map((name) => [name, perChannel])) : {}),
      [target.name]: target.layout,
    },
    candidates: () => candidatesOf(gather, tuning),
    build,
  };
  return buildTuned(tunable, tuning, tile && { ...tile }).kernels[0];
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
  [4, 2],
  [5, 2],
  [8, 1],
] as const;
/**
 * [pixels, channels4, across, workgroupSize] with workgroup memory: 32 x 32 to 64 x 64 pixels times channels a
 * workgroup.
 */
const workgroupTiles = [
  [4, 1, 4, 64],
  [4, 1, 8, 64],
  [4, 2, 8, 64],
  [8, 1, 8, 64],
  [4, 1, 8, 128],
  [4, 1, 16, 256],
] as const;

/** What every machine has: over images or along rows where a branch of one invocation costs the others nothing, else the default of `gather-plan.ts`. */
function usualTile(gather: Gather, tuning: Tuning): ConvTile {
  return (!tuning.lockstep && (imagesTile(gather) ?? rowsTile(gather))) || defaultTile(gather, tuning);
}

/** Sums run over taps and then channels whatever the tile is: every tile gives the same bits. */
function candidatesOf(gather: Gather, tuning: Tuning): readonly Candidate[] {
  const usual = usualTile(gather, tuning);
  const groups = isPlanar(gather.target.layout.shape[1]) ? 1 : gather.target.layout.extents[1] / 4;
  const few = tuning.invocations === 'few';
  const registers: ConvTile[] = registerTiles[tuning.kind]
    .filter(([, channels4]) => channels4 <= groups)
    .map(([pixels, channels4]) => ({ pixels, channels4 }));
  const found = [...registers, ...otherGroupSizes(usual, tuning)];
  if (few && formOf(gather) === 'splat') {
    const [images] = gather.target.layout.shape;
    const fitting = registers.filter(({ pixels }) => pixels > 1 && pixels <= images);
    found.push(...fitting.map((tile) => ({ ...tile, overImages: 1 })));
  }
  if (few && suitsRows(gather)) {
    for (const [pixels, channels4] of rowTiles) {
      if (channels4 <= groups) found.push({ pixels, channels4, alongRow: 1 });
    }
  }
  if (tuning.workgroupMemory === 'fast' && formOf(gather) === 'splat') {
    for (const [pixels, channels4, across, workgroupSize] of workgroupTiles) {
      if (across * channels4 < 2 * groups) found.push({ pixels, channels4, across, workgroupSize });
    }
  }
  return shortList(
    { ...usual },
    found.map((tile) => ({ tile: { ...tile }, sameBits: true })),
  );
}

/** The same tile with fewer and more invocations per workgroup, where that makes a difference. */
function otherGroupSizes(usual: ConvTile, { workgroupSize, lockstep }: Tuning): ConvTile[] {
  if (!lockstep) return [];
  return [workgroupSize / 2, workgroupSize * 2, workgroupSize * 4]
    .filter((size) => size <= guaranteed.invocationsPerWorkgroup)
    .map((size) => ({ ...usual, workgroupSize: size }));
}
