import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe('README', () => {
  it('shows examples/train.ts as it is', () => {
    const [, snippet] = readme.match(/```ts\n([\s\S]*?)```/) ?? [];
    expect(snippet).toBe(readFileSync(join(root, 'examples', 'train.ts'), 'utf8'));
  });

  it.each([
    ['train.ts', /([\d.]+) % right/, 70],
    ['fit.ts', /AUC ([\d.]+)/, 0.75],
  ] as const)('runs: examples/%s learns', { timeout: 200_000 }, (file, score, least) => {
    const done = spawnSync(process.execPath, [join(root, 'examples', file)], {
      encoding: 'utf8',
      timeout: 190_000,
    });
    expect(done.stderr).toBe('');
    expect(done.status).toBe(0);
    expect(Number(done.stdout.match(score)?.[1])).toBeGreaterThan(least);
  });

  it('names only commands that exist', () => {
    const commands = [...readme.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(4);
    for (const name of commands) expect(Object.keys(scripts)).toContain(name);
  });

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path);
    expect(links.length).toBeGreaterThan(10);
    for (const path of links) expect(existsSync(join(root, path)), path).toBe(true);
  });
});
