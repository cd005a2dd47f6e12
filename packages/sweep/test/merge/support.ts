/** Folders of sweeps with made-up scores. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from '@glassbox/metrics';
import { afterAll } from 'vitest';
import type { DoneCell, PlannedCell } from '../../src/merge/cells.ts';

const root = mkdtempSync(join(tmpdir(), 'glassbox-merge-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** An empty folder, which goes when the tests are done. */
export const newFolder = () => mkdtempSync(join(root, 'sweep-'));

export const version = '0.1.0+3c9f';

/** What the made-up nets cost, and how much better than the first they are. */
const nets = {
  linear: [1e4, 1e6, 0],
  small: [2e5, 3e7, 0.06],
  resnet18: [1.1e7, 5e8, 0.09],
  resnet50: [2.4e7, 1.3e9, 0.085],
};
const sets = ['breastmnist', 'pneumoniamnist', 'bloodmnist', 'dermamnist'];

/** Cells of every net on every set. */
export function someCells(seeds = 5, epochs = 12): DoneCell[] {
  const rng = random(3);
  return sets.flatMap((set, i) =>
    Object.entries(nets).flatMap(([net, [parameters, multiplications, skill]]) =>
      Array.from({ length: seeds }, (_, seed) => {
        const auc = 0.8 + 0.02 * i + skill + 0.02 * (rng.next() - 0.5);
        const length = epochs - (seed % 2);
        return {
          name: `medmnist-${set}-${net}-${seed}`,
          run: 'medmnist',
          options: { set, net, epochs, seed },
          seed,
          scores: { 'best.test.auc': auc, 'best.test.accuracy': auc - 0.08, 'best.test.brier': 0.9 - auc },
          curves: { 'val.auc': Array.from({ length }, (_, e) => auc - 0.3 / (e + 1) + 0.01 * rng.next()) },
          cost: { parameters, multiplications },
        };
      }),
    ),
  );
}

/** What `sweep.json` has of a cell. */
export const planned = ({ name, run, options, seed }: DoneCell): PlannedCell => ({
  name,
  run,
  options,
  seed,
});

const write = (path: string, value: unknown) => writeFileSync(path, JSON.stringify(value));

/**
 * Writes a sweep.
 * @param done those of the cells that are done, in the order in which they are written
 */
export function writeSweep(
  cells: readonly DoneCell[],
  done: readonly DoneCell[] = cells,
  host = 'a',
): string {
  const dir = newFolder();
  write(join(dir, 'sweep.json'), { format: 1, version, file: 'sweep.json', cells: cells.map(planned) });
  done.forEach((cell, i) => {
    writeCell(dir, cell);
    write(join(dir, 'cells', cell.name, 'time.json'), { seconds: 10 + i, peakBytes: 1e8, host, attempts: 1 });
  });
  return dir;
}

/** Writes the result of a cell, with other members in place of its own. */
export function writeCell(dir: string, cell: DoneCell, other: object = {}): void {
  mkdirSync(join(dir, 'cells', cell.name), { recursive: true });
  write(join(dir, 'cells', cell.name, 'done.json'), { format: 1, version, ...cell, ...other });
}
