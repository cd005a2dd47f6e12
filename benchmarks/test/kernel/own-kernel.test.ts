import { machines } from '@glassbox/wgsl-kernels';
import { WgslError } from '@glassbox/wgsl-wasm';
import { describe, expect, it } from 'vitest';
import { OwnKernelError, ownKernel } from '../../src/kernel/own-kernel.ts';
import { subjectOf } from '../../src/kernel/subject.ts';

const { builtIn } = subjectOf({ name: 'matmul', shape: [8, 12, 16] }, machines.cpu);
const { wgsl } = builtIn;
const taken = (text: string, grid?: [number, number, number]) => ownKernel(text, builtIn, grid);

describe('an own kernel', () => {
  it('may be written in other words: what counts is what is declared', () => {
    const other = wgsl
      .replaceAll('array<vec4<f32>>', 'array<vec4f>')
      .replace('fn main', '/* mine */ fn main');
    const { kernel, note } = taken(other);
    expect(note).toBeUndefined();
    expect(kernel).toMatchObject({ wgsl: other, bindings: builtIn.bindings, workgroups: builtIn.workgroups });
    expect([kernel.flop, kernel.bytes]).toEqual([builtIn.flop, builtIn.bytes]);
    // Otherwise the device could join the text that the built-in kernel was made of.
    expect(kernel.source).toBeUndefined();
  });

  it.each([
    [
      'a name',
      wgsl.replace(/\bb:/, 'right:').replaceAll(/\bb\[/g, 'right['),
      /Binding 1.*matmul: .* b: array.*right: array/s,
    ],
    [
      'a type',
      wgsl
        .replace('b: array<vec4<f32>>', 'b: array<vec4<u32>>')
        .replaceAll(/\bb(\[[^\]]*\])/g, 'vec4<f32>(b$1)'),
      /Binding 1 differs.*vec4<f32>.*vec4<u32>/s,
    ],
    [
      'an access',
      wgsl.replace('var<storage, read> a', 'var<storage, read_write> a'),
      /Binding 0 differs.*read_write> a/s,
    ],
    [
      'one more',
      `@group(0) @binding(3) var<storage, read_write> d: array<u32>;\n${wgsl}`,
      /binds .*binding\(3\).* d: array<u32>, which matmul does not have/,
    ],
    [
      'one less',
      '@group(0) @binding(0) var<storage, read> a: array<vec4f>;\n@compute @workgroup_size(1) fn main() { _ = &a; }',
      /Binding 1 differs.*the text: none/s,
    ],
    [
      'an unused one',
      `${wgsl.slice(0, wgsl.indexOf('@compute'))}\n@compute @workgroup_size(1) fn main() { _ = &a; _ = &c; }`,
      /does not use b/,
    ],
    [
      'no entry point',
      wgsl.slice(0, wgsl.indexOf('@compute')),
      /one @compute function, called main; it has none/,
    ],
    ['another entry point', wgsl.replace('fn main', 'fn start'), /called main; it has start/],
  ])('differs in %s, and the error says so', (_, text, message) => {
    expect(() => taken(text)).toThrow(OwnKernelError);
    expect(() => taken(text)).toThrow(message);
  });

  it('shows line, column and the text of the line where it does not compile', () => {
    const lines = wgsl.split('\n');
    const at = lines.findIndex((line) => line.startsWith('@compute')) + 2;
    const text = lines.toSpliced(at, 0, '  let half = 1.5 + true;').join('\n');
    expect(() => taken(text)).toThrow(WgslError);
    expect(() => taken(text)).toThrow(
      new RegExp(`^${at + 1}:\\d+: error: .*\\n  let half = 1.5 \\+ true;\\n +\\^`),
    );
  });

  it('gets as many invocations with another size of workgroups, or the grid that is asked for', () => {
    const [, size] = wgsl.match(/@workgroup_size\((\d+)\)/)!;
    const invocations = builtIn.workgroups.reduce((product, count) => product * count, Number(size));
    const wider = taken(wgsl.replace(/@workgroup_size\(\d+\)/, '@workgroup_size(8, 2)'));
    expect(wider.kernel.workgroups).toEqual([Math.ceil(invocations / 16), 1, 1]);
    expect(wider.note).toContain(`for the ${invocations} invocations of matmul`);
    const asked = taken(wgsl, [2, 3, 4]);
    expect(asked.kernel.workgroups).toEqual([2, 3, 4]);
    expect(asked.note).toContain('2x3x4');
    expect(() => taken(wgsl, [0, 1, 1])).toThrow(/from 1 to 65535/);
  });

  it('refuses a text longer than any kernel', () => {
    expect(() => taken(`${wgsl}${' '.repeat(2 ** 20)}`)).toThrow(/characters/);
  });
});

describe('what is compared', () => {
  it('replaces the kernel that computes most, or the one that is asked for', () => {
    const gradient = (part?: number) =>
      subjectOf({ name: 'conv2dInputGradient', shape: [2, 8, 6, 6], part }, machines.gpu);
    const names = gradient().example.kernels.map(({ name }) => name);
    expect(names).toEqual(['transposeFilter', 'conv2dInputGradient']);
    expect(gradient().builtIn.name).toBe('conv2dInputGradient');
    expect(gradient(1).builtIn.name).toBe('transposeFilter');
    expect(() => gradient(3)).toThrow(/no part 3: it has 1 transposeFilter, 2 conv2dInputGradient/);
  });

  it.each([
    [{ name: 'conv3d' }, /no kernel 'conv3d'/],
    [{ name: 'toString' }, /no kernel 'toString'/],
    [{ name: 'matmul', shape: [2, 3] }, /matmul takes M,K,N, .* and not 2x3/],
    [{ name: 'matmul', shape: [2, -3, 4] }, /whole numbers above 0/],
    [{ name: 'matmul', shape: [2, 1.5, 4] }, /whole numbers above 0/],
    [{ name: 'matmul', shape: [1e6, 1e6, 1] }, /too many to be checked/],
    [{ name: 'sum', shape: [] }, /sum takes/],
    [{ name: 'matmul', choices: { stride: 2 } }, /matmul has no stride/],
    [{ name: 'conv2dForward', choices: { kernelSize: 1e6 } }, /kernelSize 1000000: expected .* from 1 to 32/],
    [{ name: 'conv2dForward', choices: { padding: -1 } }, /padding -1/],
  ])('refuses %j', (wanted, message) => {
    expect(() => subjectOf(wanted, machines.cpu)).toThrow(RangeError);
    expect(() => subjectOf(wanted, machines.cpu)).toThrow(message);
  });
});
