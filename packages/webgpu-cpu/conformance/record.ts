/** What the commands count, and where it goes: docs/measurements/data and the tables of the documents. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../../../benchmarks/src/machine.ts';
import { writeRuns } from '../../../benchmarks/src/measurements/data.ts';
import { writePages } from '../../../benchmarks/src/measurements/pages.ts';
import { type FileCounts, keptOf } from './counts.ts';

/** The commit of a checkout, in short; `unknown` without git. */
export function commitOf(folder: string): string {
  const { stdout, status } = spawnSync('git', ['rev-parse', '--short=7', 'HEAD'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : 'unknown';
}

/** Keeps the results of one run in docs/measurements/data, and writes the tables of the documents. */
export async function keepRun(
  name: string,
  command: string,
  results: readonly object[],
  machine = describeMachine(),
): Promise<void> {
  await writeRuns(name, [{ command, machine, results }]);
  for (const page of await writePages()) console.log(`${page}: written`);
}

/** The counts of the test files so far, one file a line, so that a run can be interrupted. Git ignores it. */
const SO_FAR = join(import.meta.dirname, '.counts.jsonl');

/** The counts of the suite's test files, kept while they are made. */
export class FileRecord {
  readonly #rows = new Map<string, FileCounts>();
  readonly #machine = describeMachine();

  constructor() {
    if (!existsSync(SO_FAR)) return;
    for (const line of readFileSync(SO_FAR, 'utf8').trim().split('\n')) {
      const row = JSON.parse(line) as FileCounts;
      this.#rows.set(row.file, row);
    }
  }

  /** Whether a file was counted at this commit of the suite, with as many subcases or more. */
  has(file: string, suite: string, every: number): boolean {
    const row = this.#rows.get(file);
    return row !== undefined && row.suite === suite && row.every <= every;
  }

  /** Keeps the counts of a file, in place of those that were there, at once. */
  add(row: Omit<FileCounts, 'commit'>): void {
    this.#rows.set(row.file, { ...row, commit: this.#machine.commit ?? 'unknown' });
    writeFileSync(SO_FAR, this.#sorted.map((each) => `${JSON.stringify(each)}\n`).join(''));
  }

  get #sorted(): FileCounts[] {
    return [...this.#rows.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  /** Writes the tables of the documents. */
  async finish(command: string): Promise<void> {
    await keepRun('conformance', command, keptOf(this.#sorted), this.#machine);
  }
}
