/** The tiles of an implicit GEMM that are worth measuring, by kind of machine. */
import { guaranteed } from '../../limits.ts';
import type { Machine, MachineKind } from '../../machine.ts';
import { type Candidate, shortList } from '../../tunable.ts';
import { type ImplicitGemm, innerLoopOf, targetVectors } from './gemm.ts';
import type { ConvTile } from './plan.ts';
import { suitsRows } from './rows.ts';

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
export function gemmCandidates(gemm: ImplicitGemm, usual: ConvTile, machine: Machine): readonly Candidate[] {
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
