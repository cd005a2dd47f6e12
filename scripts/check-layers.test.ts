import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'glassbox-layers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function check(): string[] {
  const { stderr, status } = spawnSync(process.execPath, [join(root, 'scripts/check-layers.ts'), folder], {
    encoding: 'utf8',
  });
  const problems = stderr.split('\n').filter((line) => line !== '' && !line.includes('Warning'));
  expect(status).toBe(problems.length > 0 ? 1 : 0);
  return problems;
}

it('finds what breaks the layers, and nothing where nothing does', () => {
  for (const file of globSync(['packages/*/package.json', '{benchmarks,classroom}/package.json'], {
    cwd: root,
  })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  write(
    'packages/nn/src/a.ts',
    `import { relu } from '@glassbox/tensor-core/functions';
import { parseCommandLine } from '@glassbox/host/command-line';
import { b } from './deep/b.ts';`,
  );
  write('packages/nn/src/deep/b.ts', `import { c } from '../c.ts';`);
  expect(check()).toEqual([]);

  write('packages/nn/src/c.ts', `import type { A } from\n  './a.ts';`);
  expect(check()).toEqual([
    'packages/nn: a.ts imports deep/b.ts imports c.ts imports a.ts; move what both need into a file below them',
  ]);

  write(
    'packages/nn/src/deep/b.ts',
    `export { x } from '../../../options/src/check.ts';\nimport '../../test/x.ts';`,
  );
  write('packages/nn/src/c.ts', `const y = await import('@glassbox/tensor-core/testing');`);
  write('packages/nn/src/d.ts', `import { relu } from '@glassbox/tensor-core';`);
  write('packages/glassbox/src/functions.ts', `export * from '@glassbox/tensor-core';`);
  write('packages/glassbox/src/index.ts', `export * from '@glassbox/tensor-core';`);
  write(
    'packages/options/package.json',
    '{ "exports": { ".": "" }, "dependencies": { "@glassbox/nn": "workspace:*" } }',
  );
  write('packages/new/package.json', '{}');
  const withMethods = 'imports @glassbox/tensor-core with its methods, not @glassbox/tensor-core/functions';
  rmSync(join(folder, 'packages/file-kinds'), { recursive: true });
  expect(check().sort()).toEqual([
    'packages/file-kinds is in the table of layers, but no package',
    `packages/glassbox/src/functions.ts: ${withMethods}`,
    'packages/new is a package, but not in the table of layers',
    'packages/nn/src/c.ts: imports @glassbox/tensor-core/testing, which no package exports',
    `packages/nn/src/d.ts: ${withMethods}`,
    "packages/nn/src/deep/b.ts: imports ../../../options/src/check.ts outside of its package; use the package's name",
    "packages/nn/src/deep/b.ts: imports ../../test/x.ts outside of its package; use the package's name",
    'packages/options/package.json: may not depend on @glassbox/nn; allowed: none',
  ]);
});
