import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors, parseSafetensors } from '@glassbox/nn';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { cli, expectWholeFiles, practical, resultsOf, smallData, workFolder } from './support.ts';

const { work, remove } = workFolder();
const mounts: string[] = [];
afterAll(() => {
  for (const path of mounts) spawnSync('umount', [path]);
  remove();
});
const files = await smallData(work);
const whole = join(work, 'whole');
beforeAll(() => expect(practical('1b', ...files, '--out', whole).status).toBe(0));

const root = process.platform === 'linux' && process.getuid?.() === 0;

/** A file system of its own, small; the test is skipped where none may be mounted. */
function tmpfs({ skip }: TestContext, name: string, megabytes: number): string {
  const path = join(work, name);
  mkdirSync(path);
  const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path];
  if (!root || spawnSync('mount', options).status !== 0)
    skip('needs Linux and the right to mount a tmpfs (root)');
  mounts.push(path);
  return path;
}

function expectSameBits(folder: string): void {
  const bits = (path: string) => resultsOf(path).rows.map(({ logOdds, history }) => ({ logOdds, history }));
  expect(bits(folder)).toEqual(bits(whole));
}

/** Runs the practical and takes all room of its file system from a moment on. */
function runUntilFull(args: readonly string[], ballast: string, begin: (stdout: string) => boolean) {
  return new Promise<{ code: number | null; stderr: string }>((settle) => {
    const child = spawn(process.execPath, [cli, ...args]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const timer = setInterval(() => {
      if (!begin(stdout)) return;
      try {
        for (;;) appendFileSync(ballast, new Uint8Array(2 ** 14));
      } catch {
        // Full: stays so, as this is tried again and again.
      }
    }, 2);
    child.on('close', (code) => {
      clearInterval(timer);
      settle({ code, stderr });
    });
  });
}

describe('a machine that fails', { timeout: 300_000 }, () => {
  it('a disk that gets full while training: the last good state stays, and the run can go on', async (test) => {
    await fills(tmpfs(test, 'full-1', 48), (run) => hasState(run));
  });

  it('a disk that gets full while the report is written', async (test) => {
    await fills(tmpfs(test, 'full-2', 48), (_, stdout) => stdout.includes('writing figures'));
  });

  async function fills(disk: string, begin: (run: string, stdout: string) => boolean) {
    const run = join(disk, 'run');
    const ballast = join(disk, 'ballast');
    const failed = await runUntilFull(['1b', ...files, '--out', run], ballast, (out) => begin(run, out));
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/full|has room|ENOSPC/);
    expect(failed.stderr).toContain(`--resume ${run}`);
    expect(failed.stderr).not.toContain('    at ');
    expect(expectWholeFiles(run)).toBeGreaterThan(1);
    rmSync(ballast);
    const resumed = practical('--resume', run);
    expect(resumed.stderr).toBe('');
    expect(resumed.status).toBe(0);
    expect(resultsOf(run).resumed).toBe(true);
    expectSameBits(run);
  }

  it('a read-only file system is refused before any work', (test) => {
    const disk = tmpfs(test, 'read-only', 48);
    cpSync(whole, join(disk, 'run'), { recursive: true });
    expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
    expectRefused(disk, 'EROFS');
  });

  it('a folder without permission is refused before any work', (test) => {
    if (process.platform === 'win32' || process.getuid?.() === 0) test.skip('root may write anywhere');
    const path = join(work, 'locked');
    cpSync(whole, join(path, 'run'), { recursive: true });
    for (const each of [join(path, 'run'), path]) chmodSync(each, 0o555);
    expectRefused(path, 'EACCES');
    for (const each of [path, join(path, 'run')]) chmodSync(each, 0o755);
  });

  function expectRefused(folder: string, code: string) {
    const fresh = practical('1a', ...files, '--out', join(folder, 'new'));
    expect(fresh.stderr).toContain(`Cannot write to ${join(folder, 'new')} (${code}); choose another folder`);
    const resumed = practical('--resume', join(folder, 'run'));
    expect(resumed.stderr).toContain(`Cannot write to ${join(folder, 'run')} (${code}); make it writable`);
    expect([fresh.status, resumed.status]).toEqual([2, 2]);
  }

  it('a thread that dies while training: said, and resumed to the same bits', () => {
    const run = join(work, 'thread');
    // Ends the first thread as soon as a state of the training is written.
    const preload = `
      import workers from 'node:worker_threads';
      import { syncBuiltinESMExports } from 'node:module';
      import { existsSync, readdirSync } from 'node:fs';
      const folder = ${JSON.stringify(join(run, 'checkpoints'))};
      workers.Worker = class extends workers.Worker {
        constructor(...args) {
          super(...args);
          const timer = setInterval(() => {
            const names = existsSync(folder) ? readdirSync(folder) : [];
            if (!names.some((name) => name.endsWith('.training.safetensors'))) return;
            clearInterval(timer);
            void this.terminate();
          }, 1);
          timer.unref();
        }
      };
      syncBuiltinESMExports();`;
    const source = `data:text/javascript,${encodeURIComponent(preload)}`;
    const args = ['--import', source, cli, '1b', ...files, '--threads', '2', '--out', run];
    const failed = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 280_000 });
    expect(failed.stderr).toMatch(/The device was lost \(worker thread 1 died.*\)/);
    expect(failed.stderr).toContain(`--resume ${run}`);
    expect(failed.stderr).not.toContain('    at ');
    // EX_TEMPFAIL: the same command may succeed.
    expect(failed.status).toBe(75);
    expect(expectWholeFiles(run)).toBeGreaterThan(1);
    expect(practical('--resume', run).status).toBe(0);
    expectSameBits(run);
  });

  it('a reader of its output that goes away ends it quietly, with whole files', async () => {
    const run = join(work, 'unread');
    const child = spawn(process.execPath, [cli, '1b', ...files, '--out', run]);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.stdout.on('data', (data) => {
      if (String(data).includes('folder ')) child.stdout.destroy();
    });
    const code = await new Promise((settle) => child.on('close', settle));
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
    expect(expectWholeFiles(run)).toBeGreaterThan(0);
  });

  it('a second program in the same folder is refused, until the first one is killed', async () => {
    const run = join(work, 'shared');
    const child = spawn(process.execPath, [cli, '1b', ...files, '--out', run]);
    const closed = new Promise((settle) => child.on('close', settle));
    await new Promise<void>((settle) => {
      child.stdout.on('data', (data) => {
        if (String(data).includes('folder ')) settle();
      });
    });
    const second = practical('--resume', run);
    expect(second.stderr).toContain(`${run} is in use by process ${child.pid} on this machine; wait`);
    expect(second.status).toBe(75);
    child.kill('SIGKILL');
    await closed;
    expect(readdirSync(run)).toContain('lock');
    expect(practical('--resume', run).status).toBe(0);
    expect(readdirSync(run)).not.toContain('lock');
    expectSameBits(run);
  });

  const weights = 'checkpoints/1a-scratch-seed0.safetensors';
  const stage = 'stages/1a-scratch-seed0.json';
  const state = 'checkpoints/1a-scratch-seed0.phase0.training.safetensors';
  /** The latent space of 1a, and the net of 1a that it is of: the one that learnt something. */
  const shown = (run: string) => {
    const name = readdirSync(join(run, 'stages')).find((each) =>
      each.startsWith('embedding-1a-scratch-of-'),
    )!;
    const [, variant] = name.match(/-of-(.+-seed0)\.json$/)!;
    const own = { weights: `checkpoints/${variant}.safetensors`, stage: `stages/${variant}.json` };
    return { ...own, embedding: `stages/${name}` };
  };
  it.each<[string, (run: string) => void, RegExp, (run: string) => string[]]>([
    [
      'a result with another number in it',
      (run) => edit(run, stage, (text) => text.replace('"epochs":', '"epochs":1')),
      /1a-scratch-seed0\.json is damaged .*delete it and resume/,
      () => [stage],
    ],
    [
      'a training state cut short',
      (run) => {
        rmSync(join(run, stage));
        writeFileSync(join(run, state), readFileSync(join(run, weights)).subarray(0, 5000));
      },
      /phase0\.training\.safetensors: .*header|cut off/,
      () => [state],
    ],
    [
      'weights that are not finite',
      (run) => {
        const { embedding, weights } = shown(run);
        rmSync(join(run, embedding));
        const { tensors } = parseSafetensors(readFileSync(join(run, weights)));
        tensors.get('conv1.weight')!.data[3] = Number.NaN;
        writeFileSync(join(run, weights), encodeSafetensors(tensors));
      },
      new RegExp(
        String.raw`1a-scratch[a-z-]*-seed0\.safetensors: .*'conv1\.weight' holds a value that is not finite ` +
          String.raw`\(element 3\).*Delete this file`,
      ),
      (run) => [shown(run).weights, shown(run).stage],
    ],
    [
      'weights that are gone',
      (run) => {
        const { embedding, weights } = shown(run);
        rmSync(join(run, embedding));
        rmSync(join(run, weights));
      },
      /1a-scratch[a-z-]*-seed0\.safetensors: .*ENOENT.*Delete this file/,
      (run) => [shown(run).stage],
    ],
  ])('%s: said with the file, and fixed as the message says', (name, damage, message, remedy) => {
    const run = join(work, name.replaceAll(' ', '-'));
    cpSync(whole, run, { recursive: true });
    const removed = remedy(run);
    damage(run);
    const failed = practical('--resume', run);
    expect(failed.stderr).toMatch(message);
    expect(failed.stderr).toContain(`--resume ${run}`);
    expect(failed.stderr).not.toContain('    at ');
    expect(failed.status).toBe(1);
    for (const file of removed) rmSync(join(run, file), { force: true });
    expect(practical('--resume', run).status).toBe(0);
    expectSameBits(run);
  });
});

function edit(run: string, name: string, change: (text: string) => string): void {
  const path = join(run, name);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** A training has written its first state. */
function hasState(run: string): boolean {
  const folder = join(run, 'checkpoints');
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.training.safetensors'));
}
