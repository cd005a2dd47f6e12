import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { devices as deviceList } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';
import { netNames } from '../support/three-nets.ts';
import type { MemoryUse } from './memory-use.ts';

/**
 * What a process holds while it trains, and while it opens and closes devices: in processes of their own, where nothing
 * else allocates. Each must also end by itself. `npm run soak -- leaks` does 10,000 steps and 200 devices.
 */

const soaking = amount(0, 1) > 0;
const steps = amount(300, 10_000);
const devices = amount(10, 200);
const kinds = deviceList.filter(({ computes }) => computes).map(({ name }) => name);
const mebi = 2 ** 20;

/** Runs a script to its end. @returns what it said on the way. */
async function run(script: string, ...args: string[]): Promise<MemoryUse[]> {
  const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // One heap for all threads of the driver: otherwise glibc starts another one whenever two threads meet.
    env: { ...process.env, MALLOC_ARENA_MAX: '1' },
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<number | null>((settle) => child.on('close', settle));
  const marks: MemoryUse[] = [];
  for await (const line of createInterface(child.stdout)) {
    marks.push(JSON.parse(line) as MemoryUse);
    if (soaking) console.log(`${script} ${args.join(' ')}: ${line}`);
  }
  // It ended by itself: nothing here kills it.
  expect({ code: await ended, stderr }).toEqual({ code: 0, stderr: '' });
  expect(marks.length).toBe(10);
  return marks;
}

/**
 * Nothing may grow with the number of steps. Device memory is counted exactly. Of the process, the second half is
 * looked at, when code is compiled and pools are filled: objects may grow by 1 MiB (in 3,000 steps of a soak run, 350
 * bytes a step). The whole process gives memory back and takes it again in pieces of up to 35 MiB at moments of its
 * allocator's own, so its peaks are compared, not its lows: at the end it may hold 16 MiB more than before, once code
 * was compiled.
 */
function expectFlat(marks: readonly MemoryUse[]): void {
  const { buffers, bytes, threads, files } = marks[4];
  for (const mark of marks.slice(4)) {
    expect(mark).toMatchObject({ buffers, bytes });
    expect(mark.threads, 'threads').toBeLessThanOrEqual(threads);
    expect(mark.files, 'open files').toBeLessThanOrEqual(files);
    expect(Number.isFinite(mark.loss)).toBe(true);
  }
  const values = (from: number, to: number, what: 'heap' | 'external' | 'resident') =>
    marks.slice(from, to).map((mark) => mark[what]);
  const growth = (what: 'heap' | 'external') =>
    Math.min(...values(7, 10, what)) - Math.min(...values(4, 7, what));
  expect(growth('heap'), 'JavaScript objects').toBeLessThan(mebi);
  expect(growth('external'), 'array buffers').toBeLessThan(mebi);
  const peak = Math.max(...values(2, 7, 'resident'));
  expect(Math.max(...values(7, 10, 'resident')) - peak, 'the process').toBeLessThan(16 * mebi);
}

/** Minutes even for a few steps, on a machine that is busy with other work. */
const timeout = soaking ? 4 * 3600_000 : 300_000;

describe('a process that trains', { timeout }, () => {
  // Nets as the practical has them on wasm; on the software GPU, where 10,000 steps of those take hours, narrow ones.
  const [size, batch] = soaking ? ['real', '4'] : ['narrow', '2'];

  it.each(netNames)(`holds no more after ${steps} steps of %s on wasm`, async (net) => {
    expectFlat(await run('train.ts', 'wasm', net, String(steps), size, batch));
  });

  // Every other net is trained there by other tests; compiling one on the software GPU takes seconds.
  it.each(soaking ? netNames : ['PracticalNet'])(
    `holds no more after ${steps} steps of %s on webgpu (software)`,
    async (net) => {
      expectFlat(await run('train.ts', 'webgpu', net, String(steps), 'narrow', '2'));
    },
  );
});

describe('a process that opens and closes devices', { timeout }, () => {
  it.each(kinds)(`holds no more after ${devices} of %s`, async (device) => {
    const marks = await run('open-close.ts', device, String(devices));
    expectFlat(marks);
    // Closed is closed.
    expect(marks[9]).toMatchObject({ buffers: 0, bytes: 0 });
    expect(new Set(marks.map(({ loss }) => loss)).size).toBe(1);
  });
});
