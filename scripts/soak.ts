/**
 * `npm run soak [-- NAME…]`: the long versions of tests that break things at random. One after another, each with its
 * own output and one line of result; a seed repeats what chance decided.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Job, jobs } from './soak/jobs.ts';

const help = `
npm run soak [-- NAME… --seed N]

Runs the long versions of the tests that break things at random: hours, where npm test takes seconds for each.
Without names: all of them.

${jobs.map(({ name, about }) => `  ${name.padEnd(13)}${about}`).join('\n')}

  --seed N     draw what seed N draws (default: a new one, printed; a failure is repeated by it)
  --list       the names alone
  --help

GLASSBOX_SOAK=N in the environment does N cases, kills or steps of each instead.
Exit status: 0 all passed, 1 something failed, 2 a name or flag is unknown.
`.trim();

const root = resolve(import.meta.dirname, '..');
const windows = process.platform === 'win32';

function fail(message: string): never {
  console.error(`${message}\nTry --help.`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      args: process.argv.slice(2).filter((arg) => arg !== '--'),
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return fail((error as Error).message.replace(/\. To specify.*/s, '.'));
  }
}

/**
 * Runs one job, and ends all of it on Ctrl-C or when its time is over. @returns what became of it, in words;
 * undefined if it passed.
 */
function run({ name, files, minutes }: Job, seed: number): Promise<string | undefined> {
  const bin = join(root, 'node_modules', '.bin');
  const child = spawn(
    join(bin, windows ? 'vitest.CMD' : 'vitest'),
    [
      'run',
      '--reporter=verbose',
      // What tests print is progress: it should come when it is printed.
      '--disableConsoleIntercept',
      '--maxWorkers=1',
      `--testTimeout=${minutes * 60_000}`,
      ...files,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      shell: windows,
      // A group of its own: what hangs is ended with all that it started.
      detached: !windows,
      env: {
        ...process.env,
        GLASSBOX_SOAK: process.env.GLASSBOX_SOAK ?? '1',
        GLASSBOX_SEED: String(seed),
        PATH: `${bin}${delimiter}${process.env.PATH}`,
      },
    },
  );
  const end = () => {
    if (windows || child.pid === undefined) child.kill();
    else process.kill(-child.pid, 'SIGKILL');
  };
  const interrupt = () => {
    end();
    console.error(`\nInterrupted; start it again with: npm run soak -- ${name} --seed ${seed}`);
    process.exit(130);
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  return new Promise((settle) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end();
    }, minutes * 60_000);
    child.on('error', ({ message }) => settle(`cannot start vitest: ${message}`));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      const again = `repeat it with: npm run soak -- ${name} --seed ${seed}`;
      if (late) settle(`stopped after ${minutes} minutes; ${again}`);
      else if (code !== 0) settle(`FAILED (${signal ?? `status ${code}`}); ${again}`);
      else settle(undefined);
    });
  });
}

const { values, positionals } = readArguments();
if (values.help) {
  console.log(help);
  process.exit(0);
}
if (values.list) {
  for (const { name } of jobs) console.log(name);
  process.exit(0);
}
const unknown = positionals.find((wanted) => !jobs.some(({ name }) => name === wanted));
if (unknown !== undefined) {
  fail(`There is no soak test '${unknown}': there are ${jobs.map(({ name }) => name).join(', ')}`);
}
const wantedSeed = values.seed ?? process.env.GLASSBOX_SEED;
const seed = wantedSeed === undefined ? randomInt(2 ** 31) : Number(wantedSeed);
if (!Number.isSafeInteger(seed) || wantedSeed?.trim() === '')
  fail(`--seed ${wantedSeed}: expected a whole number`);

const lines: string[] = [];
let failed = 0;
for (const job of jobs.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  console.log(`\n=== ${job.name}: ${job.about}; seed ${seed}`);
  const started = performance.now();
  const trouble = await run(job, seed);
  if (trouble) failed++;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  lines.push(`${job.name.padEnd(13)}${trouble ?? 'passed'}, ${seconds} s, seed ${seed}`);
  console.log(`=== ${lines.at(-1)}`);
}
console.log(`\n${lines.join('\n')}`);
process.exit(failed > 0 ? 1 : 0);
