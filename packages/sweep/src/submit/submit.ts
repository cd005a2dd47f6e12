/** Writes what an engine wants, and submits it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeWholeFile } from '@glassbox/host';
import { exitStatus, UsageError } from '@glassbox/host/command-line';
import type { Cell } from '../expand.ts';
import type { SweepFile } from '../file.ts';
import { openSweep } from '../folder.ts';
import type { SweepCommand } from '../options.ts';
import { sweepVersion } from '../version.ts';
import { commandLine, type Engine, type Job, type Submission } from './engine.ts';
import { kubernetes } from './kubernetes.ts';
import { parallel } from './parallel.ts';
import { resourcesOf } from './resources.ts';
import { slurm } from './slurm.ts';

const writers: Readonly<Record<Engine, (job: Job) => Submission>> = { slurm, kubernetes, parallel };

/** Most parts of an array, unless more are asked for: `MaxArraySize` of Slurm is 1001 where nobody has set it. */
const usualShards = 1000;

/**
 * Submits a sweep, or shows what would be.
 * @returns the exit status
 */
export async function submitSweep(
  engine: Engine,
  command: SweepCommand,
  file: SweepFile,
  cells: readonly Cell[],
): Promise<number> {
  const shards = Math.min(command.shards ?? usualShards, cells.length);
  const { out, partition, image, volume } = command;
  const { files, commands, advice } = writers[engine]({
    file: command.file,
    out,
    shards,
    rungs: file.halving?.rungs.length,
    resources: resourcesOf(command, cells, Math.ceil(cells.length / shards)),
    partition,
    image,
    volume,
  });
  if (command.dryRun) {
    for (const [name, text] of Object.entries(files)) console.log(`${join(out, 'submit', name)}:\n${text}`);
    for (const words of commands) console.log(commandLine(words));
    return exitStatus.done;
  }
  await openSweep(out, command.file, sweepVersion(), cells, file.halving);
  mkdirSync(join(out, 'submit'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeWholeFile(join(out, 'submit', name), new TextEncoder().encode(text));
  }
  return hand(engine, commands, advice);
}

/** Runs the commands; each may use what earlier ones printed. */
function hand(engine: Engine, commands: Submission['commands'], advice: string): number {
  const printed: string[] = [];
  for (const words of commands) {
    const [name, ...args] = words.map((word) =>
      word.replace(/\{(\d+)\}/g, (whole, i) => printed[Number(i) - 1] ?? whole),
    );
    // What parallel and the merge print is for people; what sbatch prints is the number of the job.
    const shown = engine !== 'slurm';
    const done = spawnSync(name, args, {
      encoding: 'utf8',
      stdio: ['ignore', shown ? 'inherit' : 'pipe', 'inherit'],
    });
    if (done.error) {
      throw new UsageError(`${name} cannot be started (${done.error.message}); is ${engine} installed here?`);
    }
    if (done.status !== 0) return done.status ?? exitStatus.failed;
    printed.push((done.stdout ?? '').trim().split(';')[0]);
    if (!shown) console.log(`${commandLine([name, ...args])}: job ${printed.at(-1)}`);
  }
  console.log(`Submitted; ${advice}.`);
  return exitStatus.done;
}
