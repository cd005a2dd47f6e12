/** docs/measurements/data: the results that the tables of the documents are made from. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeWholeFile } from '@glassbox/host';
import { type Machine, machineLine } from '../machine.ts';

/** The repository. */
export const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, 'docs/measurements/data');

/** What one run of a command measured. */
export interface Run<Result = object> {
  readonly command: string;
  /** Where and when; absent where a table is older than these files. */
  readonly machine?: Machine;
  /** Where figures come from that no result file exists of. */
  readonly source?: string;
  readonly results: readonly Result[];
}

/**
 * The runs of a measurement, the one that tables show first.
 * @param name of the file, without ending
 */
export function readRuns<Result>(name: string): readonly Run<Result>[] {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')).runs;
}

/** Keeps the runs of a measurement: five digits of each figure, one result a line. */
export async function writeRuns(name: string, runs: readonly Run[]): Promise<void> {
  const figure = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  const texts = runs.map(({ results, ...head }) => {
    const lines = results.map((result) => `  ${JSON.stringify(result, figure)}`);
    return `${JSON.stringify(head, figure, 1).slice(0, -2)},\n "results": [\n${lines.join(',\n')}\n ]\n}`;
  });
  const text = `{ "runs": [\n${texts.join(',\n')}\n] }\n`;
  await writeWholeFile(join(folder, `${name}.json`), new TextEncoder().encode(text));
}

/** The sentence above a table: the command, the date, the commit and the machine. */
export function caption({ command, machine, source }: Run): string {
  if (!machine) return wrap(`\`${command}\`. ${source}`);
  const commit = machine.commit ? `, at commit ${machine.commit}` : '';
  return wrap(`\`${command}\`, ${machine.date.slice(0, 10)}${commit}. ${machineLine(machine)}.`);
}

/** Breaks a paragraph into lines of at most 120 columns. */
export function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= 120) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
