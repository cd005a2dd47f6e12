import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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

  it.each(['train.ts', 'fit.ts'])('runs: examples/%s learns', { timeout: 200_000 }, (file) => {
    const done = spawnSync(process.execPath, [join(root, 'examples', file)], {
      encoding: 'utf8',
      timeout: 190_000,
    });
    expect(done.stderr).toBe('');
    expect(done.status).toBe(0);
    expect(Number(done.stdout.match(/([\d.]+) % right/)?.[1])).toBeGreaterThan(70);
  });

  it('names only commands that exist', () => {
    const commands = [...readme.matchAll(/npm (?:run )?(?!i\b)([a-z:]+)/g)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(4);
    for (const name of commands) expect(Object.keys(scripts)).toContain(name);
  });
});

const documents = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', '{benchmarks,classroom}/*.md'], {
  cwd: root,
});
describe('documents', () => {
  it('are found', () => {
    expect(documents.length).toBeGreaterThan(20);
  });

  it.each(documents)('%s: links lead to files and headings that exist', (document) => {
    for (const [link, path, , heading] of read(document).matchAll(/\]\(([^)#:]*)(#([^)]+))?\)/g)) {
      const target = path === '' ? document : join(dirname(document), path);
      expect(existsSync(join(root, target)), link).toBe(true);
      if (heading) expect(headings(target), link).toContain(heading);
    }
  });
});

function read(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

/** The names by which a page's headings are linked to. */
function headings(document: string): string[] {
  return [...read(document).matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
