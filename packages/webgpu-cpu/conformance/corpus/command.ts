/** `npm run conformance -- corpus`: what becomes of WGSL that others wrote. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keepRun } from '../record.ts';
import { judge, openDawn, verdicts } from './judge.ts';
import { modulesIn } from './modules.ts';
import { repositories } from './repositories.ts';

export const corpusHelp = `
npm run conformance -- corpus [--corpus DIR] [--verbose] [--table] [REPOSITORY ...]

Compiles the WGSL of public repositories, each at one commit, and asks Dawn whether each module is valid WGSL.

  --corpus DIR   checkouts, each in DIR/OWNER+NAME; without it they are cloned from GitHub, once, into
                 packages/webgpu-cpu/conformance/.corpus
  --verbose      each module that was refused or is not valid, with the reason
  --table        keeps the counts in docs/measurements/data and writes the table of the documents; of all repositories
  REPOSITORY     OWNER/NAME of the list (default all): ${Object.keys(repositories).join(', ')}
  --help

Exit status: 0 no module shows a fault of the compiler, 1 one does, 2 the command line is wrong.
`.trim();

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        corpus: { type: 'string' },
        verbose: { type: 'boolean' },
        table: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    const unknown = positionals.find((name) => !repositories[name]);
    if (unknown !== undefined)
      throw new Error(`'${unknown}' is none of ${Object.keys(repositories).join(', ')}`);
    if (values.table && positionals.length > 0) throw new Error('--table is for all repositories');
    return { values, names: positionals };
  } catch (error) {
    console.error(`${(error as Error).message.replace(/\. To specify.*/s, '.')}\nTry --help.`);
    return process.exit(2);
  }
}

/** Runs the command. @returns the exit status */
export async function compileCorpus(args: readonly string[]): Promise<number> {
  const { values, names } = readArguments(args);
  if (values.help) {
    console.log(corpusHelp);
    return 0;
  }
  const isValid = await openDawn();
  const reasons = new Map<string, number>();
  const faults: string[] = [];
  const rows: string[] = [];
  const results: object[] = [];
  const total = new Map<string, number>();
  for (const name of names.length > 0 ? names : Object.keys(repositories)) {
    const modules = modulesIn(checkout(name, values.corpus));
    const counts = new Map<string, number>();
    for (const module of modules) {
      const { verdict, reason } = await judge(module, isValid);
      for (const all of [counts, total]) all.set(verdict, (all.get(verdict) ?? 0) + 1);
      if (verdict === 'refused') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (verdict === 'fault') faults.push(`${name} ${module.name}: ${reason}`);
      else if (values.verbose && reason) console.log(`${name} ${module.name}: ${verdict}: ${reason}`);
    }
    const ended = Object.fromEntries(verdicts.map((verdict) => [verdict, counts.get(verdict) ?? 0]));
    results.push({ repository: name, commit: repositories[name], modules: modules.length, ...ended });
    rows.push(rowOf(name, modules.length, counts));
  }
  console.log(
    `\n| repository | modules | ${verdicts.join(' | ')} |\n| --- |${' ---: |'.repeat(1 + verdicts.length)}`,
  );
  console.log(rows.join('\n'));
  console.log(
    rowOf(
      'all',
      [...total.values()].reduce((a, b) => a + b, 0),
      total,
    ),
  );
  console.log('\nRefused because of');
  const sorted = [...reasons].sort((a, b) => b[1] - a[1]);
  for (const [reason, count] of sorted) console.log(`${String(count).padStart(8)}  ${reason}`);
  if (values.table) {
    results.push(...sorted.map(([reason, count]) => ({ reason, count })));
    await keepRun('corpus', 'npm run conformance -- corpus --table', results);
  }
  if (faults.length > 0) console.log(`\nFaults\n${faults.join('\n')}`);
  return faults.length > 0 ? 1 : 0;
}

const rowOf = (name: string, modules: number, counts: ReadonlyMap<string, number>): string =>
  `| ${[name, modules, ...verdicts.map((verdict) => counts.get(verdict) ?? 0)].join(' | ')} |`;

/** Its folder, which is cloned if it must be. */
function checkout(name: string, corpus: string | undefined): string {
  const folder = join(corpus ?? join(import.meta.dirname, '..', '.corpus'), name.replace('/', '+'));
  if (existsSync(folder)) return folder;
  if (corpus !== undefined) {
    console.error(`${corpus} has no folder ${name.replace('/', '+')}: put a checkout of ${name} there`);
    return process.exit(2);
  }
  mkdirSync(folder, { recursive: true });
  const url = `https://github.com/${name}`;
  console.error(`Fetching ${url}…`);
  for (const command of [
    ['init', '--quiet'],
    ['fetch', '--quiet', '--depth', '1', url, repositories[name]],
    ['-c', 'advice.detachedHead=false', 'checkout', '--quiet', 'FETCH_HEAD'],
  ]) {
    const done = spawnSync('git', command, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
    if (done.status === 0) continue;
    console.error(`git could not fetch ${url}: it says why above. Delete ${folder} and try again.`);
    process.exit(1);
  }
  return folder;
}
