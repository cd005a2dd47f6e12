import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import { afterAll, describe, expect, it } from 'vitest';
import { commandHelp, commands, help } from '../src/cli/commands.ts';
import { main } from '../src/cli/main.ts';
import type { Estimate } from '../src/statistics.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = join(import.meta.dirname, '../src/cli.ts');

function bench(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const flags = ['--disable-warning=ExperimentalWarning', program, ...args];
    execFile(process.execPath, flags, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

async function lines(...args: string[]): Promise<Record<string, unknown>[]> {
  const { status, stdout, stderr } = await bench(...args, '--json', '--out', folder);
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('npm run bench', () => {
  it('explains itself and each benchmark', () => {
    for (const name of ['kernels', 'step', 'wasm', 'host', 'peers', 'ladder', 'all', 'kernel', 'compare'])
      expect(help()).toContain(name);
    for (const command of commands) {
      for (const name of Object.keys(command.options)) expect(commandHelp(command)).toContain(`--${name}`);
    }
  });

  it('ends with status 2 if the command line is wrong, before it measures anything', async () => {
    const { status, stderr, stdout } = await bench('step', '--bacth', '3');
    expect(status).toBe(2);
    expect(stderr).toContain("Unknown option '--bacth'");
    expect(stdout).toBe('');
  });

  it.each([
    [['races'], "no benchmark 'races'"],
    [['step', '--batch', 'many'], '--batch many'],
    [['step', '--device', 'tpu'], '--device tpu'],
    [['step', '--case', 'resnet'], 'practical-net, autoencoder, medmnist-net, resnet18'],
    [['kernels', '--seconds', '0'], '--seconds 0'],
    [['peers', '--peer', 'theano'], 'pytorch'],
    [['step', '--within', '0'], '--within 0'],
    [['stream', '--fraction', '0'], '--fraction 0'],
    [['stream', '--set', 'mnist'], '--set mnist'],
  ])('refuses %j and says what it expects', async (args, reason) => {
    const refused = main([...args, '--out', folder]);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    await expect(refused).rejects.toThrow(reason);
  });

  it('step: one JSON line for each net and batch, with the promised members', async () => {
    const rows = await lines(
      'step',
      '--device',
      'wasm',
      '--threads',
      '1',
      '--batch',
      '2',
      '--seconds',
      '0.01',
    );
    expect(rows.map((row) => row.case)).toEqual(['practical-net', 'autoencoder', 'medmnist-net', 'resnet18']);
    for (const row of rows) {
      expect(row).toMatchObject({ batch: 2, device: 'wasm', threads: 1, adapter: expect.any(String) });
      const figures = ['trainStepMs', 'minStepMs', 'trainImgPerSec', 'inferImgPerSec', 'firstStepMs'];
      for (const name of [...figures, 'dispatches', 'peakBytes']) {
        expect(row[name], name).toEqual(expect.any(Number));
        expect(row[name], name).toBeGreaterThan(0);
      }
      expect(row.minStepMs).toBeLessThanOrEqual(row.trainStepMs as number);
      const id = `${row.case}, batch 2, wasm, 1 threads`;
      expect(row).toMatchObject({ id, noisy: expect.any(Boolean) });
      const { trainStepMs, inferStepMs } = row.estimates as Record<string, Estimate>;
      for (const { unit, mean, standardError, count } of [trainStepMs, inferStepMs]) {
        expect(unit).toBe('ms');
        expect(mean).toBeGreaterThan(0);
        expect(standardError).toBeGreaterThanOrEqual(0);
        expect(count).toBeGreaterThanOrEqual(3);
      }
    }
    const saved = JSON.parse(readFileSync(join(folder, 'step.json'), 'utf8'));
    expect(saved.schema).toBe('glassbox-bench/1');
    const [run] = saved.runs;
    expect(run.results).toEqual(rows);
    expect(run.machine).toMatchObject({ cores: expect.any(Number), node: process.versions.node });
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['step.svg', 'step.png']));
  });

  it('compares a run with an earlier one, row by row', async () => {
    const args = ['host', '--case', 'practical-net', '--batch', '2', '--seconds', '0.01'];
    const earlier = join(folder, 'earlier.json');
    await lines(...args);
    renameSync(join(folder, 'host.json'), earlier);
    const { stdout, stderr, status } = await bench(...args, '--compare', earlier, '--out', folder);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^practical-net, batch 2 +hostMs +ms +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]* ?- ?[\d.]* /m,
    );
    expect(stdout).toContain(
      `${earlier}: npm run bench -- host --case practical-net --batch 2 --seconds 0.01, 20`,
    );
    expect(stderr).not.toContain('missing');
    const other = await bench(
      'host',
      '--case',
      'autoencoder',
      '--batch',
      '2',
      '--compare',
      earlier,
      '--out',
      folder,
    );
    expect(other.status).toBe(2);
    expect(other.stderr).toContain("no row in common: they hold 'practical-net, batch 2' and 'autoencoder");
  });

  it('stream: a set on the disk beside one that fits, and loading beside numpy where it is', async () => {
    const args = ['--size', '28', '--fraction', '1', '--rounds', '1', '--seconds', '0.01', '--threads', '1'];
    const hasNumpy = ['python3', '/usr/bin/python3'].some(
      (command) => spawnSync(command, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0,
    );
    const rows = await lines('stream', ...args, ...(hasNumpy ? [] : ['--task', 'train']), '--folder', folder);
    expect(rows.map(({ task }) => task)).toEqual(hasNumpy ? ['train', 'load'] : ['train']);
    for (const row of rows) {
      for (const name of ['bytes', 'ratio', 'ourPeakRssBytes', 'theirPeakRssBytes']) {
        expect(row[name], name).toBeGreaterThan(0);
      }
    }
    expect(rows[0]).toMatchObject({ case: 'practical-net, wasm, chestmnist 28', images: 32 });
    expect(rows[0].ourVersion).toMatch(/images in the file$/);
    expect(rows[0].peerVersion).toMatch(/images resident$/);
    expect(readdirSync(folder).filter((name) => name.startsWith('glassbox-stream'))).toEqual([]);
  });

  it('host: milliseconds and dispatches on the null backend', async () => {
    const [row] = await lines('host', '--case', 'practical-net', '--batch', '2', '--seconds', '0.01');
    expect(row).toMatchObject({ case: 'practical-net', batch: 2, device: 'null' });
    expect(row.hostUsPerDispatch).toBeCloseTo((1000 * (row.hostMs as number)) / (row.dispatches as number));
  });

  it('kernels: every kernel with its share of the roofline', async () => {
    const args = ['--device', 'wasm', '--case', 'practical-net', '--seconds', '0.001'];
    const rows = await lines('kernels', ...args);
    const names = new Set(rows.map((row) => row.kernel));
    for (const name of ['conv2dForward', 'conv2dWeightGradient', 'sgd', 'gatherImages']) {
      expect(names).toContain(name);
    }
    const shares = rows.map((row) => row.stepShare as number);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    for (const row of rows) {
      expect(row.gflops).toBeCloseTo((row.flop as number) / (row.ms as number) / 1e6);
      expect(['compute', 'memory']).toContain(row.bound);
    }
  });

  it('wasm: each target with its value and what it is measured beside', async () => {
    const rows = await lines('wasm', '--target', 'elementwise,dispatch', '--seconds', '0.01');
    expect(rows.map((row) => row.item)).toEqual([
      'elementwise vec4, y = 2 x of 64 MiB',
      'exp on vec4',
      'log on vec4',
      '50 empty dispatches in one list',
      '50 empty dispatches in one list, both cores busy',
    ]);
    for (const row of rows) {
      const { value, target, atMost, met } = row as Record<string, number | boolean>;
      expect(value).toBeGreaterThan(0);
      expect(met).toBe(atMost ? value <= target : value >= target);
    }
  });

  it('step --sweep: curves over batch sizes and data sets', async () => {
    const sizes = ['--threads', '1', '--batch', '2', '--images', '300', '--seconds', '0.01'];
    const rows = await lines('step', '--sweep', '--device', 'wasm', ...sizes);
    expect(rows.map((row) => row.case)).toEqual(['practical-net', 'practical-net epoch']);
    expect(rows[1]).toMatchObject({ images: 300, validationImages: 43 });
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['sweep-batch.svg', 'sweep-images.svg']));
  });
});
