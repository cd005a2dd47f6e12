/** Runs the cells of a sweep, or of a part of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { beatSeconds, Claim, describeHolder, staleSeconds } from '@glassbox/host/claim';
import { exitStatus } from '@glassbox/host/command-line';
import { type CellEnding, runCell, type SweepContext } from './cell.ts';
import type { Cell } from './expand.ts';
import { isDone, pathsOf } from './folder.ts';
import { cellsOf, type Shard } from './shard.ts';

/** How a part of a sweep is run. */
export interface SweepPart extends SweepContext {
  readonly shard: Shard | undefined;
  /** After its own cells, take those of other parts that nobody has begun. */
  readonly steal: boolean;
  /** Takes each line of progress. */
  readonly note: (line: string) => void;
}

/**
 * Runs what is not done yet of a part, one cell after another.
 * @returns the exit status: 0 if the part is done, 75 if a retry helps, 1 if not, 130 if it was interrupted
 */
export async function runCells(cells: readonly Cell[], options: SweepPart): Promise<number> {
  const { dir, shard, steal, signal, note } = options;
  const own = shard ? cellsOf(cells, shard) : cells;
  const others = steal ? cells.filter((cell) => !own.includes(cell)) : [];
  const started = performance.now();
  let [done, status] = [0, exitStatus.done as number];
  const held: Cell[] = [];
  const run = async (cell: Cell, at: string) => {
    const ending = await runCell(options, cell);
    if (ending.kind === 'done') done++;
    if (ending.kind !== 'was-done') note(`${at} ${cell.name}: ${inWords(ending)}`);
    if (ending.kind === 'held') held.push(cell);
    // What a retry does not help weighs more.
    if (ending.kind === 'failed' && status !== exitStatus.failed) {
      status = ending.status === exitStatus.retry ? exitStatus.retry : exitStatus.failed;
    }
    return ending;
  };
  for (const [i, cell] of own.entries()) {
    if (signal.aborted) return exitStatus.retry;
    const left =
      done === 0
        ? ''
        : `, about ${minutes(((performance.now() - started) / 1000 / done) * (own.length - i))}`;
    await run(cell, `[${i + 1}/${own.length}${left}]`);
  }
  for (const cell of others) {
    if (signal.aborted) return exitStatus.retry;
    if (!isDone(dir, cell) && !Claim.holder(pathsOf(dir, cell).claim)) await run(cell, '[of another part]');
  }
  const waiting = await afterHolders(
    held.filter((cell) => own.includes(cell)),
    options,
    run,
  );
  if (signal.aborted) return exitStatus.retry;
  return status === exitStatus.done && waiting ? exitStatus.retry : status;
}

/**
 * A cell whose holder may be dead on another host is looked at until that is known.
 * @returns whether any is held still
 */
async function afterHolders(
  held: readonly Cell[],
  { dir, signal, note }: SweepPart,
  run: (cell: Cell, at: string) => Promise<CellEnding>,
): Promise<boolean> {
  let waiting = held.filter((cell) => !isDone(dir, cell));
  const until = performance.now() + (staleSeconds + 2 * beatSeconds) * 1000;
  while (performance.now() < until && !signal.aborted) {
    waiting = waiting.filter((cell) => !isDone(dir, cell));
    const known = waiting.map((cell) => ({ cell, holder: Claim.holder(pathsOf(dir, cell).claim) }));
    for (const { cell } of known.filter(({ holder }) => !holder)) await run(cell, '[its holder is gone]');
    // A holder that gives signs of life is waited for by whoever started it.
    if (!known.some(({ holder }) => holder && !holder.sameHost && holder.silentSeconds > 2 * beatSeconds))
      break;
    await pause(5000, undefined, { signal }).catch(() => {});
  }
  waiting = waiting.filter((cell) => !isDone(dir, cell));
  for (const { name } of waiting) note(`${name}: is not done; another process has it`);
  return waiting.length > 0;
}

function inWords(ending: CellEnding): string {
  if (ending.kind === 'done') return `done in ${minutes(ending.seconds)}`;
  if (ending.kind === 'was-done') return 'was done before';
  if (ending.kind === 'held') return `is run by ${describeHolder(ending.holder)}`;
  return `failed (${ending.status === exitStatus.retry ? 'a retry helps' : 'a retry does not help'}): ${ending.reason}`;
}

const minutes = (seconds: number) =>
  seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
