import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { numbers } from './support/agrees.ts';
import { judge, run } from './support/ort.ts';

it('examples/onnx.ts writes a model that ONNX Runtime runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-onnx-'));
  try {
    const program = resolve(import.meta.dirname, '../../../examples/onnx.ts');
    const env = { ...process.env, TMPDIR: folder, TEMP: folder };
    const done = spawnSync(process.execPath, [program], { env, encoding: 'utf8', timeout: 100_000 });
    expect(done.stderr).toBe('');
    expect(done.stdout).toMatch(/pneumonia\.onnx: \d+ bytes/);
    const session = await judge(readFileSync(join(folder, 'pneumonia.onnx')));
    const { shape } = await run(session, numbers(5 * 28 * 28), [5, 1, 28, 28]);
    expect(shape).toEqual([5, 2]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
