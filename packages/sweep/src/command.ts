import { dirname, join } from 'node:path';
import { exitStatus } from '@glassbox/host/command-line';
import { type Cell, expand } from './expand.ts';
import { readSweepFile, type SweepFile } from './file.ts';
import { openSweep } from './folder.ts';
import { runRungs } from './halving.ts';
import { mergeHelp, parseMergeOptions } from './merge/options.ts';
import { parseSweepCommand, type SweepCommand, sweepHelp } from './options.ts';
import { runCells } from './run.ts';
import { cellsOf } from './shard.ts';
import { submitSweep } from './submit/submit.ts';
import { sweepVersion } from './version.ts';

/**
 * What `npm run sweep` does.
 * @returns the exit status, as the help says
 */
export async function runSweepCommand(args: readonly string[]): Promise<number> {
  const wantsHelp = args.includes('--help') || args.includes('-h');
  if (args.find((arg) => arg !== '--') === 'merge')
    return merge(args.slice(args.indexOf('merge') + 1), wantsHelp);
  if (wantsHelp) {
    console.log(sweepHelp);
    return exitStatus.done;
  }
  const command = parseSweepCommand(args);
  const file = readSweepFile(command.file);
  const cells = expand(file, dirname(command.file));
  if (command.submit) return submitSweep(command.submit, command, file, cells);
  if (command.dryRun) {
    for (const { name } of command.shard ? cellsOf(cells, command.shard) : cells) console.log(name);
    return exitStatus.done;
  }
  return run(command, file, cells);
}

async function merge(args: readonly string[], wantsHelp: boolean): Promise<number> {
  if (wantsHelp) {
    console.log(mergeHelp.trim());
    return exitStatus.done;
  }
  const { dir, options } = parseMergeOptions(args);
  // Statistics and figures are loaded only now: parts of a sweep do without.
  const { mergeSweep } = await import('./merge/merge.ts');
  const { out, cells, planned } = await mergeSweep(dir, options);
  console.log(
    `Merged ${cells} of ${planned} cells: ${join(out, 'report.html')}, with its tables as CSV and LaTeX beside it.`,
  );
  return exitStatus.done;
}

async function run(command: SweepCommand, file: SweepFile, cells: readonly Cell[]): Promise<number> {
  const version = sweepVersion();
  await openSweep(command.out, command.file, version, cells, file.halving);
  const abort = new AbortController();
  let interrupted = false;
  const stop = (signal: NodeJS.Signals) => {
    if (abort.signal.aborted) process.exit(interrupted ? exitStatus.interrupted : exitStatus.retry);
    interrupted = signal === 'SIGINT';
    console.error('\nStopping after this step; press Ctrl-C again to stop at once.');
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const { shard, steal, rung } = command;
  const options = {
    dir: command.out,
    base: dirname(command.file),
    version,
    shard,
    steal,
    signal: abort.signal,
    note: (line: string) => console.log(line),
  };
  const status = file.halving
    ? await runRungs(cells, { ...options, halving: file.halving, rung })
    : await runCells(cells, options);
  if (status === exitStatus.done) console.log(`Done. One table: npm run sweep -- merge ${command.out}`);
  return interrupted ? exitStatus.interrupted : status;
}
