/** What a merge may be told. */
import { parseCommandLine, UsageError } from '@glassbox/host/command-line';
import { flag, list, type OptionTable, text } from '@glassbox/options';

/** How cells are merged. */
export interface MergeOptions {
  /** Merge the cells that are done although others are not; every table then says so. Default false. */
  partial?: boolean;
  /** Folder of what is written. Default `merged` in the sweep's folder. */
  out?: string;
  /** Scores that are compared. Default: the AUC on the test images, or the first score that all cells have. */
  metrics?: readonly string[];
  /** Scores of which less is better, beside losses and errors that are known by their names. */
  lower?: readonly string[];
  /** Options of a cell that name its data set: what is compared is compared within each. Default `set`. */
  by?: readonly string[];
  /** What everything is compared with, by the name that tables give it. Default: all pairs. */
  baseline?: string;
  /** JSON file of what a practical must reach; writes `grades.csv`. */
  grades?: string;
}

export const optionNames: OptionTable<MergeOptions> = {
  partial: flag,
  out: text,
  metrics: list(text),
  lower: list(text),
  by: list(text),
  baseline: text,
  grades: text,
};

/** What `npm run sweep -- merge --help` prints. */
export const mergeHelp = `
npm run sweep -- merge DIR [options]

Makes one table of the cells of a sweep: mean, deviation and bootstrap interval over seeds, paired comparisons with
Holm's correction, ranks with a critical-difference diagram, Pareto fronts, learning curves. Writes CSV, LaTeX, figures
and report.html to DIR/merged. The same cells give the same bytes, however many machines ran them; only times.csv knows
when and where. Cells that are missing, foreign, doubled, or of another version are refused by name.

  --partial             merge what is done; every table then says how many cells it lacks
  --out FOLDER          default DIR/merged
  --metric NAME,NAME,…  scores that are compared (default: the test AUC)
  --lower NAME,NAME,…   scores of which less is better, beside losses and errors
  --by OPTION,OPTION,…  options that name the data set (default set)
  --baseline NAME       compare with this configuration alone, by the name that tables give it: fewer comparisons show
                        smaller differences
  --grades FILE.json    what a practical must reach for which mark, as in examples/grades.json; writes grades.csv with
                        a row for each student

Exit status: 0 merged, 1 refused or failed, 2 wrong command line. A retry helps only after the missing cells were run.`;

/**
 * The command line behind `merge`.
 * @throws UsageError that says what is wrong
 */
export function parseMergeOptions(args: readonly string[]): {
  readonly dir: string;
  readonly options: MergeOptions;
} {
  const { values, positionals } = parseCommandLine(args, {
    partial: { type: 'boolean' },
    out: { type: 'string' },
    metric: { type: 'string' },
    lower: { type: 'string' },
    by: { type: 'string' },
    baseline: { type: 'string' },
    grades: { type: 'string' },
  });
  if (positionals.length !== 1) {
    throw new UsageError(
      `merge takes the folder of one sweep, not ${positionals.length}: npm run sweep -- merge DIR`,
    );
  }
  const names = (given: string | undefined) =>
    given
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  const { metric, lower, by, ...rest } = values;
  return {
    dir: positionals[0],
    options: { ...rest, metrics: names(metric), lower: names(lower), by: names(by) },
  };
}
