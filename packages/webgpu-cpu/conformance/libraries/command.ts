/** `npm run conformance -- libraries`: libraries on this WebGPU, against what they compute on the processor. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { installPackages } from '../../../../benchmarks/src/peers/install.ts';
import { keepRun } from '../record.ts';
import { type About, type LibraryName, libraryNames, type Message, type Row, type Work } from './rows.ts';
import { keptRows, printLibrary, printSummary } from './table.ts';

export const librariesHelp = `
npm run conformance -- libraries [--times] [--operation NAME] [--all] [--table] [LIBRARY ...]

Runs every operation of the WebGPU backends of TensorFlow.js, jax-js and ONNX Runtime Web on this WebGPU, and compares
what they compute with what the same library computes on the processor. What differs is done on Dawn with a software
adapter, too: where Dawn gives the same, it is the library. They are installed at their first use into
benchmarks/.peers.

  LIBRARY            ${libraryNames.join(', ')} (default all). onnx is ONNX Runtime's WebGPU provider
                     in C++, onnx-jsep the older one in TypeScript
  --operation NAME   only operations whose name has this part
  --times            also what checks of bounds cost: time in kernels with them, and without, in turns
  --all              a row of the table for every operation, not only for those that are not right
  --table            keeps the counts in docs/measurements/data and writes the table of the documents; of everything
  --help

Exit status: 0 no operation failed, 1 one did, 2 the command line is wrong.
`.trim();

/** The longest that a library may take for one case, or to start. */
const PATIENCE_MS = 180_000;

/** What is known of a library after its run. */
export interface Result {
  readonly about: About;
  readonly rows: readonly Row[];
}

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        times: { type: 'boolean' },
        all: { type: 'boolean' },
        table: { type: 'boolean' },
        operation: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    const unknown = positionals.find((name) => !libraryNames.includes(name as LibraryName));
    if (unknown !== undefined) throw new Error(`'${unknown}' is none of ${libraryNames.join(', ')}`);
    if (values.table && (values.operation !== undefined || positionals.length > 0))
      throw new Error('--table is for all libraries and operations');
    return { values, names: positionals as LibraryName[] };
  } catch (error) {
    console.error(`${(error as Error).message.replace(/\. To specify.*/s, '.')}\nTry --help.`);
    return process.exit(2);
  }
}

/** Runs the command. @returns the exit status */
export async function compareLibraries(args: readonly string[]): Promise<number> {
  const { values, names } = readArguments(args);
  if (values.help) {
    console.log(librariesHelp);
    return 0;
  }
  installPackages();
  const results: Result[] = [];
  for (const library of names.length > 0 ? names : libraryNames) {
    const work = { library, filter: values.operation ?? '', times: values.times ?? false };
    const result = await runAll(work);
    results.push(result);
    printLibrary(result, values.all ?? false);
  }
  printSummary(results);
  if (values.table) await keepRun('libraries', 'npm run conformance -- libraries --table', keptRows(results));
  return results.some(({ rows }) => rows.some(({ status }) => status === 'failed')) ? 1 : 0;
}

/** All cases of a library, in as many processes as it takes; then those that failed, on Dawn. */
async function runAll(work: Pick<Work, 'library' | 'filter' | 'times'>): Promise<Result> {
  let about: About | undefined;
  const rows: Row[] = [];
  let from = 0;
  do {
    const end = await runWorker({ ...work, gpu: 'ours', from }, (message) => {
      if (message.library) about = message.library;
      if (message.row) rows.push(message.row);
      if (process.stderr.isTTY && message.begins)
        process.stderr.write(
          `\r\x1b[K${work.library} ${rows.length} of ${about?.cases}: ${message.begins.operation}`,
        );
    });
    if (!about) throw new Error(`${work.library} did not start: ${end.complaint}`);
    if (end.unfinished) rows.push({ ...end.unfinished, status: 'failed', reason: end.complaint });
    from = (rows.at(-1)?.number ?? -1) + 1;
    // A process that ends in the middle has lost its device, or itself.
  } while (rows.length < about.cases);
  const failed = rows.filter(({ status }) => status === 'failed').map(({ number }) => number);
  if (failed.length > 0) {
    const judged = new Map<number, Row>();
    await runWorker({ ...work, times: false, gpu: 'dawn', from: 0, numbers: failed }, ({ row }) => {
      if (row) judged.set(row.number, row);
    });
    rows.forEach((row, i) => {
      if (row.status === 'failed') rows[i] = withJudgement(row, judged.get(row.number));
    });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return { about, rows };
}

/** Dawn found the same difference, or none. Rounding of both is not the same. */
function withJudgement(row: Row, dawn: Row | undefined): Row {
  if (dawn?.status === 'passed') return { ...row, reason: `${row.reason}; right on Dawn` };
  if (!dawn) return { ...row, reason: `${row.reason}; Dawn gave no answer` };
  const [ours, theirs] = [row.difference ?? null, dawn.difference ?? null];
  const same =
    ours === theirs ||
    (ours !== null && theirs !== null && Math.abs(ours - theirs) <= 1e-3 * Math.abs(theirs));
  if (same && ours !== null) return { ...row, status: 'library', reason: `${row.reason}, on Dawn as well` };
  // Neither got as far as a result.
  if (same) return { ...row, status: 'library', reason: `${row.reason}; on Dawn: ${dawn.reason}` };
  return { ...row, reason: `${row.reason}; on Dawn: ${dawn.reason}` };
}

interface End {
  /** The case at which it stopped, if it said nothing of its result. */
  readonly unfinished: Message['begins'];
  readonly complaint: string;
}

/** Runs one process to its end; one that says nothing for too long is ended. */
function runWorker(work: Work, onMessage: (message: Message) => void): Promise<End> {
  const file = new URL('worker.ts', import.meta.url).pathname;
  const args = ['--disable-warning=ExperimentalWarning', file, JSON.stringify(work)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve) => {
    let unfinished: Message['begins'];
    let complaint = '';
    let timer: NodeJS.Timeout | undefined;
    let tooLong = false;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        tooLong = true;
        child.kill('SIGKILL');
      }, PATIENCE_MS);
    };
    wait();
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('@')) return;
      wait();
      const message = JSON.parse(line.slice(1)) as Message;
      unfinished = message.row ? undefined : (message.begins ?? unfinished);
      onMessage(message);
    });
    child.stderr!.on('data', (text: Buffer) => {
      complaint = (complaint + text).slice(-2000);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const last =
        complaint
          .trim()
          .split('\n')
          .findLast((line) => /Error/.test(line)) ?? '';
      const how = tooLong
        ? `no answer within ${PATIENCE_MS / 1000} s`
        : `the process ended (${signal ?? code}) ${last}`;
      resolve({ unfinished, complaint: how.trim() });
    });
  });
}
