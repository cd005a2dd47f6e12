import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { buildSubmissionZip } from '../../src/report/index.ts';
import { shownCommand } from '../../src/run/config.ts';
import { RunFolder } from '../../src/run/folder.ts';
import { projectCode, projectFiles } from '../../src/run/project-files.ts';
import { submissionFiles } from '../../src/run/submission.ts';
import { fakeRun } from '../report/fake-run.ts';
import { workFolder } from './support.ts';

const root = resolve(import.meta.dirname, '../../../..');
const { work, remove } = workFolder();
afterAll(remove);

/** Runs a command in a folder. @returns its status and what it said. */
function run(folder: string, ...args: string[]) {
  const done = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 100_000,
    env: { ...process.env, VITEST: undefined, GLASSBOX_SOAK: undefined },
  });
  return { status: done.status, said: `${done.stdout}${done.stderr}` };
}

/**
 * What pnpm does, from the packages that are installed here: each package sees what it declares, the others from the
 * folder itself.
 */
function link(folder: string): void {
  const packages = ['', ...readdirSync(join(folder, 'packages')).map((name) => join('packages', name))];
  for (const path of packages) {
    const manifest = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'));
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
      const at = join(folder, path, 'node_modules', name);
      const own = name.startsWith('@glassbox/') ? join(folder, 'packages', name.split('/')[1]) : undefined;
      mkdirSync(dirname(at), { recursive: true });
      symlinkSync(own ?? join(root, path, 'node_modules', name), at);
    }
  }
}

describe('submission.zip', () => {
  it('holds code that runs and whose tests pass, in an empty folder', () => {
    const folder = join(work, 'run');
    const store = RunFolder.create(folder);
    const options = { tasks: ['1a'], chest: '../../home/somebody/chest.npz', data: 'auto' };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ options, data: [] }));
    for (const name of ['report.html', 'results.json']) writeFileSync(join(folder, name), 'x');
    const zip = unzipSync(buildSubmissionZip(submissionFiles(store, fakeRun(), projectCode())));
    const unpacked = join(work, 'unpacked');
    for (const [name, bytes] of Object.entries(zip)) {
      mkdirSync(dirname(join(unpacked, name)), { recursive: true });
      writeFileSync(join(unpacked, name), bytes);
    }
    const config = readFileSync(join(unpacked, 'config.json'), 'utf8');
    expect(config).toContain('"chest":"chest.npz"');
    const page = readFileSync(join(unpacked, 'README.md'), 'utf8');
    expect(page).toMatch(/What was left out[\s\S]*images[\s\S]*weights[\s\S]*node_modules/);
    // Every command that the page names is one of the code's.
    const { scripts } = JSON.parse(readFileSync(join(unpacked, 'code', 'package.json'), 'utf8'));
    for (const [, name] of page.matchAll(/^npm (?:run )?([a-z:]+)/gm)) expect(scripts).toHaveProperty(name);

    const there = join(unpacked, 'code');
    link(there);
    expect(run(there, 'scripts/check-layers.ts')).toEqual({ status: 0, said: '' });
    const test = 'packages/medmnist/test/npy.test.ts';
    const tested = run(there, 'node_modules/vitest/vitest.mjs', 'run', '--maxWorkers', '1', test);
    expect(tested.said).toMatch(/Tests.*passed/);
    expect(tested.status, tested.said).toBe(0);
    const explained = run(
      there,
      'packages/experiments/src/cli/explain.ts',
      'relu',
      '--device',
      'wasm',
      '--threads',
      '1',
    );
    expect(explained.said).toContain('relu');
    expect(explained.status, explained.said).toBe(0);
  });

  it.runIf(existsSync(join(root, '.git')))('holds every file of the project', () => {
    const tracked = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).stdout;
    const files = tracked.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
    expect(projectFiles()).toEqual(expect.arrayContaining(files));
  });

  it('shows commands without the folders of this machine', () => {
    expect(shownCommand('npm run practical', [])).toBe('npm run practical');
    expect(
      shownCommand('npm run practical', [
        '1a',
        '--chest',
        '/home/somebody/a b.npz',
        '--data=/data/mine',
        '--skip-unreadable=/data/a',
        '--out',
        'runs/x',
      ]),
    ).toBe('npm run practical -- 1a --chest "…/a b.npz" --data=…/mine --skip-unreadable=…/a --out runs/x');
  });
});
