/** Schedulers that run parts of a sweep, and what each of them is told. */
import { resolve } from 'node:path';

/** The engines that `--submit` knows. */
export const engines = ['slurm', 'kubernetes', 'parallel'] as const;

/** One of {@link engines}. */
export type Engine = (typeof engines)[number];

/** What a part of a sweep may use. */
export interface Resources {
  readonly cpus: number;
  /** Megabytes. */
  readonly memory: number;
  readonly minutes: number;
  readonly gpu: boolean;
}

/** What an engine runs. */
export interface Job {
  /** Paths without a part: the sweep's file and its folder. */
  readonly file: string;
  readonly out: string;
  /** Parts: each is one task of the array. */
  readonly shards: number;
  /** Rungs of a halving, which are arrays one after another, the last one behind the rungs; undefined: one array. */
  readonly rungs: number | undefined;
  readonly resources: Resources;
  readonly partition: string | undefined;
  readonly image: string | undefined;
  readonly volume: string | undefined;
}

/** Files that are written to `DIR/submit`, and the commands that hand them to the engine. */
export interface Submission {
  readonly files: Readonly<Record<string, string>>;
  /** Each with its arguments; `{1}` in them stands for what the first command printed, and so on. */
  readonly commands: readonly (readonly string[])[];
  /** What is left to do by hand. */
  readonly advice: string;
}

/** Times that a part is tried again where a retry helps. */
export const retries = 5;

/** The project's folder. */
export const root: string = resolve(import.meta.dirname, '../../../..');

/** The program and its arguments, without npm: an engine's machine needs no network. */
export const program: readonly string[] = [
  resolve(root, 'node_modules/node/bin/node'),
  '--disable-warning=ExperimentalWarning',
  resolve(root, 'packages/sweep/src/cli.ts'),
];

/** As `scripts/run.mjs`: sources once stripped and compiled are kept, which halves the time in which a part starts. */
export const environment: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: resolve(root, 'node_modules/.cache/node'),
};

/** Lines of a shell that set variables. */
export const exports = (variables: Readonly<Record<string, string>>): string[] =>
  Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);

/** A word of a shell's command line. */
export function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line for a shell. */
export const commandLine = (words: readonly string[]): string => words.map(quoted).join(' ');
