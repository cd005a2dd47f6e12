/** The tables of `npm run conformance -- libraries`, as Markdown. */
import type { LibraryCounts, LibraryDifference } from '../../../../benchmarks/src/measurements/judged.ts';
import type { Result } from './command.ts';
import type { Row } from './rows.ts';

const statuses = ['passed', 'failed', 'library', 'refused', 'host', 'broken'] as const;

const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const head = (cells: readonly string[], right: number) =>
  `${line(cells)}\n${line(cells.map((_, i) => (i < cells.length - right ? '---' : '---:')))}`;
const short = (value: number | undefined | null) =>
  value === undefined ? '' : value === null ? 'infinite' : value === 0 ? '0' : value.toExponential(1);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Time with checks over time without. */
const costOf = ({ robustMs, uncheckedMs }: Row): number | undefined =>
  robustMs === undefined || !uncheckedMs ? undefined : robustMs / uncheckedMs;

const costs = (rows: readonly Row[]): number[] => rows.map(costOf).filter((cost) => cost !== undefined);

/** One library: what is not right, or everything. */
export function printLibrary({ about, rows }: Result, all: boolean): void {
  const timed = rows.some(({ robustMs }) => robustMs !== undefined);
  console.log(`\n### ${about.title}\n`);
  const shown = all ? rows : rows.filter(({ status }) => status !== 'passed' && status !== 'host');
  if (shown.length > 0) {
    const more = timed ? ['unchecked ms', 'checks cost'] : [];
    console.log(
      head(['operation', 'case', 'result', 'worst difference', 'dispatches', ...more], 2 + more.length),
    );
    for (const row of shown) {
      const { operation, title, status, reason, difference, dispatches = '', uncheckedMs } = row;
      const result = reason ? `${status}: ${reason.replaceAll('|', '\\|')}` : status;
      const times = timed ? [uncheckedMs?.toFixed(3) ?? '', costOf(row)?.toFixed(2) ?? ''] : [];
      console.log(line([operation, title, result, short(difference), dispatches, ...times]));
    }
  }
  const excluded = Object.entries(about.excluded).map(([operation, reason]) => `${operation} (${reason})`);
  if (excluded.length > 0) console.log(`\nnot run: ${excluded.join(', ')}`);
  if (about.missing.length > 0) console.log(`\nno case is written for: ${about.missing.join(', ')}`);
}

/** The counts of each library, then the cases that are not as on the processor. */
export function keptRows(results: readonly Result[]): (LibraryCounts | LibraryDifference)[] {
  const counts = results.map(({ about, rows }): LibraryCounts => {
    const of = (status: Row['status']) => rows.filter((row) => row.status === status);
    return {
      library: about.title,
      operations: new Set(rows.map(({ operation }) => operation)).size,
      cases: rows.length,
      passed: of('passed').length,
      failed: of('failed').length,
      differsOnDawn: of('library').length,
      refused: of('refused').length,
      onHost: of('host').length,
      broken: of('broken').length,
      worstDifference: Math.max(0, ...of('passed').map(({ difference }) => difference ?? 0)),
    };
  });
  const differences = results.flatMap(({ about, rows }) =>
    rows
      .filter(({ status }) => status !== 'passed' && status !== 'host')
      .map(({ operation, title, status, reason = '' }): LibraryDifference => {
        return { library: about.title, operation, title, status, reason };
      }),
  );
  return [...counts, ...differences];
}

/** All libraries: how many cases ended how, the worst difference of what passed, what checks cost. */
export function printSummary(results: readonly Result[]): void {
  const timed = results.some(({ rows }) => costs(rows).length > 0);
  const titles = ['library', 'operations', 'cases', ...statuses, 'worst difference'];
  const timeTitles = timed ? ['checks cost (median)', 'upper quartile'] : [];
  console.log(`\n${head([...titles, ...timeTitles], titles.length - 1 + timeTitles.length)}`);
  const summary = (title: string, rows: readonly Row[]) => {
    const counts = statuses.map((status) => rows.filter((row) => row.status === status).length);
    const passed = rows.filter(({ status }) => status === 'passed').map(({ difference }) => difference ?? 0);
    const cost = costs(rows).sort((a, b) => a - b);
    const quartile = cost[Math.floor(0.75 * cost.length)];
    const times = timed ? [cost.length > 0 ? median(cost).toFixed(2) : '', quartile?.toFixed(2) ?? ''] : [];
    const operations = new Set(rows.map(({ operation }) => operation)).size;
    console.log(line([title, operations, rows.length, ...counts, short(Math.max(0, ...passed)), ...times]));
  };
  for (const { about, rows } of results) summary(about.title, rows);
  if (results.length > 1) {
    const all = results.flatMap(({ about, rows }) =>
      rows.map((row) => ({ ...row, operation: `${about.title} ${row.operation}` })),
    );
    summary('all', all);
  }
  console.log(
    '\npassed: as on the processor. library: differs, and on Dawn in the same way. refused: this WebGPU says that\n' +
      'it does not have it. host: right, but nothing was dispatched. broken: the library cannot do it on the\n' +
      'processor.',
  );
}
