/** How much time and memory a part is given: by the cells that are done, with a margin. */
import { existsSync, readFileSync } from 'node:fs';
import type { Cell } from '../expand.ts';
import { pathsOf, type TimeJson } from '../folder.ts';
import type { SweepCommand } from '../options.ts';
import type { Resources } from './engine.ts';

const timeMargin = 3;
const memoryMargin = 2;
const usual = { cpus: 4, memory: 4096, minutes: 1440 };

/** What cells of this sweep took that are done: the most seconds and bytes; undefined without any. */
export function measured(
  dir: string,
  cells: readonly Cell[],
): { seconds: number; bytes: number } | undefined {
  const times = cells.flatMap((cell): TimeJson[] => {
    const { time } = pathsOf(dir, cell);
    return existsSync(time) ? [JSON.parse(readFileSync(time, 'utf8'))] : [];
  });
  if (times.length === 0) return undefined;
  return {
    seconds: Math.max(...times.map(({ seconds }) => seconds)),
    bytes: Math.max(...times.map(({ peakBytes }) => peakBytes)),
  };
}

/** @param cellsOfPart cells that the largest part runs, one after another */
export function resourcesOf(
  { out, cpus = usual.cpus, memory, minutes, gpu }: SweepCommand,
  cells: readonly Cell[],
  cellsOfPart: number,
): Resources {
  const found = measured(out, cells);
  const needed = found && Math.ceil((found.seconds * timeMargin * cellsOfPart) / 60) + 2;
  const held = found && found.bytes > 0 ? Math.ceil((found.bytes * memoryMargin) / 2 ** 20) + 256 : undefined;
  return { cpus, gpu, memory: memory ?? held ?? usual.memory, minutes: minutes ?? needed ?? usual.minutes };
}
