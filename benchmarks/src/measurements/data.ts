/** docs/measurements/data: the results that the tables of the documents are made from. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeWholeFile } from '@glassbox/host';
import { machineLine } from '../machine.ts';
import { type Run, readResults, resultText } from '../results/file.ts';

/** The repository. */
export const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, 'docs/measurements/data');

/**
 * The runs of a measurement, the one that tables show first.
 * @param name of the file, without ending
 */
export function readRuns<Result>(name: string): readonly Run<Result>[] {
  return readResults<Result>(join(folder, `${name}.json`));
}

/** The same, or none where there is no file of them yet. */
export function runsSoFar(name: string): readonly Run[] {
  return existsSync(join(folder, `${name}.json`)) ? readRuns(name) : [];
}

/** Keeps the runs of a measurement: five digits of each figure, one result a line. */
export async function writeRuns(name: string, runs: readonly Run[]): Promise<void> {
  const text = resultText(runs, 5);
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
