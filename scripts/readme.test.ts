import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

  it('runs: the example learns', { timeout: 200_000 }, () => {
    const done = spawnSync(process.execPath, [join(root, 'examples', 'train.ts')], {
      encoding: 'utf8',
      timeout: 190_000,
    });
    expect(done.stderr).toBe('');
    expect(done.status).toBe(0);
    const area = Number(done.stdout.match(/AUC ([\d.]+)/)?.[1]);
    expect(area).toBeGreaterThan(0.75);
  });

  it('names only commands that exist', () => {
    const commands = [...readme.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(4);
    for (const name of commands) expect(Object.keys(scripts)).toContain(name);
  });
});
