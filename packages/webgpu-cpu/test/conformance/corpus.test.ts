import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compiled } from '../../conformance/corpus/judge.ts';
import { modulesIn } from '../../conformance/corpus/modules.ts';

it('finds whole files, and texts of compute shaders that nothing is put into, each once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-corpus-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'node_modules', 'other.wgsl'), '// of another project');
    writeFileSync(join(folder, 'a.wgsl'), 'fn a() {}');
    writeFileSync(join(folder, 'same.wgsl'), 'fn a() {}');
    const texts = ['@compute one', ['@compute $', '{x}'].join(''), 'none', '@compute two'];
    writeFileSync(join(folder, 'b.js'), texts.map((text) => `f(\`${text}\`);`).join(' '));
    expect(modulesIn(folder)).toEqual([
      { name: 'a.wgsl', code: 'fn a() {}' },
      { name: 'b.js#1', code: '@compute one' },
      { name: 'b.js#2', code: '@compute two' },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('says of a module whether it compiles', () => {
  const compute = '@compute @workgroup_size(1) fn main()';
  expect(compiled(`${compute} {}`)).toEqual({ verdict: 'compiles', reason: '' });
  expect(compiled('const x = 1;')).toEqual({ verdict: 'checked', reason: '' });
  expect(compiled(`${compute} { nothing(); }`)).toMatchObject({ verdict: 'invalid' });
  expect(compiled('@group(0) @binding(0) var t: texture_cube<f32>;')).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('texture_cube'),
  });
});
