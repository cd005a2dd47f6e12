/** From the file of a sweep to its cells. */
import { createHash } from 'node:crypto';
import { UsageError } from '@glassbox/host/command-line';
import { canonical } from './canonical.ts';
import type { CellOptions, OptionValue, RunKind, SweepFile } from './file.ts';
import { checkCell } from './runs.ts';

/** One run of a command with one seed. */
export interface Cell {
  /** Of its folder: a readable part, and a hash of everything that decides its result. */
  readonly name: string;
  readonly run: RunKind;
  /** Without the seed. */
  readonly options: CellOptions;
  readonly seed: number;
}

const mostCells = 1_000_000;

/**
 * Every cell, in the order of the file.
 * @param base the file's folder, where relative paths begin
 * @throws UsageError for options that the command would refuse, and for a cell that is there twice
 */
export function expand(file: SweepFile, base: string): Cell[] {
  const combinations = file.list ?? combine(file.grid!);
  const cells = combinations.map((own): Cell => {
    const { seed = 0, ...options } = { ...file.options, ...own };
    if (typeof seed !== 'number' || !Number.isInteger(seed) || seed < 0) {
      throw new UsageError(`seed ${JSON.stringify(seed)}: expected a whole number of at least 0`);
    }
    const { seed: _, ...shown } = own;
    return { name: nameOf(file.run, shown, options, seed), run: file.run, options, seed };
  });
  const names = new Set<string>();
  for (const { name, run, options, seed } of cells) {
    if (names.has(name))
      throw new UsageError(`The cell ${name} is there twice; each must differ from the others`);
    names.add(name);
    try {
      checkCell(run, options, seed, base);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`cell ${name}: ${error.message}`);
    }
  }
  return cells;
}

function combine(grid: Readonly<Record<string, readonly OptionValue[]>>): CellOptions[] {
  const names = Object.entries(grid);
  const count = names.reduce((product, [, values]) => product * values.length, 1);
  if (count > mostCells) throw new UsageError(`The grid has ${count} cells; at most ${mostCells} are run`);
  return names.reduce<CellOptions[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

/** @param shown the options that tell it from others, for people */
function nameOf(run: RunKind, shown: CellOptions, options: CellOptions, seed: number): string {
  const hash = createHash('sha256').update(canonical({ run, options, seed })).digest('hex').slice(0, 10);
  const words = Object.values(shown).map((value) => [value].flat().join('+'));
  const readable = [run, ...words]
    .join('-')
    .replace(/[^A-Za-z0-9.+=@_-]+/g, '_')
    .slice(0, 80);
  return `${readable}-seed${seed}-${hash}`;
}
