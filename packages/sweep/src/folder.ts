/** The folder of a sweep: `sweep.json`, and for each cell `cells/NAME/` with `done.json`, `time.json`, `run/`. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeWholeFile } from '@glassbox/host';
import { UsageError } from '@glassbox/host/command-line';
import { canonical } from './canonical.ts';
import type { Cell } from './expand.ts';
import type { Halving } from './file.ts';
import type { CellScores } from './results.ts';

/** `sweep.json`: what the sweep consists of. */
export interface SweepJson {
  readonly format: 1;
  /** Of the project, with its commit if it is a checkout: results of two versions are not mixed. */
  readonly version: string;
  /** The sweep's file. */
  readonly file: string;
  readonly cells: readonly Cell[];
  /** Which of them are trained to their end; absent: all. */
  readonly halving?: Halving;
}

/** `done.json`: what a cell gave. The same bytes wherever it ran. */
export interface DoneJson extends Cell, CellScores {
  readonly format: 1;
  readonly version: string;
}

/** `time.json`: what may differ between two runs of a cell. */
export interface TimeJson {
  /** From the first step to the end of the report; of a resumed cell at least the time of all its epochs. */
  readonly seconds: number;
  /** Seconds on a core that the last attempt took, its threads together; 0 if unknown. */
  readonly coreSeconds: number;
  /** The most memory that its program held; 0 if unknown. */
  readonly peakBytes: number;
  /** Of all files in its folder. */
  readonly diskBytes: number;
  readonly host: string;
  /** ISO 8601. */
  readonly endedAt: string;
  /** Times that it was begun or gone on with. */
  readonly attempts: number;
}

/** Paths of a cell's files. */
export function pathsOf(dir: string, { name }: Pick<Cell, 'name'>) {
  const folder = join(dir, 'cells', name);
  const file = (one: string) => join(folder, one);
  return {
    folder,
    run: file('run'),
    claim: file('claim'),
    done: file('done.json'),
    time: file('time.json'),
    attempts: file('attempts.txt'),
    log: file('log.txt'),
  };
}

/** True for a cell that is finished. */
export const isDone = (dir: string, cell: Pick<Cell, 'name'>): boolean => existsSync(pathsOf(dir, cell).done);

/** Writes JSON with a line for each name, whole. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeWholeFile(path, new TextEncoder().encode(`${JSON.stringify(value, undefined, 1)}\n`));
}

/**
 * Makes the folder of a sweep, or finds that it is the same sweep: shards begin in any order, and at once.
 * @throws UsageError if the folder holds another sweep, or one of another version
 */
export async function openSweep(
  dir: string,
  file: string,
  version: string,
  cells: readonly Cell[],
  halving: Halving | undefined,
): Promise<void> {
  const path = join(dir, 'sweep.json');
  const sweep: SweepJson = {
    format: 1,
    version,
    file: basename(file),
    cells,
    ...(halving ? { halving } : {}),
  };
  try {
    mkdirSync(join(dir, 'cells'), { recursive: true });
    if (!existsSync(path)) await writeJson(path, sweep);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`Cannot write to ${dir} (${code}); choose another folder with --out`);
  }
  const found = readSweepJson(dir);
  if (found.version !== version) {
    throw new UsageError(
      `${dir} holds a sweep of version ${found.version}, and this is ${version}: go on with that version, or choose ` +
        'another folder with --out',
    );
  }
  const content = (one: SweepJson) => canonical([one.cells, one.halving ?? null]);
  if (content(found) !== content(JSON.parse(JSON.stringify(sweep)))) {
    throw new UsageError(`${dir} holds another sweep (${found.file}); choose another folder with --out`);
  }
}

/** @throws UsageError if there is no sweep */
export function readSweepJson(dir: string): SweepJson {
  const path = join(dir, 'sweep.json');
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as SweepJson;
    if (found.format === 1 && Array.isArray(found.cells)) return found;
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${(error as Error).message}); start the sweep in another folder`,
    );
  }
  throw new UsageError(`${path} is not of a sweep that this version knows`);
}
