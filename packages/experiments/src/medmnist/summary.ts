/** Means over seeds, and the published cells beside them. */
import { mean, standardDeviation, tInterval } from '@glassbox/metrics';
import type { Kept, Protocol } from './protocol.ts';
import { publishedCell } from './published.ts';
import type { CellResult, SeedScore, SetSummary, Summary } from './results.ts';

/** A line for each net, set, size, mode and kept epoch, in the order of the cells. */
export function summarise(
  cells: readonly CellResult[],
  sets: readonly SetSummary[],
  { name, kept }: Pick<Protocol, 'name' | 'kept'>,
  enlarged: number | undefined,
): Summary[] {
  const groups = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = [cell.set, cell.size, cell.net, cell.mode].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].flatMap((group) => {
    const [{ set, net, size, mode, form }] = group;
    const real = sets.some((one) => one.set === set && one.size === size && one.published);
    const cell = real ? publishedCell({ protocol: name, set, net, form, size, enlarged, mode }) : undefined;
    return kept.flatMap((epoch): Summary[] => {
      const tests = group.flatMap((one) => one.kept[epoch]?.test.scores ?? []);
      if (tests.length === 0) return [];
      const auc = seedScore(
        tests.map((scores) => scores.auc),
        cell?.auc,
      );
      const meanRecall = seedScore(tests.map((scores) => scores.meanRecall));
      return [
        {
          set,
          net,
          size,
          mode,
          kept: epoch,
          seeds: group.map(({ seed }) => seed),
          ...(auc ? { auc } : {}),
          accuracy: seedScore(
            tests.map(({ accuracy }) => accuracy),
            cell?.accuracy,
          )!,
          ...(meanRecall ? { meanRecall } : {}),
          calibrationError: seedScore(tests.map(({ calibrationError }) => calibrationError))!,
          ...(cell ? { publishedIn: cell.source } : {}),
        },
      ];
    });
  });
}

/** @returns undefined if no seed defines the score. */
function seedScore(all: readonly (number | null)[], published?: number): SeedScore | undefined {
  const values = all.filter((value) => value !== null);
  if (values.length === 0) return undefined;
  const interval = values.length > 1 ? tInterval(values) : undefined;
  return {
    values,
    mean: mean(values),
    deviation: standardDeviation(values),
    ...(interval ? { interval } : {}),
    ...(published === undefined ? {} : { published }),
    ...(interval && published !== undefined
      ? { inside: interval[0] <= published && published <= interval[1] }
      : {}),
  };
}

/** What an epoch that is kept is called. */
export const keptWords: Readonly<Record<Kept, string>> = { best: 'best on validation', last: 'last epoch' };

/** The table of the results for a terminal. */
export function summaryLines(summaries: readonly Summary[]): string[] {
  if (summaries.length === 0) return [];
  const cell = (score: SeedScore | undefined) => {
    if (!score) return 'not defined';
    const { mean: middle, deviation, values, published } = score;
    const own = `${middle.toFixed(3)}${values.length > 1 ? ` ± ${deviation.toFixed(3)}` : ''}`;
    return published === undefined ? own : `${own} (${published.toFixed(3)})`;
  };
  const rows = [
    ['AUC (published)', 'accuracy (published)', 'seeds', 'kept', 'set, net, size'],
    ...summaries.map(({ auc, accuracy, seeds, kept, set, net, size, mode }) => [
      cell(auc),
      cell(accuracy),
      String(seeds.length),
      keptWords[kept],
      `${set}, ${net}, ${size}${mode === 'end-to-end' ? '' : `, ${mode}`}`,
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return [
    '',
    ...rows.map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    ),
  ];
}
