import type { Values } from '../cli/args.ts';
import type { Command } from '../cli/command.ts';
import type { Output } from '../output/output.ts';
import { comparedColumns, compareRuns, type Side } from './compare.ts';
import { readResults } from './file.ts';

export const compareCommand: Command = {
  name: 'compare',
  summary: 'two saved results, row by row: ratios with their 95 % intervals',
  about: `
Compares two files of results, as benchmarks save them in bench-results or as docs/measurements/data keeps them: the
ratio of the means, after over before, with its 95 % interval by Fieller's theorem, and the rows that one of them lacks.
Files of different machines are refused, other than ratios that each machine measured within one run.
Every benchmark does the same with its own results: --compare FILE.`,
  options: {},
  positionals: ['BEFORE', 'AFTER'],
  savesNothing: true,
  run: async (values, output) => {
    const [before, after] = [String(values.BEFORE), String(values.AFTER)];
    printComparison(
      { name: before, runs: readResults(before) },
      { name: after, runs: readResults(after) },
      output,
    );
  },
};

/** The side that `--compare` names, read before anything is measured; undefined without it. */
export function comparedWith({ compare }: Values): Side | undefined {
  return compare === undefined ? undefined : { name: String(compare), runs: readResults(String(compare)) };
}

export function printComparison(before: Side, after: Side, output: Output): void {
  const { figures, missing, remarks } = compareRuns(before, after);
  for (const figure of figures) output.row(figure);
  output.table('After over before', figures, comparedColumns);
  for (const { id, from } of missing) output.note(`missing in ${from}: ${id}`);
  output.remark(remarks.join('\n'));
}
