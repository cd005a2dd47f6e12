import { resolve } from 'node:path';
import { brief, integer, oneOfWords, parseCommandLine, UsageError } from '@glassbox/host/command-line';
import { type ChosenDevice, chosenDevice, deviceFlags, deviceHelp } from '@glassbox/tensor-core/command-line';
import { TASK_IDS, type TaskId } from '../tasks/ids.ts';
import type { DataChoice } from '../training/find-data.ts';
import type { Budget } from '../training/recipe.ts';

/** What `npm run practical` was asked for. */
export interface PracticalOptions extends ChosenDevice, DataChoice {
  readonly tasks: readonly TaskId[];
  readonly budget: Budget;
  /** Number of seeds: seed … seed+seeds-1. */
  readonly seeds: number;
  /** The first seed. */
  readonly seed: number;
  readonly out: string | undefined;
  /** Folder of an interrupted run to go on with. */
  readonly resume: string | undefined;
}

export const practicalHelp = `
npm run practical -- [tasks…] [options]

Trains every task of the practical "Transfer Learning" and writes a report.

Tasks: ${TASK_IDS.join(' ')} (default: all; what a task needs from another is trained as well)

${deviceHelp(33)}
  --data auto|phantoms|DIR       auto: real files in $MEDMNIST_ROOT or ~/.medmnist, else fetched from Zenodo (83 MB and
                                 4 MB), else generated phantoms; phantoms: no network;
                                 DIR: a folder that holds chestmnist.npz and pneumoniamnist.npz
  --chest FILE                   npz in ChestMNIST's format (an array unlabelled_images joins the autoencoder's
                                 training)
  --pneumonia FILE               npz in PneumoniaMNIST's format
  --download                     stop if real files are missing and cannot be fetched, instead of taking phantoms
  --budget quick|full            quick (default): few epochs; full: the exercise's own protocol with early stopping
  --seeds N                      repeat each training with N seeds (default 1)
  --seed N                       the first of them (default 0)
  --out DIR                      run folder (default runs/<time>)
  --resume DIR                   go on with an interrupted run; its own options apply (--data, --chest and --pneumonia
                                 say where the same data lie now, if they were moved)
  --help

Examples:
  npm run practical
  npm run practical -- ${TASK_IDS.slice(0, 2).join(' ')} --seeds 3
  npm run practical -- --budget full --seeds 3 --chest chestmnist.npz --pneumonia pneumoniamnist.npz
`.trim();

/**
 * @param base where relative paths begin
 * @throws UsageError that names the flag or task.
 */
export function parsePracticalOptions(args: readonly string[], base = process.cwd()): PracticalOptions {
  const { values, positionals } = parseCommandLine(args, {
    ...deviceFlags,
    data: { type: 'string', default: 'auto' },
    chest: { type: 'string' },
    pneumonia: { type: 'string' },
    download: { type: 'boolean', default: false },
    budget: { type: 'string', default: 'quick' },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string' },
    resume: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  const unknown = positionals.filter((task) => !(TASK_IDS as readonly string[]).includes(task));
  if (unknown.length > 0)
    throw new UsageError(`Unknown task ${brief(unknown.join(', '))}: expected ${TASK_IDS.join(' ')}`);
  const path = (flag: 'data' | 'chest' | 'pneumonia' | 'out' | 'resume') =>
    values[flag] === undefined ? undefined : resolve(base, checkedPath(`--${flag}`, values[flag]));
  return {
    tasks: positionals.length > 0 ? TASK_IDS.filter((task) => positionals.includes(task)) : TASK_IDS,
    ...chosenDevice(values),
    data: ['auto', 'phantoms'].includes(values.data) ? values.data : path('data')!,
    chest: path('chest'),
    pneumonia: path('pneumonia'),
    download: values.download,
    budget: oneOfWords('--budget', values.budget, ['quick', 'full']),
    seeds: integer('--seeds', values.seeds, 1, 100),
    seed: integer('--seed', values.seed, 0, largestSeed),
    out: path('out'),
    resume: path('resume'),
  };
}

/** Of the first seed: with all that follow it, 32 bits. */
export const largestSeed: number = 2 ** 32 - 101;

/** No file system takes a longer path; Linux is at 4,096 bytes. */
const longestPath = 4096;

/** @throws UsageError for what can be no path on any system. */
function checkedPath(flag: string, path: string): string {
  if (path === '') throw new UsageError(`${flag}: expected a path, got nothing`);
  if (path.includes('\0')) throw new UsageError(`${flag}: a path has no NUL characters`);
  if (path.length > longestPath) {
    throw new UsageError(`${flag}: a path of ${path.length} characters is longer than systems take`);
  }
  return path;
}

/** A value for a message. Not as JSON: it may be nested a million deep. */
function inWords(value: unknown): string {
  if (typeof value === 'string') return brief(JSON.stringify(value));
  return Array.isArray(value) ? 'a list' : typeof value === 'object' && value ? 'an object' : String(value);
}

const valued = [
  ...Object.keys(deviceFlags),
  ...'data chest pneumonia budget seeds seed out resume'.split(' '),
];

const onOff = Object.entries(deviceFlags).flatMap(([name, { value }]) => (value === 'on|off' ? [name] : []));

/**
 * Options as `config.json` keeps them, held to the rules of the command line.
 * @param base the run's folder, from which its paths are given
 * @throws UsageError that names what breaks them.
 */
export function optionsFromJson(value: unknown, base: string): PracticalOptions {
  const { tasks, ...rest } = (typeof value === 'object' && value ? value : {}) as Record<string, unknown>;
  if (!Array.isArray(tasks) || tasks.length === 0) throw new UsageError('it names no tasks');
  const unknown = tasks.filter((task) => !(TASK_IDS as readonly unknown[]).includes(task));
  if (unknown.length > 0) throw new UsageError(`unknown task ${inWords(unknown[0])}`);
  const args = [...(tasks as string[])];
  for (const name of valued) {
    const option = rest[name];
    if (option === undefined || option === null) continue;
    const word = onOff.includes(name) && typeof option === 'boolean' ? (option ? 'on' : 'off') : option;
    if (typeof word !== 'string' && typeof word !== 'number')
      throw new UsageError(`${name} is ${inWords(option)}`);
    args.push(`--${name}=${word}`);
  }
  for (const needed of ['budget', 'seeds', 'data', 'device'])
    if (rest[needed] === undefined) throw new UsageError(`${needed} is missing`);
  if (rest.download === true) args.push('--download');
  return parsePracticalOptions(args, base);
}
