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
import { cellsOf } from './shard.ts';

/** `rung-K.json` in a cell's folder: what it was worth after so many epochs. */
export interface RungJson {
  readonly format: 1;
  readonly name: string;
  readonly rung: number;
  readonly epochs: number;
  /** The value of the metric; null if it is not defined. */
  readonly score: number | null;
}

const rungFile = (dir: string, cell: Cell, rung: number) =>
  join(pathsOf(dir, cell).folder, `rung-${rung}.json`);

/**
 * The cells that go on after a rung: the best `keep` of them, at least one. Of equal ones the earlier in the sweep goes
 * on, so that everybody finds the same, in whatever order they were run.
 */
export function survivors<T>(cells: readonly T[], scores: readonly (number | null)[], halving: Halving): T[] {
  const sign = halving.metric === 'val.loss' ? 1 : -1;
  const value = (i: number) => (scores[i] === null ? Number.POSITIVE_INFINITY : sign * scores[i]);
  const kept = Math.max(1, Math.ceil(halving.keep * cells.length));
  const best = cells
    .map((_, i) => i)
    .sort((a, b) => (value(a) === value(b) ? a - b : value(a) - value(b)))
    .slice(0, kept);
  return cells.filter((_, i) => best.includes(i));
}

/**
 * Runs the rungs of a sweep, or one of them. The one behind the last trains the survivors to their end.
 * @returns the exit status, as `runCells`
 */
export async function runRungs(
  cells: readonly Cell[],
  options: SweepPart & { readonly halving: Halving; readonly rung: number | undefined },
): Promise<number> {
  const { dir, halving, rung: only, shard, note, signal } = options;
  let going = cells;
  for (let rung = 0; rung < halving.rungs.length; rung++) {
    if (only === undefined || only === rung) {
      let status: number = exitStatus.done;
      for (const cell of shard ? cellsOf(going, shard) : going) {
        if (signal.aborted) return exitStatus.retry;
        const ended = await runRung(cell, rung, options);
        if (status !== exitStatus.failed && ended !== exitStatus.done) status = ended;
      }
      if (only === rung || status !== exitStatus.done) return status;
    }
    const scores = going.map((cell) => readRung(dir, cell, rung));
    const missing = going.filter((_, i) => scores[i] === undefined);
    if (missing.length > 0) {
      note(`Rung ${rung}: ${missing.length} of ${going.length} cells are not done, ${missing[0].name} first`);
      return exitStatus.retry;
    }
    going = survivors(
      going,
      scores.map((each) => each!.score),
      halving,
    );
    note(`Rung ${rung} (${halving.rungs[rung]} epochs): ${going.length} of ${scores.length} cells go on`);
  }
  return runCells(going, options);
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
    const kept: RungJson = { format: 1, name: cell.name, rung, epochs, score };
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
