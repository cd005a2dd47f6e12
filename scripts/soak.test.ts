import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { amount, cases } from './soak/amount.ts';
import { jobs } from './soak/jobs.ts';

const root = resolve(import.meta.dirname, '..');
const soak = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts', 'soak.ts'), ...args], { encoding: 'utf8' });

describe('npm run soak', () => {
  it.each(jobs)('$name runs tests that do more for it', ({ files }) => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(existsSync(join(root, file)), file).toBe(true);
      expect(readFileSync(join(root, file), 'utf8'), file).toMatch(/soak\/amount\.ts/);
    }
  });

  it('lists what there is, and refuses what there is not', () => {
    expect(soak('--list').stdout.trim().split('\n')).toEqual(jobs.map(({ name }) => name));
    const { stdout: help } = soak('--help');
    for (const { name, about } of jobs) expect(help).toContain(`${name.padEnd(13)}${about}`);
    for (const [args, message] of [
      [['nothing'], /no soak test 'nothing': there are archives, /],
      [['--quick'], /Unknown option '--quick'/],
      [['kills', '--seed', 'x'], /--seed x: expected a whole number/],
      [['kills', '--seed', ''], /expected a whole number/],
    ] as const) {
      const { status, stderr } = soak(...args);
      expect(stderr).toMatch(message);
      expect(stderr).toContain('Try --help.');
      expect(status).toBe(2);
    }
  });
});

describe('how much is done', () => {
  const before = process.env.GLASSBOX_SOAK;
  afterEach(() => {
    if (before === undefined) delete process.env.GLASSBOX_SOAK;
    else process.env.GLASSBOX_SOAK = before;
  });

  it.each([
    [undefined, 4, 300],
    ['', 4, 300],
    ['0', 4, 300],
    ['1', 200, 10_000],
    ['37', 37, 37],
  ])('GLASSBOX_SOAK=%s', (wanted, kills, fuzzed) => {
    if (wanted === undefined) delete process.env.GLASSBOX_SOAK;
    else process.env.GLASSBOX_SOAK = wanted;
    expect([amount(4, 200), cases(300)]).toEqual([kills, fuzzed]);
  });
});
