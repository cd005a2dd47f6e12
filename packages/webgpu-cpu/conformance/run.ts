/**
 * The API and shader tests of the public WebGPU conformance suite (https://github.com/gpuweb/cts), run against this
 * WebGPU:
 *
 *     npm run conformance -- --cts FOLDER [--every K] [--table [--resume]] [--verbose] [FILTER ...]
 *
 * FOLDER is a checkout of the suite; nothing of it is part of this project. FILTER: parts of test file paths, as
 * `shader/validation/parse`. The suite's own tests judge: validity by what they pass to `expectCompileResult` and
 * `expectPipelineResult`, values by the intervals they compute. A test that needs something outside the subset is
 * skipped, with the construct as reason. The exit code is 1 if a test failed.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { FileCounts } from './counts.ts';
import { isRendering } from './reasons.ts';
import { commitOf, FileRecord } from './record.ts';
import { type Outcome, Suite } from './suite.ts';

const help = `
npm run conformance -- --cts FOLDER [--every K] [--table [--resume]] [--verbose] [FILTER ...]
npm run conformance -- libraries [--help]
npm run conformance -- corpus [--help]

The first runs tests of the public WebGPU conformance suite (https://github.com/gpuweb/cts) against this WebGPU.
The second runs libraries that compute with WebGPU, the third compiles the WGSL of public repositories.

  --cts FOLDER   a checkout of the suite, with its src/webgpu; nothing of it is part of this project
  --every K      of each test one subcase in K, chosen by a hash, and at least one (default 1: all)
  --table        keeps the counts in docs/measurements/data and writes the tables of the documents
  --resume       with --table: leaves out files that have been counted with as many subcases or more
  --verbose      every failure of a test, not its first, and every reason to skip
  FILTER         part of a test file's path, as api/validation or shader/validation/parse
  --help

Exit status: 0 no test failed, 1 one did, 2 the command line is wrong.
`.trim();

function readArguments() {
  try {
    return parseArgs({
      args: process.argv.slice(2).filter((arg) => arg !== '--'),
      options: {
        cts: { type: 'string' },
        every: { type: 'string', default: '1' },
        table: { type: 'boolean' },
        resume: { type: 'boolean' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(`${(error as Error).message.replace(/\. To specify.*/s, '.')}\nTry --help.`);
    return process.exit(2);
  }
}

if (process.argv[2] === 'libraries') {
  const { compareLibraries } = await import('./libraries/command.ts');
  process.exit(await compareLibraries(process.argv.slice(3)));
}

if (process.argv[2] === 'corpus') {
  const { compileCorpus } = await import('./corpus/command.ts');
  process.exit(await compileCorpus(process.argv.slice(3)));
}

const { values, positionals } = readArguments();
if (values.help) {
  console.log(help);
  process.exit(0);
}
const wrong = (problem: string): never => {
  console.error(`${problem}\nTry --help.`);
  return process.exit(2);
};
const { cts } = values;
if (cts === undefined) wrong('--cts FOLDER is missing');
if (!existsSync(join(cts!, 'src/webgpu')))
  wrong(`${cts} is no checkout of the conformance suite: it has no src/webgpu`);
const every = Number(values.every);
if (!(Number.isInteger(every) && every >= 1))
  wrong(`--every ${values.every}: expected a whole number from 1`);
if (values.resume && !values.table) wrong('--resume is for --table');

const statuses = ['passed', 'failed', 'rendering', 'skipped'] as const;
type Counts = Record<(typeof statuses)[number], number>;
const none = (): Counts => ({ passed: 0, failed: 0, rendering: 0, skipped: 0 });
const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((all, value) => all + value, 0);

/** `shader/validation/parse/literal` counts under `shader/validation/parse`. */
const folderOf = (file: string) => file.split('/').slice(0, -1).join('/');
const firstLine = ({ message }: Outcome) => message.split('\n')[0] || 'no reason given';

const suite = await Suite.open(resolve(cts!));
const folders = new Map<string, Counts>();
const failures = new Map<string, Outcome[]>();
const reasons = { rendering: new Map<string, number>(), skipped: new Map<string, number>() };
const record = values.table ? new FileRecord() : null;
const commit = commitOf(resolve(cts!));

/** Runs a file. @returns its counts, as they are kept */
async function run(file: string): Promise<Omit<FileCounts, 'commit'>> {
  const counts = none();
  const skipped: Record<string, number> = {};
  const failed: Record<string, number> = {};
  let subcases = 0;
  for await (const outcome of suite.run(file, every, (count) => (subcases += count))) {
    const { status, test } = outcome;
    const kind = status === 'skipped' && isRendering(file, firstLine(outcome)) ? 'rendering' : status;
    counts[kind]++;
    if (kind === 'failed') {
      failed[test] = (failed[test] ?? 0) + 1;
      failures.set(`${file}:${test}`, [...(failures.get(`${file}:${test}`) ?? []), outcome]);
    } else if (kind !== 'passed') {
      const reason = firstLine(outcome).slice(0, 150);
      reasons[kind].set(reason, (reasons[kind].get(reason) ?? 0) + 1);
      if (kind === 'skipped') skipped[reason] = (skipped[reason] ?? 0) + 1;
    }
  }
  const sums = folders.get(folderOf(file)) ?? none();
  folders.set(folderOf(file), sums);
  for (const status of statuses) sums[status] += counts[status];
  const { passed, rendering } = counts;
  const ran = rendering > 0 && rendering === subcases ? 1 : every;
  return {
    file,
    suite: commit,
    subcases,
    every: ran,
    passed,
    failed: counts.failed,
    rendering,
    skipped,
    failures: failed,
  };
}

for (const file of suite.files(positionals)) {
  if (values.resume && record?.has(file, commit, every)) continue;
  const row = await run(file);
  record?.add(row);
  const { passed, failed, rendering, skipped } = row;
  const line = `${file}: ${passed} passed, ${failed} failed, ${rendering + total(skipped)} skipped`;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

for (const [name, outcomes] of failures) {
  console.log(`\n${name}: ${outcomes.length} failed`);
  for (const { params, message } of values.verbose ? outcomes : outcomes.slice(0, 1)) {
    console.log(`  ${params}\n${message.replaceAll(/^/gm, '    ')}`);
  }
}

const cells = (counts: Counts) => statuses.map((status) => counts[status]).join(' | ');
console.log(
  '\n| folder | passed | failed | needs rendering | skipped |\n| --- | ---: | ---: | ---: | ---: |',
);
const all = none();
for (const [folder, counts] of folders) {
  console.log(`| \`${folder}\` | ${cells(counts)} |`);
  for (const status of statuses) all[status] += counts[status];
}
console.log(`| in all | ${cells(all)} |`);

for (const [kind, title] of [
  ['rendering', 'Need textures or rendering'],
  ['skipped', 'Skipped because of'],
] as const) {
  console.log(`\n${title}`);
  const sorted = [...reasons[kind]].sort((a, b) => b[1] - a[1]);
  for (const [reason, count] of sorted.slice(0, values.verbose ? undefined : 25))
    console.log(`${String(count).padStart(8)}  ${reason}`);
}
const { valid, invalid, outside, dispatches } = suite.tally;
console.log(
  `\n${valid} modules valid, ${invalid} refused as invalid, ${outside} as outside the subset; ${dispatches} dispatches`,
);
await record?.finish(`npm run conformance -- --cts FOLDER --table${every > 1 ? ` --every ${every}` : ''}`);
process.exit(all.failed > 0 ? 1 : 0);
