/** Results in docs/measurements/data, of test files of the suite and of other judges, and the tables of them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../../../benchmarks/src/machine.ts';
import type { ConformanceRow } from '../../../benchmarks/src/measurements/conformance.ts';
import { readRuns, root, writeRuns } from '../../../benchmarks/src/measurements/data.ts';
import { writePages } from '../../../benchmarks/src/measurements/pages.ts';

/** The commit of a checkout, in short; `unknown` without git */
export function commitOf(folder: string): string {
  const { stdout, status } = spawnSync('git', ['rev-parse', '--short=7', 'HEAD'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : 'unknown';
}

/** Keeps the results of one run in docs/measurements/data, and writes the tables of the documents. */
export async function keepRun(name: string, command: string, results: readonly object[]): Promise<void> {
  await writeRuns(name, [{ command, machine: describeMachine(), results }]);
  await writeTables();
}

async function writeTables(): Promise<void> {
  for (const page of await writePages()) console.log(`${page}: written`);
}

const NAME = 'conformance';

/** The counts that are kept, and what is added to them. */
export class TableRecord {
  readonly #rows = new Map<string, ConformanceRow>();
  readonly #machine = describeMachine();
  readonly #command: string;

  /** @param command what is run, as the tables say it */
  constructor(command: string) {
    this.#command = command;
    if (!existsSync(join(root, `docs/measurements/data/${NAME}.json`))) return;
    for (const row of readRuns<ConformanceRow>(NAME)[0].results) this.#rows.set(row.file, row);
  }

  /** Whether a file was counted at this commit of the suite, with as many subcases or more. */
  has(file: string, suite: string, every: number): boolean {
    const row = this.#rows.get(file);
    return row !== undefined && row.suite === suite && row.every <= every;
  }

  /** Keeps the counts of a file, at once. */
  async add(row: Omit<ConformanceRow, 'commit'>): Promise<void> {
    this.#rows.set(row.file, { ...row, commit: this.#machine.commit ?? 'unknown' });
    const results = [...this.#rows.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
    await writeRuns(NAME, [{ command: this.#command, machine: this.#machine, results }]);
  }

  /** Writes the tables of the documents. */
  async finish(): Promise<void> {
    await writeTables();
  }
}
