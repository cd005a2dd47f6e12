/**
 * `npm run sweep:slurm-test`: a real Slurm on this machine runs a sweep while cells are killed and a node goes down; so
 * does GNU parallel. What is merged must have the bytes of a run in one process.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Claim } from '@glassbox/host/claim';
import { integer, oneOfWords, parseCommandLine, runProgram } from '@glassbox/host/command-line';
import { type Cluster, installTools, startCluster } from './sweep-test/cluster.ts';

const help = `
npm run sweep:slurm-test -- [options]

Starts munged, slurmctld and three slurmd on loopback, submits a sweep of small trainings as an array, kills 30 % of
them at random moments, takes one node down, waits, merges, and compares the merged bytes with those of a run in one
process. Then a halving of some of them, whose rungs are arrays that depend on each other. The same cells with GNU
parallel. Installs slurm-wlm, munge and parallel by apt-get where it may (root on Debian).

  --cells N     trainings (default 16)
  --epochs N    of each (default 8)
  --only NAME   slurm or parallel
  --keep        leave the folder of the test, and name it
`.trim();

const root = resolve(import.meta.dirname, '..');
const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
const sweep = join(root, 'packages/sweep/src/cli.ts');
// Work beside this test must not change the version of its cells.
const env = { ...process.env, GLASSBOX_COMMIT: 'slurm-test' };
/** Milliseconds after its beginning within which a cell is killed. */
const longestWait = 4000;
const started = performance.now();
const note = (line: string) =>
  console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`);

function run(args: readonly string[], environment: NodeJS.ProcessEnv = env): void {
  const [file, ...rest] = [...node, ...args];
  const done = spawnSync(file, rest, { env: environment, encoding: 'utf8', cwd: root });
  if (done.status !== 0)
    throw new Error(`${args.join(' ')}: status ${done.status}\n${done.stdout}${done.stderr}`);
}

const cellsOf = (dir: string) =>
  JSON.parse(readFileSync(join(dir, 'sweep.json'), 'utf8')).cells as { name: string }[];
const attemptsOf = (dir: string, name: string): string[] => {
  const path = join(dir, 'cells', name, 'attempts.txt');
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
};
const isDone = (dir: string, name: string) => existsSync(join(dir, 'cells', name, 'done.json'));

/**
 * Kills the process of so many cells, each at a random moment of its first attempt. One that was done before its moment
 * is replaced by another.
 * @returns their number
 */
async function killSome(dir: string, share: number, going: () => boolean): Promise<number> {
  while (!existsSync(join(dir, 'sweep.json')) && going()) await pause(100);
  const names = cellsOf(dir).map(({ name }) => name);
  const wanted = Math.round(share * names.length);
  const waiting = names.sort(() => Math.random() - 0.5);
  let killed = 0;
  const one = async () => {
    for (let name = waiting.pop(); name !== undefined && going(); name = waiting.pop()) {
      while (attemptsOf(dir, name).length === 0 && going()) await pause(50);
      await pause(Math.random() * longestWait);
      const pid = Claim.holder(join(dir, 'cells', name, 'claim'))?.pid;
      if (pid === undefined) continue; // Its time is over.
      process.kill(pid, 'SIGKILL');
      killed++;
      note(`killed ${pid}, which ran ${name}`);
      return;
    }
  };
  await Promise.all(Array.from({ length: wanted }, one));
  if (killed < wanted)
    throw new Error(`only ${killed} of ${wanted} cells could be killed before they were done`);
  return killed;
}

/** What the merge wrote, by name, but for times. */
function merged(dir: string): Map<string, string> {
  const folder = join(dir, 'merged');
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const read = names
    .filter(({ name }) => name !== 'times.csv')
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length), readFileSync(path, 'base64')] as const;
    });
  return new Map(read.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * @param unpaused folder of a sweep that trained the same cells and more, without rungs
 * @throws Error that names what differs from the run in one process
 */
function compare(dir: string, reference: string, engine: string, unpaused = reference): void {
  const [ours, theirs] = [merged(dir), merged(reference)];
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  const different = [...names].filter((name) => ours.get(name) !== theirs.get(name));
  if (different.length > 0) throw new Error(`${engine}: these merged files differ: ${different.join(', ')}`);
  const cells = cellsOf(dir);
  const done = cells.filter(({ name }) => isDone(dir, name));
  const again = cells.filter(({ name }) => attemptsOf(dir, name).length > 1).length;
  for (const { name } of done) {
    const [own, ...others] = [dir, reference, unpaused].map((each) =>
      readFileSync(join(each, 'cells', name, 'done.json'), 'utf8'),
    );
    if (others.some((other) => other !== own)) throw new Error(`${engine}: done.json of ${name} differs`);
  }
  note(
    `${engine}: ${cells.length} cells, ${again} of them begun more than once, ${done.length} trained to their end; ` +
      `all done.json and ${names.size} merged files have the bytes of the run in one process`,
  );
}

/** Submits a sweep, and waits until its jobs and its merge have ended. */
async function withSlurm(cluster: Cluster, file: string, out: string, takeDown?: string): Promise<void> {
  const { slurm } = cluster;
  const asked = ['--submit', 'slurm', '--cpus', '1', '--memory', '1500', '--minutes', '60'];
  run([sweep, file, '--out', out, ...asked], {
    ...env,
    ...cluster.env,
    GLASSBOX_COMMIT: env.GLASSBOX_COMMIT,
  });
  const jobs = slurm('squeue', '-h', '-o', '%F').trim().split('\n');
  note(`submitted ${cellsOf(out).length} cells: ${new Set(jobs).size} jobs, one of them the merge`);
  let going = true;
  const killing = killSome(out, 0.3, () => going);
  if (takeDown) {
    await pause(5000);
    const lost = slurm('squeue', '-h', '-w', takeDown, '-o', '%i').trim().split('\n').join(' ');
    slurm('scontrol', 'update', `nodename=${takeDown}`, 'state=down', 'reason=test');
    note(`took node ${takeDown} down, which ran: ${lost || 'nothing'}`);
  }
  let left = '';
  while (going) {
    await pause(3000);
    const now = slurm('squeue', '-h', '-r', '-o', '%i %t %r').trim();
    const states = now === '' ? 'the queue is empty' : `${now.split('\n').length} jobs in the queue`;
    if (states !== left) note(states);
    left = states;
    going = now !== '' && !now.includes('DependencyNeverSatisfied');
    if (performance.now() - started > 3_600_000) throw new Error(`Slurm is not done after an hour:\n${now}`);
  }
  note(`${await killing} cells were killed`);
  if (!existsSync(join(out, 'merged'))) throw new Error('the merge job of Slurm has written nothing');
}

async function withParallel(file: string, out: string): Promise<void> {
  const { ended, going } = begin(sweep, file, '--out', out, '--submit', 'parallel', '--cpus', '1');
  const killed = await killSome(out, 0.3, going);
  const status = await ended;
  if (status !== 0) throw new Error(`parallel ended with status ${status}`);
  note(`GNU parallel: ${killed} cells were killed`);
}

/** Starts a program of this project, which runs beside this one. */
function begin(...args: string[]): { readonly ended: Promise<number | null>; readonly going: () => boolean } {
  const child = spawn(node[0], [...node.slice(1), ...args], {
    env,
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<number | null>((settle) => child.once('close', settle));
  return { ended, going: () => child.exitCode === null && child.signalCode === null };
}

await runProgram(help, async () => {
  const { values } = parseCommandLine(process.argv.slice(2), {
    cells: { type: 'string', default: '16' },
    epochs: { type: 'string', default: '8' },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
  });
  const only =
    values.only === undefined ? undefined : oneOfWords('--only', values.only, ['slurm', 'parallel']);
  const cells = integer('--cells', values.cells, 1, 1000);
  const epochs = integer('--epochs', values.epochs, 1, 1000);
  const engines = (['slurm', 'parallel'] as const).filter((name) => [name, undefined].includes(only));
  installTools(engines, note);
  const work = mkdtempSync(join(tmpdir(), 'glassbox-slurm-'));
  try {
    const data = join(work, 'data');
    mkdirSync(data);
    run([
      join(root, 'packages/experiments/src/cli/stand-in.ts'),
      'breastmnist',
      '--percent',
      '20',
      '--out',
      data,
    ]);
    const options = { set: 'breastmnist', epochs, data, device: 'wasm' };
    const seeds = (count: number) => Array.from({ length: count }, (_, i) => i);
    const grid = { net: ['practical', 'medmnist'], seed: seeds(Math.ceil(cells / 2)) };
    const all = join(work, 'sweep.json');
    writeFileSync(all, JSON.stringify({ run: 'medmnist', grid, options }));
    // Some of the same cells, so that those that are left can be compared with cells that were never paused.
    const few = join(work, 'halving.json');
    const halving = { metric: 'val.auc', keep: 0.4, rungs: [1, Math.max(2, Math.floor(epochs / 2))] };
    const best = { net: ['practical'], seed: grid.seed.slice(0, 6) };
    writeFileSync(few, JSON.stringify({ run: 'medmnist', grid: best, options, halving }));
    /** Runs a sweep in one process and merges it. */
    const inOne = async (file: string, name: string) => {
      const out = join(work, name);
      if ((await begin(sweep, file, '--out', out).ended) !== 0)
        throw new Error('the run in one process failed');
      run([sweep, 'merge', out]);
      return out;
    };
    const reference = await inOne(all, 'reference');
    note(`ran ${cells} cells in one process`);
    if (engines.includes('slurm')) {
      const cluster = await startCluster(join(work, 'slurm'), ['n1', 'n2', 'n3'], 2);
      try {
        note(`${cluster.slurm('sinfo', '--version').trim()} runs with ${cluster.nodes.length} nodes`);
        await withSlurm(cluster, all, join(work, 'array'), 'n3');
        compare(join(work, 'array'), reference, 'Slurm');
        await withSlurm(cluster, few, join(work, 'rungs'));
        compare(join(work, 'rungs'), await inOne(few, 'halving'), 'Slurm, halving', reference);
      } finally {
        await cluster.stop();
      }
    }
    if (engines.includes('parallel')) {
      await withParallel(all, join(work, 'parallel'));
      compare(join(work, 'parallel'), reference, 'GNU parallel');
    }
    note('passed');
    return 0;
  } finally {
    if (values.keep) {
      note(`kept: ${work}`);
    } else {
      rmSync(work, { recursive: true, force: true });
    }
  }
});
