import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Guides show code that is in the repository: each block says from which file, and `…` stands for lines that are left
 * out.
 */
const root = resolve(import.meta.dirname, '..');
const guides = readdirSync(join(root, 'docs'))
  .filter((name) => name.startsWith('adding-'))
  .map((name) => `docs/${name}`);

describe.each(guides)('%s', (guide) => {
  const text = readFileSync(join(root, guide), 'utf8');
  const blocks = [...text.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, file, code]) => ({
    file,
    code,
  }));

  it('names the file of each block of code', () => {
    expect(blocks.length).toBeGreaterThan(2);
    expect(blocks.length).toBe(text.match(/```ts\n/g)?.length);
  });

  it.each(blocks)('shows $file as it is', ({ file, code }) => {
    const source = readFileSync(join(root, file), 'utf8');
    for (const part of code.split('…\n')) expect(source).toContain(part);
  });

  it('names only files that exist', () => {
    const named = [...text.matchAll(/`((?:packages|scripts|docs)\/[\w./-]+\.\w+)`/g)].map(([, file]) => file);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
