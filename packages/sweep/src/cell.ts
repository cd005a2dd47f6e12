/** Runs one cell: claims it, starts its program or goes on with it, and keeps what it gave. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Claim, type Holder } from '@glassbox/host/claim';
import { exitStatus } from '@glassbox/host/command-line';
import type { Cell } from './expand.ts';
import { type DoneJson, isDone, pathsOf, type TimeJson, writeJson } from './folder.ts';
import { type Ending, runProgramOf, unknown } from './program.ts';
import { readResults, scoresOf, trainSeconds } from './results.ts';
import { argsOf } from './runs.ts';

/** What all cells of a sweep share. */
export interface SweepContext {
  /** The sweep's folder. */
  readonly dir: string;
  /** Where relative paths of its options begin. */
  readonly base: string;
  readonly version: string;
  /** When aborted, the running cell is asked to end after its step. */
  readonly signal: AbortSignal;
}

/** How a cell ended: done now, done before, held by another process, or not done and why. */
export type CellEnding =
  | { readonly kind: 'done'; readonly seconds: number }
  | { readonly kind: 'was-done' }
  | { readonly kind: 'held'; readonly holder: Holder }
  | { readonly kind: 'failed'; readonly status: number; readonly reason: string };

/** Runs a cell if nobody has done it or does it. */
export async function runCell(context: SweepContext, cell: Cell): Promise<CellEnding> {
  const { dir } = context;
  const paths = pathsOf(dir, cell);
  if (isDone(dir, cell)) return { kind: 'was-done' };
  mkdirSync(paths.folder, { recursive: true });
  const claim = Claim.take(paths.claim);
  if (!(claim instanceof Claim)) return { kind: 'held', holder: claim };
  try {
    // Its last holder may have finished between the two looks.
    if (isDone(dir, cell)) return { kind: 'was-done' };
    const started = performance.now();
    const ending = await runUnlessFinished(context, cell);
    const results = ending.status === exitStatus.done ? readResults(paths.run) : undefined;
    if (results === undefined) {
      const { status, reason } = ending;
      if (status !== exitStatus.done) return { kind: 'failed', status, reason };
      return { kind: 'failed', status: exitStatus.failed, reason: `${paths.run} has no results` };
    }
    claim.check();
    const seconds = Math.max((performance.now() - started) / 1000, trainSeconds(cell.run, results));
    const time: TimeJson = {
      seconds: Number(seconds.toFixed(1)),
      coreSeconds: Number(ending.coreSeconds.toFixed(1)),
      peakBytes: ending.peakBytes,
      diskBytes: bytesIn(paths.folder),
      host: hostname(),
      endedAt: new Date().toISOString(),
      attempts: readFileSync(paths.attempts, 'utf8').trimEnd().split('\n').length,
    };
    await writeJson(paths.time, time);
    const { name, run, options, seed } = cell;
    const { version } = context;
    const done: DoneJson = {
      format: 1,
      name,
      run,
      options,
      seed,
      version,
      ...(await scoresOf(run, results)),
    };
    await writeJson(paths.done, done);
    return { kind: 'done', seconds };
  } finally {
    claim.release();
  }
}

/** Bytes of all files in a folder. */
function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** A process may have been killed between the end of the run and `done.json`. */
async function runUnlessFinished(context: SweepContext, cell: Cell): Promise<Ending> {
  const { run } = pathsOf(context.dir, cell);
  if (readResults(run) !== undefined) return { status: exitStatus.done, reason: '', ...unknown };
  return startCell(context, cell, context.signal);
}

/** Begins the run of a cell, or goes on with it. */
export function startCell({ dir, base }: SweepContext, cell: Cell, signal: AbortSignal): Promise<Ending> {
  const { run, log, attempts } = pathsOf(dir, cell);
  appendFileSync(attempts, `${new Date().toISOString()} ${hostname()} ${process.pid}\n`);
  const begun = existsSync(join(run, 'config.json'));
  const args = begun ? [`--resume=${run}`] : [...argsOf(cell.run, cell.options, cell.seed), `--out=${run}`];
  return runProgramOf({ run: cell.run, args, cwd: base, log, signal });
}
