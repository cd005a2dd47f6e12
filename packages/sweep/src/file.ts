/** The file that describes a sweep, checked before it is believed. `sweep.schema.json` says the same as JSON Schema. */
import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '@glassbox/host/command-line';
import {
  checkOptions,
  type Kind,
  list,
  number,
  type OptionTable,
  oneOf,
  required,
  table,
  text,
} from '@glassbox/options';

/** The commands that a sweep can run: `npm run medmnist`, `practical`, `train`. */
export const runKinds = ['medmnist', 'practical', 'train'] as const;

/** One of {@link runKinds}. */
export type RunKind = (typeof runKinds)[number];

/** What an option of a command may be in a sweep: a list stands for words with commas, or for several names. */
export type OptionValue = string | number | boolean | readonly (string | number)[];

/** Options by the names of the command's flags, and `set` or `tasks` for the names that have no flag. */
export type CellOptions = Readonly<Record<string, OptionValue>>;

/** Trains all cells for a few epochs, keeps the best share of them, and goes on with these. */
export interface Halving {
  /** What ranks the cells: `val.auc`, `val.acc` (the largest are kept) or `val.loss` (the smallest). */
  readonly metric: 'val.auc' | 'val.acc' | 'val.loss';
  /** The share of the cells that is kept after each rung; at least one is. */
  readonly keep: number;
  /** Epochs after which the cells are compared, ascending; after the last one training goes on to its end. */
  readonly rungs: readonly number[];
}

/** A sweep: which command runs, with which options. */
export interface SweepFile {
  readonly $schema?: string;
  readonly run: RunKind;
  /** Every combination of these values is a cell; the last name varies fastest. `seed` is one of the names. */
  readonly grid?: Readonly<Record<string, readonly OptionValue[]>>;
  /** Or each of these is a cell. */
  readonly list?: readonly CellOptions[];
  /** What all cells share. */
  readonly options?: CellOptions;
  readonly halving?: Halving;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const scalar = (value: unknown) =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
const isValue = (value: unknown) =>
  typeof value === 'boolean' ||
  scalar(value) ||
  (Array.isArray(value) && value.length > 0 && value.every(scalar));
const isFlag = (name: string) => /^[a-z][a-z-]{0,39}$/.test(name);
const record = (what: string, fits: (value: unknown) => boolean): Kind => ({
  what: `an object of options and ${what}`,
  fits: (value) => isObject(value) && Object.entries(value).every(([name, one]) => isFlag(name) && fits(one)),
});
const cellOptions = record('their values', isValue);
const share: Kind = {
  what: 'a share above 0 and below 1',
  fits: (value) => typeof value === 'number' && value > 0 && value < 1,
};
const rungs: Kind = {
  what: 'ascending numbers of epochs',
  fits: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each, i) => Number.isInteger(each) && each > (i === 0 ? 0 : value[i - 1])),
};
/** Names and kinds of a halving's members. */
export const halvingNames: OptionTable<Halving> = {
  metric: required(oneOf('val.auc', 'val.acc', 'val.loss')),
  keep: required({ ...number, ...share }),
  rungs: required(rungs),
};
const fileNames: OptionTable<SweepFile> = {
  $schema: text,
  run: required(oneOf(...runKinds)),
  grid: record(
    'lists of their values',
    (value) => Array.isArray(value) && value.length > 0 && value.every(isValue),
  ),
  list: list(cellOptions),
  options: cellOptions,
  halving: table(halvingNames),
};

/** Larger than the file of any sweep. */
const largestFile = 16 * 2 ** 20;

/** @throws UsageError that names the file and what is wrong */
export function readSweepFile(path: string): SweepFile {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > largestFile)
      throw new UsageError(`${path} has ${size} bytes; at most ${largestFile} are read`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return checkSweep(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

/** @throws Error that names what is no sweep */
export function checkSweep(value: unknown): SweepFile {
  if (!isObject(value)) throw new UsageError('a sweep is an object with run, and grid or list');
  const file = value as unknown as SweepFile;
  checkOptions('the sweep', file, fileNames);
  if (file.halving) checkOptions('halving', file.halving, halvingNames);
  if ((file.grid === undefined) === (file.list === undefined))
    throw new UsageError('give either grid or list');
  if (file.list?.length === 0) throw new UsageError('list has no cells');
  if (file.halving && file.run === 'practical') {
    throw new UsageError('halving is for runs of one training: medmnist and train');
  }
  return file;
}
