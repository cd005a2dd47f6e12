/** `npm run measurements`: takes the measurements that the documents show, and writes their tables. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { integer, parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { readRuns, runsSoFar, writeRuns } from './data.ts';
import { withRun } from './medmnist.ts';
import { writePages } from './pages.ts';
import { commandOf, type Measurement, measurements, resultsOf, take } from './take.ts';

const width = Math.max(...measurements.map(({ name }) => name.length));
const line = ({ name, bench }: Measurement) =>
  `  ${name.padEnd(width)}  ${bench ? `npm run bench -- ${bench}` : `${commandOf(name)}, with --from`}`;
const help = `
npm run measurements -- [NAME…] [--runs N] [--from PATH]

Writes the tables of measurements in README.md and docs from the result files in docs/measurements/data. A NAME is
taken first: its command runs, and its results replace those in docs/measurements/data. Take them on a quiet machine.

${measurements.map(line).join('\n')}

  --runs N     takes each N times; tables show the first run, and ratios of the others (default 1)
  --from PATH  takes the results of one NAME from this file or run folder in place of running its command; those of
               medmnist join the trainings that are there, and replace the same ones
`.trim();

await runProgram(help, async () => {
  const { values, positionals } = parseCommandLine(process.argv.slice(2), {
    runs: { type: 'string' },
    from: { type: 'string' },
  });
  const runs = integer('--runs', values.runs ?? '1', 1, 9);
  const chosen = positionals.map((name) => {
    const found = measurements.find((one) => one.name === name);
    if (found) return found;
    throw new UsageError(
      `There is no measurement '${name}'; choose ${measurements.map((m) => m.name).join(', ')}.`,
    );
  });
  if (values.from !== undefined && (chosen.length !== 1 || runs !== 1)) {
    throw new UsageError('--from is for one NAME and one run');
  }
  for (const measurement of chosen) {
    const { name, file } = measurement;
    if (values.from === undefined) {
      await writeRuns(
        name,
        Array.from({ length: runs }, () => take(measurement)),
      );
    } else {
      const path = statSync(values.from).isDirectory() ? join(values.from, file) : values.from;
      const run = resultsOf(name, path);
      await writeRuns(name, name === 'medmnist' ? withRun(runsSoFar(name), run) : [run]);
    }
    console.log(`docs/measurements/data/${name}.json: ${readRuns(name)[0].results.length} results`);
  }
  for (const page of await writePages()) console.log(`${page}: written`);
  return 0;
});
