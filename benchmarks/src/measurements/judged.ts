/** What libraries compute on our WebGPU, and what becomes of WGSL that others wrote: `npm run conformance`. */
import { type Column, markdownTable } from '../output/table.ts';
import { caption, readRuns } from './data.ts';

/** How the cases of a library ended. */
export interface LibraryCounts {
  readonly library: string;
  readonly operations: number;
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly differsOnDawn: number;
  readonly refused: number;
  readonly onHost: number;
  readonly broken: number;
  readonly worstDifference: number;
}

/** A case that is not as on the processor. */
export interface LibraryDifference {
  readonly library: string;
  readonly operation: string;
  readonly title: string;
  readonly status: string;
  readonly reason: string;
}

/** What became of the modules of a repository. */
export interface CorpusCounts {
  readonly repository: string;
  readonly commit: string;
  readonly modules: number;
  readonly compiles: number;
  readonly checked: number;
  readonly refused: number;
  readonly invalid: number;
  readonly fault: number;
}

/** Why modules were refused. */
export interface CorpusReason {
  readonly reason: string;
  readonly count: number;
}

const named = <Row>(titles: Readonly<Record<string, (row: Row) => string | number>>): Column<Row>[] =>
  Object.entries(titles).map(([title, value]) => ({ title, value }));

/** A line without line breaks and bars. */
function plain(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return (line.length > most ? `${line.slice(0, most - 1)}…` : line).replaceAll('|', '\\|');
}

export function librariesTable(): string {
  const [run] = readRuns<LibraryCounts | LibraryDifference>('libraries');
  const counts = run.results.filter((row): row is LibraryCounts => 'cases' in row);
  const differences = run.results.filter((row): row is LibraryDifference => 'status' in row);
  return [
    caption(run),
    markdownTable(
      counts,
      named<LibraryCounts>({
        library: (r) => r.library,
        operations: (r) => r.operations,
        cases: (r) => r.cases,
        passed: (r) => r.passed,
        failed: (r) => r.failed,
        'as on Dawn': (r) => r.differsOnDawn,
        refused: (r) => r.refused,
        'on the host': (r) => r.onHost,
        broken: (r) => r.broken,
        'worst difference': (r) => r.worstDifference.toExponential(1),
      }),
    ),
    'What is not as on the processor:',
    markdownTable(
      differences,
      named<LibraryDifference>({
        library: (r) => r.library,
        operation: (r) => r.operation,
        case: (r) => plain(r.title, 30),
        result: (r) => plain(`${r.status}: ${r.reason}`, 40),
      }),
    ),
  ].join('\n\n');
}

export function corpusTable(): string {
  const [run] = readRuns<CorpusCounts | CorpusReason>('corpus');
  const counts = run.results.filter((row): row is CorpusCounts => 'modules' in row);
  const reasons = run.results.filter((row): row is CorpusReason => 'reason' in row);
  const sum = (value: (row: CorpusCounts) => number) => counts.reduce((all, row) => all + value(row), 0);
  const all: CorpusCounts = {
    repository: 'all',
    commit: '',
    modules: sum((r) => r.modules),
    compiles: sum((r) => r.compiles),
    checked: sum((r) => r.checked),
    refused: sum((r) => r.refused),
    invalid: sum((r) => r.invalid),
    fault: sum((r) => r.fault),
  };
  return [
    caption(run),
    markdownTable(
      [...counts, all],
      named<CorpusCounts>({
        repository: (r) => r.repository,
        commit: (r) => r.commit.slice(0, 7),
        modules: (r) => r.modules,
        compiles: (r) => r.compiles,
        'no compute shader': (r) => r.checked,
        refused: (r) => r.refused,
        'not valid': (r) => r.invalid,
        fault: (r) => r.fault,
      }),
    ),
    'Why modules were refused:',
    markdownTable(
      reasons,
      named<CorpusReason>({ reason: (r) => plain(r.reason, 95), modules: (r) => r.count }),
    ),
  ].join('\n\n');
}
