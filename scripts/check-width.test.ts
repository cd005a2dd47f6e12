import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

it('finds lines wider than 120 columns, in sources and documents of this project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-width-'));
  const write = (file: string, ...widths: number[]) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), widths.map((width) => 'ü'.repeat(width)).join('\n'));
  };
  const check = () =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'check-width.ts'), folder], { encoding: 'utf8' });
  try {
    write('README.md', 120);
    write('packages/metrics/src/a.ts', 80, 120);
    // None of these is looked at.
    write('pnpm-lock.yaml', 121);
    write('packages/metrics/node_modules/a/a.js', 121);
    write('benchmarks/.peers/a.js', 121);
    write('runs/1/answers.html', 121);
    write('packages/metrics/test/fixtures/a.json', 121);
    expect(check()).toMatchObject({ status: 0 });

    write('README.md', 120, 121);
    write('benchmarks/src/b.ts', 140, 3, 121);
    const { status, stderr } = check();
    expect(status).toBe(1);
    expect(stderr.split('\n').filter((line) => line.includes('columns'))).toEqual([
      'README.md:2: 121 columns; at most 120 are allowed',
      'benchmarks/src/b.ts:1: 140 columns; at most 120 are allowed',
      'benchmarks/src/b.ts:3: 121 columns; at most 120 are allowed',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
