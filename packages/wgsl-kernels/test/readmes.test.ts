import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { matmulForms } from '../src/matmul/forms.ts';
import { reduceForms } from '../src/reduce/forms.ts';
import { representatives } from '../wgsl/list.ts';

/**
 * Each kernel folder has a page that names its files, its kernels and its forms. That of conv2d, whose forms are in
 * several tables, has a test of its own.
 */
const source = join(import.meta.dirname, '../src');
const folders = globSync('*/index.ts', { cwd: source })
  .map((path) => path.replace(/[/\\]index\.ts$/, ''))
  .filter((folder) => folder !== 'conv2d');
const forms: Readonly<Record<string, object>> = { matmul: matmulForms, reduce: reduceForms };

describe.each(folders)('src/%s/README.md', (folder) => {
  const page = readFileSync(join(source, folder, 'README.md'), 'utf8');

  it('names each file', () => {
    const files = globSync('**/*.ts', { cwd: join(source, folder) })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => !path.endsWith('index.ts'));
    expect(files.filter((file) => !page.includes(`${file}\``))).toEqual([]);
  });

  it('names each kernel and each form of the table', () => {
    const names = representatives.filter((row) => row.folder === folder).map(({ factory }) => factory);
    expect(names.length).toBeGreaterThan(0);
    for (const name of [...names, ...Object.keys(forms[folder] ?? {})]) expect(page).toContain(`\`${name}\``);
  });

  it('links to what is there, and fits its page', () => {
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !existsSync(join(source, folder, link)))).toEqual([]);
    expect(page.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });
});

it('no source is wider than 120 columns', () => {
  const files = globSync('{src,test,wgsl}/**/*.ts', { cwd: join(source, '..') });
  const wide = files.flatMap((path) =>
    readFileSync(join(source, '..', path), 'utf8')
      .split('\n')
      .flatMap((line, n) => (line.length > 120 ? [`${path}:${n + 1}`] : [])),
  );
  expect(files.length).toBeGreaterThan(80);
  expect(wide).toEqual([]);
});

it('every folder has one', () => {
  expect(folders.length).toBeGreaterThan(10);
});
