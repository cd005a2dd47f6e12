import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as kernels from '../src/index.ts';
import { filesThere, wgslFiles, wgslFolder } from '../wgsl/files.ts';
import { representatives } from '../wgsl/list.ts';

const source = join(import.meta.dirname, '../src');
const advice = 'run `npm run wgsl` and look at what changed (git diff packages/wgsl-kernels/wgsl)';
const files = wgslFiles();

/** Exported functions that return a kernel or a plan, by file; those that others are built with are left out. */
const builders = ['linearKernel', 'blockKernel', 'mapKernel', 'singleKernel', 'concatPlans', 'buildTuned'];
const factories = globSync('**/*.ts', { cwd: source }).flatMap((path) => {
  const text = readFileSync(join(source, path), 'utf8');
  const parameters = String.raw`\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)`;
  const declaration = new RegExp(
    `export function (\\w+)${parameters}: (?:Kernel|KernelPlan|JoinedKernel) \\{`,
    'g',
  );
  return [...text.matchAll(declaration)]
    .map(([, name]) => ({ name, folder: path.replaceAll('\\', '/').split('/')[0].replace(/\.ts$/, '') }))
    .filter(({ name }) => name in kernels && !builders.includes(name));
});

describe('wgsl/', () => {
  it('has the file of each row in list.ts, and no other', () => {
    expect(filesThere(), advice).toEqual([...files.keys()].sort());
  });

  it.each([...files])('%s is what its factory makes', (path, text) => {
    const file = join(wgslFolder, path);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no file', advice).toBe(text);
  });

  it.each(factories)('$name has a row in list.ts', ({ name, folder }) => {
    const rows = representatives.filter(({ factory }) => factory === name);
    expect(rows.length, `list.ts has no row of ${name}; add one, then ${advice}`).toBeGreaterThan(0);
    for (const row of rows) expect(row.folder).toBe(folder);
    const own = new RegExp(`^${folder}/${name}[-.]`);
    expect([...files.keys()].filter((path) => own.test(path)).length, advice).toBeGreaterThan(0);
  });

  it('has rows of factories only', () => {
    expect(factories.length).toBeGreaterThan(60);
    const names = new Set(factories.map(({ name }) => name));
    expect(representatives.map(({ factory }) => factory).filter((name) => !names.has(name))).toEqual([]);
  });
});
