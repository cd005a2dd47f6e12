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
import { integer, parseCommandLine, runProgram } from '@glassbox/host/command-line';
import { installTools, startCluster } from './sweep-test/cluster.ts';

const help = `
npm run sweep:slurm-test -- [options]

Starts munged, slurmctld and three slurmd on loopback, submits a sweep of small trainings as an array, kills 30 % of
them at random moments, takes one node down, waits, merges, and compares the merged bytes with those of a run in one
process. The same with GNU parallel. Installs slurm-wlm, munge and parallel by apt-get where it may (root on Debian).

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

/** Kills the process of so many cells, each at a random moment of its first attempt. @returns their names */
async function killSome(dir: string, share: number, going: () => boolean): Promise<string[]> {
  while (!existsSync(join(dir, 'sweep.json')) && going()) await pause(100);
  const names = cellsOf(dir).map(({ name }) => name);
  const count = Math.round(share * names.length);
  const chosen = names.sort(() => Math.random() - 0.5).slice(0, count);
  const killed: string[] = [];
  const one = async (name: string) => {
    while (attemptsOf(dir, name).length === 0 && going()) await pause(50);
    await pause(Math.random() * 8000);
    if (isDone(dir, name) || !going()) return;
    const pid = Number(attemptsOf(dir, name).at(-1)?.split(' ')[2]);
    try {
      process.kill(pid, 'SIGKILL');
      killed.push(name);
      note(`killed ${pid}, which ran ${name}`);
    } catch {
      // It has just ended.
    }
  };
  await Promise.all(chosen.map(one));
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

/** @throws Error that names what differs from the run in one process */
function compare(dir: string, reference: string, engine: string): void {
  const [ours, theirs] = [merged(dir), merged(reference)];
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  const different = [...names].filter((name) => ours.get(name) !== theirs.get(name));
  if (different.length > 0) throw new Error(`${engine}: these merged files differ: ${different.join(', ')}`);
  const cells = cellsOf(dir);
  const again = cells.filter(({ name }) => attemptsOf(dir, name).length > 1).length;
  for (const { name } of cells) {
    const files = [dir, reference].map((each) =>
      readFileSync(join(each, 'cells', name, 'done.json'), 'utf8'),
    );
    if (files[0] !== files[1]) throw new Error(`${engine}: done.json of ${name} differs`);
  }
  note(
    `${engine}: ${cells.length} cells, ${again} of them begun more than once; all done.json and ${names.size} merged ` +
      'files have the bytes of the run in one process',
  );
}

async function withSlurm(work: string, file: string, out: string, cells: number): Promise<void> {
  const cluster = await startCluster(join(work, 'slurm'), ['n1', 'n2', 'n3'], 2);
  try {
    note(`Slurm ${cluster.slurm('sinfo', '--version').trim()} runs with ${cluster.nodes.length} nodes`);
    const asked = ['--submit', 'slurm', '--cpus', '1', '--memory', '1500', '--minutes', '60'];
    run([sweep, file, '--out', out, ...asked], {
      ...env,
      ...cluster.env,
      GLASSBOX_COMMIT: env.GLASSBOX_COMMIT,
    });
    note(`submitted an array of ${cells} and the merge behind it`);
    let going = true;
    const killing = killSome(out, 0.3, () => going);
    await pause(5000);
    const lost = cluster.slurm('squeue', '-h', '-w', 'n3', '-o', '%i').trim().split('\n').join(' ');
    cluster.slurm('scontrol', 'update', 'nodename=n3', 'state=down', 'reason=test');
    note(`took node n3 down, which ran: ${lost || 'nothing'}`);
    let left = '';
    while (going) {
      await pause(3000);
      const now = cluster.slurm('squeue', '-h', '-r', '-o', '%i %t %r').trim();
      const states = now === '' ? 'the queue is empty' : `${now.split('\n').length} jobs in the queue`;
      if (states !== left) note(states);
      left = states;
      going = now !== '' && !now.includes('DependencyNeverSatisfied');
      if (performance.now() - started > 3_600_000)
        throw new Error(`Slurm is not done after an hour:\n${now}`);
    }
    note(`${(await killing).length} cells were killed`);
    const failed = cellsOf(out).filter(({ name }) => !isDone(out, name));
    if (failed.length > 0) throw new Error(`Slurm left cells: ${failed.map(({ name }) => name).join(', ')}`);
    if (!existsSync(join(out, 'merged'))) throw new Error('the merge job of Slurm has written nothing');
  } finally {
    await cluster.stop();
  }
}

async function withParallel(file: string, out: string): Promise<void> {
  const args = [sweep, file, '--out', out, '--submit', 'parallel', '--cpus', '1'];
  const child = spawn(node[0], [...node.slice(1), ...args], {
    env,
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let going = true;
  const ended = new Promise<number | null>((settle) => child.once('close', settle)).then((status) => {
    going = false;
    return status;
  });
  const killed = await killSome(out, 0.3, () => going);
  const status = await ended;
  if (status !== 0) throw new Error(`parallel ended with status ${status}`);
  note(`GNU parallel: ${killed.length} cells were killed`);
}

await runProgram(help, async () => {
  const { values } = parseCommandLine(process.argv.slice(2), {
    cells: { type: 'string', default: '16' },
    epochs: { type: 'string', default: '8' },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
  });
  const cells = integer('--cells', values.cells, 1, 1000);
  const epochs = integer('--epochs', values.epochs, 1, 1000);
  installTools(note);
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
    const file = join(work, 'sweep.json');
    const grid = {
      net: ['practical', 'medmnist'],
      seed: Array.from({ length: Math.ceil(cells / 2) }, (_, i) => i),
    };
    const options = { set: 'breastmnist', epochs, data, device: 'wasm' };
    writeFileSync(file, JSON.stringify({ run: 'medmnist', grid, options }));
    const reference = join(work, 'reference');
    const referenceRun = spawn(node[0], [...node.slice(1), sweep, file, '--out', reference], {
      env,
      cwd: root,
      stdio: 'ignore',
    });
    const referenceEnded = new Promise<number | null>((settle) => referenceRun.once('close', settle));
    for (const engine of ['slurm', 'parallel']) {
      if (values.only !== undefined && values.only !== engine) continue;
      const out = join(work, engine);
      await (engine === 'slurm' ? withSlurm(work, file, out, cells) : withParallel(file, out));
      if ((await referenceEnded) !== 0) throw new Error('the run in one process failed');
      if (!existsSync(join(reference, 'merged'))) run([sweep, 'merge', reference]);
      compare(out, reference, engine);
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
