/**
 * The API and shader tests of the public WebGPU conformance suite (https://github.com/gpuweb/cts), run against this
 * WebGPU:
 *
 *     npm run conformance -- --cts FOLDER [--verbose] [FILTER ...]
 *
 * FOLDER is a checkout of the suite; nothing of it is part of this project. FILTER: parts of test file paths, as
 * `shader/validation/parse`. The suite's own tests judge: validity by what they pass to `expectCompileResult` and
 * `expectPipelineResult`, values by the intervals they compute. A test that needs something outside the subset is
 * skipped, with the construct as reason. The exit code is 1 if a test failed.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Outcome, Suite } from './suite.ts';

const help = `
npm run conformance -- --cts FOLDER [--verbose] [FILTER ...]
npm run conformance -- libraries [--help]
npm run conformance -- corpus [--help]

The first runs tests of the public WebGPU conformance suite (https://github.com/gpuweb/cts) against this WebGPU.
The second runs libraries that compute with WebGPU, the third compiles the WGSL of public repositories.

  --cts FOLDER   a checkout of the suite, with its src/webgpu; nothing of it is part of this project
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
if (!values.cts || !existsSync(join(values.cts, 'src/webgpu'))) {
  const problem = values.cts
    ? `${values.cts} is no checkout of the conformance suite: it has no src/webgpu`
    : '--cts FOLDER is missing';
  console.error(`${problem}\nTry --help.`);
  process.exit(2);
}

type Counts = Record<Outcome['status'], number>;
const none = (): Counts => ({ passed: 0, failed: 0, skipped: 0 });

/** `shader/validation/parse/literal` counts under `shader/validation/parse`. */
const folderOf = (file: string) => file.split('/').slice(0, -1).join('/');

const suite = await Suite.open(resolve(values.cts));
const folders = new Map<string, Counts>();
const failures = new Map<string, Outcome[]>();
const reasons = new Map<string, number>();
for (const file of suite.files(positionals)) {
  const counts = folders.get(folderOf(file)) ?? none();
  folders.set(folderOf(file), counts);
  for await (const outcome of suite.run(file)) {
    counts[outcome.status]++;
    const name = `${file}:${outcome.test}`;
    if (outcome.status === 'failed') failures.set(name, [...(failures.get(name) ?? []), outcome]);
    if (outcome.status === 'skipped') {
      const reason = outcome.message.split('\n')[0];
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${file}`);
  else console.error(`${file}: ${JSON.stringify(counts)}`);
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

for (const [name, outcomes] of failures) {
  console.log(`\n${name}: ${outcomes.length} failed`);
  for (const { params, message } of values.verbose ? outcomes : outcomes.slice(0, 1)) {
    console.log(`  ${params}\n${message.replaceAll(/^/gm, '    ')}`);
  }
}

console.log('\n| folder | passed | failed | skipped |\n| --- | ---: | ---: | ---: |');
const total = none();
for (const [folder, counts] of folders) {
  console.log(`| \`${folder}\` | ${counts.passed} | ${counts.failed} | ${counts.skipped} |`);
  for (const status of ['passed', 'failed', 'skipped'] as const) total[status] += counts[status];
}
console.log(`| in all | ${total.passed} | ${total.failed} | ${total.skipped} |`);

console.log('\nSkipped because of');
for (const [reason, count] of [...reasons]
  .sort((a, b) => b[1] - a[1])
  .slice(0, values.verbose ? undefined : 25)) {
  console.log(`${String(count).padStart(8)}  ${reason}`);
}
const { valid, invalid, outside, dispatches } = suite.tally;
console.log(
  `\n${valid} modules valid, ${invalid} refused as invalid, ${outside} as outside the subset; ${dispatches} dispatches`,
);
process.exit(total.failed > 0 ? 1 : 0);
