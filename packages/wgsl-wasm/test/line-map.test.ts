import { describe, expect, it } from 'vitest';
import { representatives } from '../../wgsl-kernels/wgsl/list.ts';
import { disassemble } from '../src/encode/disassemble.ts';
import { compileKernel } from '../src/index.ts';
import { lineMap } from '../src/line-map.ts';

/** The instructions of a kernel with the number of the line that each comes from. */
function instructions(wgsl: string): string[] {
  const { text, lines } = lineMap(wgsl);
  return text.flatMap((line, at) => (lines[at] === null ? [] : [`${lines[at]} ${line.trim()}`]));
}

const module = (body: string) => `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
fn twice(v: f32) -> f32 {
  return v + v;
}
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
${body}
}`;

/** Lines of the instructions with this name. */
const linesOf = (name: string, wgsl: string) =>
  instructions(wgsl)
    .filter((line) => line.split(' ')[1] === name)
    .map((line) => Number(line.split(' ')[0]));

describe('the lines of a kernel', () => {
  it('are those of the expressions', () => {
    const wgsl = module(`  let a = sqrt(x[0]);
  let b = abs(
    a) *
    ceil(a);
  x[1] = b;`);
    expect(linesOf('f32x4.sqrt', wgsl)).toEqual([7]);
    expect(linesOf('f32.abs', wgsl)).toEqual([8]);
    expect(linesOf('f32.ceil', wgsl)).toEqual([10]);
    expect(linesOf('v128.load32_splat', wgsl)).toEqual([7]);
    expect(linesOf('f32.store', wgsl)).toEqual([11]);
  });

  it('are those of the function, wherever it is called', () => {
    expect(linesOf('f32.add', module('  x[0] = twice(x[0]);\n\n  x[1] = twice(x[1]);'))).toEqual([3, 3]);
  });

  it('are those of control flow', () => {
    const wgsl = module(`  if (x[id.x] > 1.0) {
    x[id.x] = 2.0;
  } else {
    x[id.x] = 3.0;
  }
  while (x[id.x] < 9.0) {
    x[id.x] *= 2.0;
  }`);
    const of = (name: string) => new Set(linesOf(name, wgsl));
    expect(of('else')).toEqual(new Set([7]));
    expect(of('loop')).toEqual(new Set([12]));
    expect(of('f32.gt')).toEqual(new Set([7]));
    expect(of('f32.lt')).toEqual(new Set([12]));
    expect([...of('f32.store')].sort((a, b) => a - b)).toEqual([8, 10, 13]);
  });

  it('stay with what was computed once, and with what moved out of a loop', () => {
    const wgsl = module(`  let n = u32(x[9]);
  for (var i = 0u; i < n; i++) {
    x[i] = f32(i) * sqrt(f32(n));
    x[i + 100u] = sqrt(f32(n));
  }`);
    expect(linesOf('f32x4.sqrt', wgsl)).toEqual([9]);
    const { text, lines } = lineMap(wgsl);
    const at = text.findIndex((line) => line.includes('f32x4.sqrt'));
    const loop = lines.findIndex((line, n) => line === 8 && text[n].trim() === 'loop');
    expect(at).toBeLessThan(loop);
  });

  it('are unknown where the text has none: the loop over workgroups, and the module', () => {
    const { text, lines } = lineMap(module('  x[id.x] = 1.0;'));
    expect(text[0]).toBe('(module');
    expect(lines[0]).toBeNull();
    expect(lines.at(-1)).toBeNull();
    expect(lines[text.findIndex((line) => line.trim() === 'i32.rem_u')]).toBeNull();
    expect(new Set(lines)).toEqual(new Set([null, 7]));
  });
});

describe.each(representatives.map((kernel) => ({ ...kernel, title: `${kernel.factory} ${kernel.form}` })))(
  '$title',
  ({ kernels }) => {
    it('becomes the same bytes with its lines, and each of them exists', () => {
      for (const { wgsl } of kernels) {
        const { text, lines } = lineMap(wgsl);
        expect(`${text.join('\n')}\n`).toBe(disassemble(compileKernel(wgsl).wasm));
        const source = wgsl.split('\n');
        const main = source.findIndex((line) => line.startsWith('@compute'));
        const [brackets, known] = [/^\s*[(})]/, lines.filter((line) => line !== null)];
        // Declarations of bindings and constants compute nothing.
        for (const line of new Set(known)) expect(source[line - 1]).not.toMatch(/^(@group|const |\/\/|$)/);
        expect(known.some((line) => line > main)).toBe(true);
        for (const [at, line] of text.entries()) if (brackets.test(line)) expect(lines[at]).toBeNull();
        // What is stored is assigned on its line. (A loop that may run for ever also notes its number, as i32.)
        const stores = text.flatMap((line, at) =>
          /(v128|f32)\.store/.test(line) && lines[at] !== null ? [lines[at]] : [],
        );
        for (const line of stores) expect(source[line - 1]).toMatch(/=|atomic|note/);
      }
    });
  },
);
