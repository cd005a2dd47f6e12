import { packImages } from '../report/images.ts';
import { MISTAKES_SHOWN, mistakesOf, shownRows } from '../report/mistakes.ts';
import { type RunResults, TARGETS } from '../report/results.ts';
import type { TaskContext } from './context.ts';

/** The test images that the report shows: those embedded, and each net's most confident mistakes. */
export function collectTestImages({ data }: TaskContext, results: RunResults): RunResults['testImages'] {
  const kept: RunResults['testImages'] = {};
  for (const target of TARGETS) {
    const wrong = shownRows(results)
      .filter((row) => row.target === target)
      .flatMap((row) => {
        const { falseAlarms, misses } = mistakesOf(row, results) ?? { falseAlarms: [], misses: [] };
        return [...falseAlarms.slice(0, MISTAKES_SHOWN), ...misses.slice(0, MISTAKES_SHOWN)];
      });
    const rows = [...(results.embeddedPoints[target]?.indices ?? []), ...wrong.map(({ row }) => row)];
    const { testImages, dataset } = data[target];
    if (rows.length > 0) kept[target] = packImages(testImages, dataset.imageSize, rows);
  }
  return kept;
}
