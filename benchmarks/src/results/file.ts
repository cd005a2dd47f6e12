/**
 * Files of results: what a benchmark saves in `bench-results`, and what docs/measurements/data keeps. One format,
 * `ResultFile`, with a version of its own.
 */
import { readFileSync, statSync } from 'node:fs';
import { brief, UsageError } from '@glassbox/host/command-line';
import type { Machine } from '../machine.ts';
import { type Estimate, units } from '../statistics.ts';

/** Goes up when a reader of the old format would misunderstand the new one; further members do not change it. */
export const schema = 'glassbox-bench/1';

export interface ResultFile {
  readonly schema: typeof schema;
  /** One or several runs of a command; the first is the one that tables show. */
  readonly runs: readonly Run[];
}

/** What one run of a command measured. */
export interface Run<Result = object> {
  readonly command: string;
  /** Where and when; absent where a table is older than these files. */
  readonly machine?: Machine;
  /** Where figures come from that no result file exists of. */
  readonly source?: string;
  /**
   * The rows: each command's own members, and those of `Measured`, by which two runs are compared. Rows that are no
   * measurements (a roofline, the head of a practical), and rows older than these, do not have them.
   */
  readonly results: readonly Result[];
}

/** Far more than any benchmark saves. */
const mostBytes = 16 * 2 ** 20;

/**
 * Reads and checks a file of results.
 * @throws UsageError with the path, what is wrong and what to do: the file is missing, damaged, of another kind, or of
 * a newer version.
 */
export function readResults<Result = object>(path: string): readonly Run<Result>[] {
  return checked(path, parsed(path)).runs as readonly Run<Result>[];
}

/**
 * The text of such a file, one row a line.
 * @param digits of each figure; all unless given
 */
export function resultText(runs: readonly Run[], digits?: number): string {
  const figure = (_: string, value: unknown) =>
    digits !== undefined && typeof value === 'number' && !Number.isInteger(value)
      ? Number(value.toPrecision(digits))
      : value;
  const texts = runs.map(({ results, ...head }) => {
    const lines = results.map((result) => `  ${JSON.stringify(result, figure)}`);
    return `${JSON.stringify(head, figure, 1).slice(0, -2)},\n "results": [\n${lines.join(',\n')}\n ]\n}`;
  });
  return `{ "schema": "${schema}", "runs": [\n${texts.join(',\n')}\n] }\n`;
}

function parsed(path: string): unknown {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > mostBytes)
      throw new UsageError(`${path}: ${size} bytes are more than any file of results has`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${path}: damaged, or no file of results: it is not JSON. Run the benchmark again.`);
  }
}

type Json = Readonly<Record<string, unknown>>;

function checked(path: string, file: unknown): ResultFile {
  const refuse = (where: string, what: string): never => {
    throw new UsageError(`${path}: ${where} ${what}. Run the benchmark again.`);
  };
  const table = (value: unknown, where: string): Json =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Json)
      : refuse(where, 'is not a table of members');
  const text = (value: unknown, where: string) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they would reach the terminal
    typeof value === 'string' && value.length <= 2000 && !/[\u0000-\u001f\u007f-\u009f]/.test(value)
      ? value
      : refuse(where, 'is not a short line of text');
  const number = (value: unknown, where: string) =>
    typeof value === 'number' && Number.isFinite(value) ? value : refuse(where, 'is not a finite number');
  const list = (value: unknown, where: string, low: number) =>
    Array.isArray(value) && value.length >= low ? value : refuse(where, `is not a list of ${low} or more`);

  const { schema: version, runs } = table(file, 'the file');
  if (version !== schema) refuseVersion(path, version);
  for (const [r, run] of list(runs, 'runs', 1).entries()) {
    const where = `runs[${r}]`;
    const { command, machine, source, results } = table(run, where);
    text(command, `${where}.command`);
    if (source !== undefined) text(source, `${where}.source`);
    if (machine !== undefined) {
      const members = table(machine, `${where}.machine`);
      for (const name of ['date', 'platform', 'cpu', 'node', 'v8'])
        text(members[name], `${where}.machine.${name}`);
      if (members.commit !== undefined) text(members.commit, `${where}.machine.commit`);
      for (const name of ['cores', 'memoryGiB', 'load']) number(members[name], `${where}.machine.${name}`);
      if (typeof members.busy !== 'boolean') refuse(`${where}.machine.busy`, 'is neither true nor false');
    }
    for (const [n, result] of list(results, `${where}.results`, 0).entries()) {
      const row = `${where}.results[${n}]`;
      const { id, estimates, noisy } = table(result, row);
      if (id === undefined && estimates === undefined) continue;
      text(id, `${row}.id`);
      if (typeof noisy !== 'boolean') refuse(`${row}.noisy`, 'is neither true nor false');
      for (const [name, value] of Object.entries(table(estimates, `${row}.estimates`))) {
        text(name, `a name in ${row}.estimates`);
        const figure = `${row}.estimates.${name}`;
        const { unit, mean, standardError, count } = table(value, figure) as Partial<Estimate>;
        if (!units.includes(unit!)) refuse(`${figure}.unit`, `is none of ${units.join(', ')}`);
        if (!(number(mean, `${figure}.mean`) > 0)) refuse(`${figure}.mean`, 'is not above 0');
        if (standardError !== null && !(number(standardError, `${figure}.standardError`) >= 0))
          refuse(`${figure}.standardError`, 'is below 0');
        const least = standardError === null ? 1 : 2;
        if (!Number.isSafeInteger(count) || count! < least)
          refuse(`${figure}.count`, `is not a whole number of at least ${least}`);
      }
    }
  }
  return file as ResultFile;
}

function refuseVersion(path: string, version: unknown): never {
  const [, number] = /^glassbox-bench\/(\d+)$/.exec(String(version)) ?? [];
  if (number === undefined) {
    const found =
      version === undefined ? 'it has no schema' : `its schema is ${brief(JSON.stringify(version))}`;
    throw new UsageError(
      `${path}: not a file of results of npm run bench, or one from before these files had a version (${found}, ` +
        `expected '${schema}'). Run the benchmark again.`,
    );
  }
  throw new UsageError(
    `${path}: its schema is '${version}', and this version of the project reads '${schema}'. Compare it with the ` +
      'version of the project that wrote it, or run the benchmark again.',
  );
}
