import { type ChildProcess, spawn } from 'node:child_process';
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
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Claim } from '@glassbox/host/claim';
import { writeStandIn } from '@glassbox/medmnist';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expand } from '../src/expand.ts';
import { readSweepFile } from '../src/file.ts';
import { pathsOf } from '../src/folder.ts';

const cli = join(import.meta.dirname, '../src/cli.ts');
const work = mkdtempSync(join(tmpdir(), 'glassbox-sweep-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const file = join(work, 'sweep.json');
const options = { set: 'breastmnist', net: 'practical', epochs: 2, data: 'data', device: 'wasm', threads: 1 };
beforeAll(async () => {
  mkdirSync(join(work, 'data'));
  await writeStandIn(join(work, 'data/breastmnist.npz'), { name: 'breastmnist', fraction: 0.1, seed: 1 });
  writeFileSync(file, JSON.stringify({ run: 'medmnist', grid: { seed: [0, 5] }, options }));
});

function start(...args: string[]): {
  child: ChildProcess;
  ended: Promise<{ status: number | null; said: string }>;
} {
  // No engine of the machine that runs this test.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/SLURM|PARALLEL|PBS|JOB_/.test(name)),
  );
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args], {
    env: { ...env, GLASSBOX_COMMIT: 'test' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data;
    });
  }
  return { child, ended: new Promise((settle) => child.on('close', (status) => settle({ status, said }))) };
}

const doneOf = (dir: string) =>
  readdirSync(join(dir, 'cells'))
    .sort()
    .map((name) => readFileSync(join(dir, 'cells', name, 'done.json'), 'utf8'));

describe('npm run sweep', { timeout: 900_000 }, () => {
  it('gives the same bytes by two shards, and where it was killed; no cell runs twice', async () => {
    const shards = join(work, 'shards');
    const parts = ['0/2', '1/2'].map((part) => start(file, '--out', shards, '--shard', part).ended);
    for (const { status, said } of await Promise.all(parts))
      expect([status, said.includes('done in')]).toEqual([0, true]);
    const [first, second] = doneOf(shards).map((text) => JSON.parse(text));
    expect([first.seed, second.seed]).toEqual([0, 5]);
    expect(first).toMatchObject({ format: 1, run: 'medmnist', options, version: '0.1.0+test' });
    expect(Object.keys(first.scores)).toEqual(
      expect.arrayContaining(['test.auc', 'best.val.acc', 'last.test.acc']),
    );
    expect(first.curves['train.loss']).toHaveLength(2);
    // By hand: 98,658 weights; the products of each convolution and of the last layer.
    expect(first.cost.parameters).toBe(98_658);
    expect(first.cost.multiplications).toBeGreaterThan(500_000);
    expect(first.curves['train.loss']).not.toEqual(second.curves['train.loss']);

    const killed = join(work, 'killed');
    const { child, ended } = start(file, '--out', killed);
    const [cell] = expand(readSweepFile(file), work);
    const paths = pathsOf(killed, cell);
    while (!existsSync(join(paths.run, 'metrics.jsonl'))) await pause(20);
    child.kill('SIGKILL');
    await ended;
    const again = await start(file, '--out', killed).ended;
    expect(again).toMatchObject({ status: 0 });
    expect(doneOf(killed)).toEqual(doneOf(shards));
    const time = JSON.parse(readFileSync(paths.time, 'utf8'));
    expect(time).toMatchObject({ attempts: 2, host: expect.any(String) });
    expect([time.coreSeconds, time.peakBytes / 1e8, time.diskBytes / 1e5]).toSatisfy((used: number[]) =>
      used.every((each) => each > 0.1 && each < 100),
    );
    expect(readdirSync(paths.folder)).not.toContain('claim');
    const third = await start(file, '--out', killed).ended;
    expect(third.said).not.toContain('done in');
    expect(doneOf(killed)).toEqual(doneOf(shards));
  });

  it('says by its status what a retry helps', async () => {
    const refused = start(file, '--out', join(work, 'x'), '--shard', '2/2').ended;
    expect(await refused).toMatchObject({ status: 2, said: expect.stringContaining('--shard') });

    const lost = join(work, 'lost.json');
    writeFileSync(lost, JSON.stringify({ run: 'medmnist', list: [{ ...options, data: 'nowhere' }] }));
    const missing = await start(lost, '--out', join(work, 'lost')).ended;
    expect(missing).toMatchObject({
      status: 1,
      said: expect.stringMatching(/a retry does not help.*nowhere/s),
    });

    const held = join(work, 'held');
    const cells = expand(readSweepFile(file), work);
    const claims = cells.map((cell) => {
      const { folder, claim } = pathsOf(held, cell);
      mkdirSync(folder, { recursive: true });
      return Claim.take(claim) as Claim;
    });
    const busy = await start(file, '--out', held).ended;
    expect(busy).toMatchObject({
      status: 75,
      said: expect.stringContaining(`is run by process ${process.pid}`),
    });
    for (const claim of claims) claim.release();

    const other = await start(lost, '--out', held).ended;
    expect(other).toMatchObject({ status: 2, said: expect.stringContaining('holds another sweep') });
  });
});
