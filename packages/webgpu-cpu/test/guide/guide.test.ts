/** docs/test-your-wgsl.md shows programs as they are, and they run. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../../..');
const page = readFileSync(join(root, 'docs/test-your-wgsl.md'), 'utf8');
const programs = [...page.matchAll(/```(?:js|ts)\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, file, code]) => ({
  file,
  code,
}));

describe('docs/test-your-wgsl.md', () => {
  it('names the file of each program', () => {
    expect(programs).toHaveLength(6);
    expect(page.match(/```(js|ts)\n/g)).toHaveLength(6);
  });

  it.each(programs)('shows $file as it is', ({ file, code }) => {
    expect(readFileSync(join(root, file), 'utf8')).toBe(code);
  });

  it('shows a program that passes under node --test, and fails where it should', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
        cwd: import.meta.dirname,
        encoding: 'utf8',
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: '' },
      });
    const passed = run('--test', 'node.mjs');
    expect(passed).toMatchObject({ status: 0 });
    expect(passed.stdout).toMatch(/pass 2\b/);
    const source = readFileSync(join(import.meta.dirname, 'node.mjs'), 'utf8');
    const wrong = source.replace('[2, 5, -6]', '[2, 5, 6]').replaceAll("'./", `'${import.meta.dirname}/`);
    const failed = run('--input-type=module', '--eval', wrong);
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('doubles numbers');
  });
});
