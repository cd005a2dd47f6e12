/** The tiles of `matmul.ts` that are worth measuring, by kind of machine. */
import type { Machine, MachineKind } from '../machine.ts';
import { type Candidate, shortList } from '../tunable.ts';
import type { MatmulSpec, MatmulTile } from './spec.ts';

/** [rows, columns4] of the form that reads B row by row; the other forms take rows only. */
const registerTiles: Readonly<Record<MachineKind, readonly (readonly [number, number])[]>> = {
  cpu: [
    [2, 4],
    [3, 3],
    [4, 2],
    [5, 2],
    [6, 2],
    [8, 1],
  ],
  'wide-cpu': [
    [2, 4],
    [4, 4],
    [5, 4],
    [6, 4],
    [6, 2],
    [8, 2],
    [8, 1],
  ],
  'software-gpu': [
    [4, 2],
    [4, 4],
    [8, 2],
    [8, 4],
    [16, 2],
  ],
  gpu: [
    [1, 1],
    [2, 1],
    [4, 1],
    [4, 2],
    [8, 1],
    [8, 2],
  ],
};
/** [rows, columns4, across, workgroupSize] with workgroup memory. */
const workgroupTiles = [
  [4, 1, 8, 64],
  [4, 2, 8, 64],
  [4, 1, 16, 256],
  [8, 1, 16, 128],
] as const;

/**
 * Tiles keep the parts that the default cuts k into, and so the order of summation. Other numbers of parts do not.
 * @param parts what the default cuts k into.
 */
export function matmulCandidates(
  spec: MatmulSpec,
  machine: Machine,
  usual: MatmulTile,
  parts: number,
): readonly Candidate[] {
  const { m, n, k, transposeA, transposeB } = spec;
  const fitting = registerTiles[machine.kind]
    .filter(([, columns4]) => columns4 === 1 || (!transposeB && columns4 * 4 < n + 4))
    .map(([rows, columns4]): MatmulTile => {
      const clipped = Math.min(rows, m);
      return { rows: transposeA ? Math.ceil(clipped / 4) * 4 : clipped, columns4 };
    });
  const sizes = machine.lockstep ? [machine.workgroupSize / 2, machine.workgroupSize * 2] : [];
  const found: MatmulTile[] = [...fitting, ...sizes.map((workgroupSize) => ({ ...usual, workgroupSize }))];
  if (machine.workgroupMemory === 'fast') {
    for (const [rows, columns4, across, workgroupSize] of workgroupTiles) {
      if (transposeB && columns4 > 1) continue;
      found.push({ rows, columns4, across, workgroupSize });
    }
  }
  const same = found.map((tile): Candidate => ({ tile: { ...tile }, sameBits: true }));
  const others = [1, 4, 16, 64]
    .filter((count) => count !== parts && k / count >= 16)
    .map((count): Candidate => ({ tile: { ...usual, parts: count }, sameBits: false }));
  return shortList({ ...usual }, [...same, ...others]);
}
