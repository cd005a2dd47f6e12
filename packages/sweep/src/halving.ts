/**
 * Successive halving (Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter
 * optimization"): all cells train for a few epochs, the best share goes on. A cell is paused, not shortened: one that
 * goes on to its end gives the bits of one that was never paused.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Claim, describeHolder } from '@glassbox/host/claim';
import { exitStatus } from '@glassbox/host/command-line';
import { startCell } from './cell.ts';
import type { Cell } from './expand.ts';
import type { Halving } from './file.ts';
import { pathsOf, writeJson } from './folder.ts';
import { curvesOf } from './results.ts';
import { runCells, type SweepPart } from './run.ts';
import { progressOf, type RungJson, rungFile } from './rungs.ts';
import { cellsOf } from './shard.ts';

/**
 * Runs the rungs of a sweep, or one of them. The one behind the last trains the survivors to their end.
 * @returns the exit status, as `runCells`
 */
export async function runRungs(
  cells: readonly Cell[],
  options: SweepPart & { readonly halving: Halving; readonly rung: number | undefined },
): Promise<number> {
  const { dir, halving, rung: only, shard, note, signal } = options;
  const progress = () => progressOf(cells, halving, (cell, rung) => readRung(dir, cell, rung)?.score);
  for (let rung = 0; rung < halving.rungs.length; rung++) {
    const { rungs, going, missing } = progress();
    if (rungs.length < rung) return notDone(rungs.length, missing, going, note);
    if (only !== undefined && only !== rung) continue;
    let status: number = exitStatus.done;
    const before = rungs[rung]?.cells.map(({ cell }) => cell) ?? going;
    for (const cell of shard ? cellsOf(before, shard) : before) {
      if (signal.aborted) return exitStatus.retry;
      const ended = await runRung(cell, rung, options);
      if (status !== exitStatus.failed && ended !== exitStatus.done) status = ended;
    }
    if (only === rung || status !== exitStatus.done) return status;
  }
  const { rungs, going, missing } = progress();
  for (const [rung, { epochs, cells: all }] of rungs.entries()) {
    const kept = all.filter((one) => one.kept).length;
    note(`Rung ${rung} (${epochs} epochs): ${kept} of ${all.length} cells go on`);
  }
  if (missing.length > 0) return notDone(rungs.length, missing, going, note);
  return runCells(going, options);
}

/** Other parts have not done their share of a rung. */
function notDone(
  rung: number,
  missing: readonly Cell[],
  going: readonly Cell[],
  note: SweepPart['note'],
): number {
  note(`Rung ${rung}: ${missing.length} of ${going.length} cells are not done, ${missing[0].name} first`);
  return exitStatus.retry;
}

function readRung(dir: string, cell: Cell, rung: number): RungJson | undefined {
  const path = rungFile(dir, cell, rung);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RungJson) : undefined;
}

/** Trains a cell until the rung's number of epochs stands in its log, and keeps its score. */
async function runRung(
  cell: Cell,
  rung: number,
  options: SweepPart & { readonly halving: Halving },
): Promise<number> {
  const { dir, halving, note, signal } = options;
  if (existsSync(rungFile(dir, cell, rung))) return exitStatus.done;
  const paths = pathsOf(dir, cell);
  mkdirSync(paths.folder, { recursive: true });
  const claim = Claim.take(paths.claim);
  if (!(claim instanceof Claim)) {
    note(`${cell.name}: is run by ${describeHolder(claim)}`);
    return exitStatus.retry;
  }
  try {
    const epochs = halving.rungs[rung];
    if (epochsOf(paths.run).length < epochs) {
      const enough = new AbortController();
      const watching = watch(() => epochsOf(paths.run).length >= epochs, enough);
      const { status, reason } = await startCell(options, cell, AbortSignal.any([signal, enough.signal]));
      await watching.stop();
      if (status !== exitStatus.done && epochsOf(paths.run).length < epochs) {
        note(`${cell.name}: rung ${rung} failed: ${reason}`);
        return status === exitStatus.retry ? status : exitStatus.failed;
      }
    }
    claim.check();
    // A training that stopped before (early stopping) counts with its last epoch.
    const values = curvesOf(epochsOf(paths.run).slice(0, epochs))[halving.metric] ?? [];
    const score = values.at(-1) ?? null;
    const { version } = options;
    const kept: RungJson = { format: 1, name: cell.name, version, rung, epochs, score };
    await writeJson(rungFile(dir, cell, rung), kept);
    note(`${cell.name}: ${halving.metric} ${score?.toFixed(3) ?? 'not defined'} after ${epochs} epochs`);
    return exitStatus.done;
  } finally {
    claim.release();
  }
}

/** The epochs that a run has logged. */
function epochsOf(run: string): Parameters<typeof curvesOf>[0] {
  const path = join(run, 'metrics.jsonl');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return JSON.parse(line);
      } catch {
        // It is being written.
        return [];
      }
    });
}

/** Looks five times a second, and aborts once something is so. */
function watch(isSo: () => boolean, abort: AbortController): { stop: () => Promise<void> } {
  let going = true;
  const loop = (async () => {
    while (going && !isSo()) await pause(200);
    if (going) abort.abort();
  })();
  return {
    stop: async () => {
      going = false;
      await loop;
    },
  };
}
