/** A sweep's cells merged into tables, figures and a report. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { standaloneSvg } from '@glassbox/experiments/report-parts';
import { writeWholeFile } from '@glassbox/host';
import { checkOptions } from '@glassbox/options';
import { readSweep } from './cells.ts';
import { allFigures, drawFigures } from './draw.ts';
import {
  type Analysis,
  analysisFiles,
  cellFile,
  configurationFiles,
  curveFile,
  rungFile,
  timesFile,
} from './files.ts';
import { gradePracticals, gradesCsv, readGradeFile } from './grades.ts';
import { groupCells } from './groups.ts';
import { type MergeOptions, optionNames } from './options.ts';
import { buildMergeReport } from './report.ts';
import { comparedScores, scoreNames } from './scores.ts';
import { compare, fronts, rank, summarise } from './statistics.ts';

/** What a merge wrote. */
export interface Merged {
  /** The folder. */
  readonly out: string;
  /** Cells that are merged, and those that the sweep has. */
  readonly cells: number;
  readonly planned: number;
  /** Names of the files, in the folder. */
  readonly files: readonly string[];
}

const sums = 'SHA256SUMS';

/**
 * Merges the cells of a sweep. What is written depends on `sweep.json`, the cells' `done.json`, a practical's scores
 * and the options alone; `SHA256SUMS` has the sums of all that, so that two merges are compared by one file.
 * `times.csv` is not among them: it knows when and where cells were run.
 *
 * @param dir the folder that `--out` of the sweep named
 * @throws an error that names the cells that are missing, foreign, doubled, of another version, or not readable
 */
export async function mergeSweep(dir: string, options: MergeOptions = {}): Promise<Merged> {
  checkOptions('mergeSweep', options, optionNames);
  const { partial = false, out = join(dir, 'merged'), by = ['set'], baseline, grades: gradePath } = options;
  const gradeFile = gradePath === undefined ? undefined : readGradeFile(gradePath);
  const { version, planned, halving, wanted, cells, times } = readSweep(dir, partial);
  const note = cells.length < wanted.length ? `${cells.length} of ${wanted.length} cells` : undefined;
  const groups = groupCells(planned, cells, by);
  const metrics = scoreNames(cells);
  const summaries = summarise(groups, metrics);
  const analyses: Analysis[] = comparedScores(cells, options).map((metric) => ({
    metric,
    comparisons: compare(groups, metric.name, baseline),
    ranks: rank(groups, metric),
    points: fronts(groups, metric),
  }));
  const grades = gradeFile && { file: gradeFile, rows: gradePracticals(dir, cells, gradeFile) };
  const drawn = drawFigures(groups, summaries, analyses);
  const files = new Map<string, string>([
    ...configurationFiles(summaries, metrics, note),
    ...analysisFiles(analyses, note),
    cellFile(groups, metrics, note),
    curveFile(groups, note),
    ...(halving ? [rungFile(halving.rungs, note)] : []),
    ...(grades ? [['grades.csv', gradesCsv(grades.rows, grades.file, note)] as const] : []),
    ...allFigures(drawn).map((figure) => [`figures/${figure.id}.svg`, standaloneSvg(figure)] as const),
    [
      'report.html',
      buildMergeReport({
        version,
        note,
        planned,
        halving,
        groups,
        metrics,
        summaries,
        analyses,
        grades,
        drawn,
      }),
    ],
  ]);
  await writeFiles(out, files, timesFile(times, note));
  return { out, cells: cells.length, planned: planned.length, files: [...files.keys(), 'times.csv', sums] };
}

/** Writes the files, and removes those of an earlier merge that this one does not have. */
async function writeFiles(
  out: string,
  files: ReadonlyMap<string, string>,
  [timesName, times]: [string, string],
): Promise<void> {
  const write = async (name: string, content: string) => {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    await writeWholeFile(join(out, name), new TextEncoder().encode(content));
  };
  const earlier = existsSync(join(out, sums)) ? readFileSync(join(out, sums), 'utf8').split('\n') : [];
  for (const line of earlier) {
    const name = line.slice(66);
    const ours = /^(?:[a-z]+\.(?:csv|tex|html)|figures\/[a-z0-9-]+\.svg)$/.test(name);
    if (ours && !files.has(name)) rmSync(join(out, name), { force: true });
  }
  // Before the files: the sums of a merge that was killed then show what is not written yet.
  const lines = [...files].map(
    ([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`,
  );
  await write(sums, lines.join(''));
  for (const [name, content] of files) await write(name, content);
  await write(timesName, times);
}
