/** The tables of the conformance suite. */
import { expect, it } from 'vitest';
import { conformanceSummary, conformanceTables } from '../src/measurements/conformance.ts';

/** The numbers of the lines of the first table, by their first cells. */
function linesOf(text: string): Map<string, number[]> {
  const lines = text.slice(text.indexOf('\n| ')).split('\n\n')[0].trim().split('\n').slice(2);
  return new Map(
    lines.map((line) => {
      const [title, ...cells] = line.split('|').slice(1, -1);
      return [title.trim().replaceAll('`', ''), cells.map(Number)];
    }),
  );
}
const added = (lines: Iterable<number[]>) =>
  [...lines].map((line) => line.slice(0, 7)).reduce((all, line) => all.map((value, i) => value + line[i]));

it('parts and subjects of the conformance suite add up to the same', () => {
  const { 'in all': all, ...parts } = Object.fromEntries(linesOf(conformanceSummary()));
  expect(Object.keys(parts)).toEqual([
    'api/operation',
    'api/validation',
    'shader/execution',
    'shader/validation',
  ]);
  expect(added(Object.values(parts))).toEqual(all.slice(0, 7));
  expect(added(linesOf(conformanceTables()).values())).toEqual(all.slice(0, 7));
  // Of every part more than a handful was run, and each subcase that ran has ended somehow.
  for (const [part, [, , run, ...ended]] of Object.entries(parts)) {
    expect(ended[0], part).toBeGreaterThan(100);
    expect(ended.slice(0, 4).reduce((sum, n) => sum + n, 0)).toBe(run);
  }
});
