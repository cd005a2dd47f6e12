/** The commands that a sweep can run: their command lines, what they must not be asked, and their results. */
import { fileURLToPath } from 'node:url';
import {
  parseMedmnistOptions,
  parsePracticalOptions,
  parseTrainOptions,
} from '@glassbox/experiments/sweep-parts';
import { UsageError } from '@glassbox/host/command-line';
import type { CellOptions, OptionValue, RunKind } from './file.ts';

/** Names that are given without a flag. */
const positional: Readonly<Record<RunKind, string | undefined>> = {
  medmnist: 'set',
  practical: 'tasks',
  train: undefined,
};

/** What the sweep itself decides. */
const reserved = ['out', 'resume', 'seeds', 'help'];

/**
 * The arguments that ask a command for a cell.
 * @throws UsageError for an option that the sweep decides itself
 */
export function argsOf(run: RunKind, options: CellOptions, seed: number): string[] {
  const names: string[] = [];
  const flags: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (name === positional[run]) {
      names.push(...[value].flat().map(String));
      continue;
    }
    if (reserved.includes(name))
      throw new UsageError(`${name} is not for a sweep, which decides it for each cell`);
    flags.push(...flagOf(name, value));
  }
  if (names.some((word) => word.startsWith('-')))
    throw new UsageError(`${positional[run]}: ${names} is no name`);
  return [...names, ...flags, `--seed=${seed}`];
}

function flagOf(name: string, value: OptionValue): string[] {
  if (value === true) return [`--${name}`];
  if (value === false) return [];
  return [`--${name}=${[value].flat().join(',')}`];
}

/**
 * Holds a cell's options to the rules of its command.
 * @param base where relative paths begin
 * @throws UsageError that names what the command would refuse
 */
export function checkCell(run: RunKind, options: CellOptions, seed: number, base: string): void {
  const args = argsOf(run, options, seed);
  if (run === 'practical') parsePracticalOptions(args, base);
  if (run === 'train') parseTrainOptions(args, base);
  if (run !== 'medmnist') return;
  const { sets, nets, sizes } = parseMedmnistOptions(args, base);
  for (const [name, values] of Object.entries({ set: sets, net: nets, size: sizes })) {
    if (values.length === 1) continue;
    throw new UsageError(
      `${name}: a cell has one; write a list of them into the grid, and each becomes a cell`,
    );
  }
}

/** Path of a command's program. */
export function programOf(run: RunKind): string {
  return fileURLToPath(new URL(`./cli/${run}.ts`, import.meta.resolve('@glassbox/experiments')));
}
