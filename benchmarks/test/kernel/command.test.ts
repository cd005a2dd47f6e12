import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-kernel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** What the command prints to stdout. */
async function bench(...args: string[]): Promise<string> {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  vi.spyOn(console, 'error').mockImplementation(() => {});
  await main(['kernel', ...args]);
  return lines.join('\n');
}

const shape = ['--shape', '2x4x6x6', '--out-channels', '4'];
const device = ['--device', 'wasm', '--threads', '1', '--out', folder];
const file = join(folder, 'my.wgsl');

describe('npm run bench -- kernel', () => {
  it('prints a kernel to start from, which can then be compared', async () => {
    const text = await bench('--print', 'conv2dForward', ...shape, ...device);
    expect(text).toMatch(/^\/\/ conv2dForward\n/);
    expect(text).toContain('[2,4,6,6]');
    writeFileSync(file, text);
    const args = [file, '--against', 'conv2dForward', ...shape, ...device, '--rounds', '3'];
    const [row] = (await bench(...args, '--json')).split('\n').map((line) => JSON.parse(line));
    expect(row).toMatchObject({
      kernel: 'conv2dForward',
      shape: [2, 4, 6, 6],
      rounds: 3,
      device: 'wasm',
      wgsl: text,
    });
    expect(row.choices).toEqual({ outChannels: 4, kernelSize: 3, stride: 2, padding: 1 });
    expect(JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')).runs[0].results).toEqual([row]);
    // The table is saved, whatever is printed.
    expect(readFileSync(join(folder, 'kernel.md'), 'utf8')).toMatch(
      /^\| built-in \| [\d.]+ \| [\d.]+ - [\d.]+ \|/m,
    );
  });

  it('does not time a kernel that is wrong, and says which element is', async () => {
    const right = await bench('--print', 'addForward', '--shape', '4x4', ...device);
    writeFileSync(file, right.replace(/(y\[\w+\] = )([^;]+);/, '$1-($2);'));
    const wrong = bench(file, '--against', 'add', '--shape', '4x4', ...device);
    await expect(wrong).rejects.toThrow(
      /my\.wgsl is wrong, and is not timed: y\[0, 0\] is .* 16 of 16 elements/,
    );
    await expect(wrong).rejects.not.toBeInstanceOf(UsageError);
  });

  it('shows the line that does not compile, after the name of the file', async () => {
    writeFileSync(file, '@compute @workgroup_size(1)\nfn main() {\n  let x = y;\n}\n');
    const broken = bench(file, '--against', 'reluForward', ...device);
    await expect(broken).rejects.toBeInstanceOf(UsageError);
    await expect(broken).rejects.toThrow(/my\.wgsl: 3:11: error: .*\n {2}let x = y;\n {10}\^/);
  });

  it('times any kernel by itself on webgpu-cpu', async () => {
    const text = `override scale = 2.0;
struct Sizes { factor: f32, n: u32 }
struct Rows { count: atomic<u32>, rows: array<vec3f> }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(1) @binding(3) var<storage, read_write> a: Rows;
var<immediate> more: vec2u;
@compute @workgroup_size(8, 2) fn scaled(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x * 2 + id.y;
  if (i < sizes.n) { a.rows[i] *= scale * sizes.factor + f32(more.y); atomicAdd(&a.count, 1); }
}
@compute @workgroup_size(1) fn other() {}`;
    writeFileSync(file, text);
    const args = [file, '--device', 'cpu', '--threads', '1', '--out', folder, '--seconds', '0.05', '--json'];
    const [row] = (await bench(...args, '--entry', 'scaled', '--elements', '100'))
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(row).toMatchObject({
      entryPoint: 'scaled',
      elements: 100,
      workgroupSize: [8, 2, 1],
      workgroups: [7, 1, 1],
      bytes: 16 + 16 + 16 + 1600,
      wgsl: text,
    });
    expect(row.ms).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(join(folder, 'kernel-alone.json'), 'utf8')).runs[0].results).toEqual([
      row,
    ]);
    const alone = (...more: string[]) => bench(...args.slice(0, 3), ...more);
    await expect(alone()).rejects.toThrow(
      'The compute shaders of the text are scaled, other; name one by --entry',
    );
    await expect(alone('--entry', 'scaled', '--elements', '4000000000')).rejects.toThrow(UsageError);
    for (const other of [
      ['--against', 'matmul'],
      ['--stride', '2'],
      ['--rounds', '4'],
    ]) {
      await expect(alone(...other)).rejects.toThrow(`takes no ${other[0]}; for that, --device wasm`);
    }
  });

  it.each([
    [[file, '--against', 'matmul', '--elements', '4'], '--elements is for --device cpu'],
    [[], 'FILE and --against NAME, or --print NAME'],
    [[file], 'FILE and --against NAME, or --print NAME'],
    [[file, '--print', 'matmul'], '--print takes no FILE'],
    [['--against', 'matmul'], 'Expected a FILE'],
    [[file, '--against', 'matmull'], 'did you mean matmul'],
    [[file, '--against', 'matmul', '--shape', '2x2'], 'matmul takes M,K,N'],
    [[file, '--against', 'matmul', '--part', '7'], 'no part 7'],
    [[file, '--against', 'matmul', '--grid', '7'], '--grid 7: expected three numbers'],
    [[file, '--against', 'matmul', '--rounds', '1'], '--rounds 1'],
    [[join(folder, 'none.wgsl'), '--against', 'matmul'], 'cannot be read (ENOENT)'],
    [[folder, '--against', 'matmul'], 'cannot be read (EISDIR)'],
    [[file, file, '--against', 'matmul'], 'Unexpected argument'],
  ])('refuses %j', async (args, reason) => {
    writeFileSync(file, '');
    const refused = bench(...args, ...device);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    await expect(refused).rejects.toThrow(reason);
  });
});
