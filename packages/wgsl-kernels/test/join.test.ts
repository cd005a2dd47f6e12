import { describe, expect, it } from 'vitest';
import {
  axpy,
  fill,
  joinKernels,
  linearKernel,
  machines,
  randomUniform,
  reads,
  readsWrites,
  rowMajor,
} from '../src/index.ts';

const machine = { ...machines.softwareGpu, workgroupSize: 16 };

describe('joinKernels', () => {
  it('binds a range that two kernels read once, and gives each kernel whole workgroups', () => {
    const { kernel, operands } = joinKernels([
      { kernel: axpy(100, 1, machine), operands: [7, 8] },
      { kernel: axpy(100, 0.5, machine), operands: [7, 9] },
      { kernel: fill(1, rowMajor([2, 5]), 'f32', machine), operands: [3] },
    ]);
    // The whole text: ../wgsl/join/joinKernels.wgsl.
    expect(kernel.name).toBe('axpy + axpy + fill');
    expect(operands).toEqual([7, 8, 9, 3]);
    // 25 and 25 invocations in two workgroups each, 6 in one.
    expect(kernel.workgroups).toEqual([5, 1, 1]);
  });

  it('keeps helper functions, structures, members and swizzles apart', () => {
    const part = (factor: number) =>
      linearKernel({
        name: 'pair',
        about: 'y = factor (a, b)',
        bindings: [reads('x', 'array<vec2<f32>>'), readsWrites('y', 'array<f32>')],
        invocations: 4,
        workgroupSize: 4,
        declarations: `struct Pair { x: f32, b: f32 }
const factor = ${factor}.0;
fn make(v: vec2<f32>) -> Pair { return Pair(v.x, v.y); }`,
        body: 'let p = make(x[i]);\ny[i] = factor * (p.b + p.x);',
        flop: 8,
        bytes: 48,
      });
    const { wgsl } = joinKernels([
      { kernel: part(2), operands: [0, 1] },
      { kernel: part(3), operands: [0, 2] },
    ]).kernel;
    for (const [n, factor] of [2, 3].entries()) {
      expect(wgsl).toContain(`
struct Pair_${n} { x: f32, b: f32 }
const factor_${n} = ${factor}.0;
fn make_${n}(v: vec2<f32>) -> Pair_${n} { return Pair_${n}(v.x, v.y); }

fn part${n}(i: u32) {
  let p = make_${n}(x_0[i]);
  y_${n}[i] = factor_${n} * (p.b + p.x);
}
`);
    }
  });

  it('names the functions of every part anew', () => {
    const spec = { layout: rowMajor([4, 8]), low: 0, high: 1, stream: 1 };
    const random = randomUniform(spec, machine);
    const operands = random.bindings.map((_, index) => index);
    const { wgsl, flop } = joinKernels([
      { kernel: random, operands },
      { kernel: random, operands: operands.map((operand) => operand + 10) },
    ]).kernel;
    const functions = (text: string) => [...text.matchAll(/^fn (\w+)/gm)].map(([, name]) => name);
    const own = functions(random.wgsl).filter((name) => name !== 'main');
    expect(own).toContain('philox');
    expect(functions(wgsl)).toEqual([
      ...[0, 1].flatMap((part) => [...own.map((name) => `${name}_${part}`), `part${part}`]),
      'main',
    ]);
    expect(flop).toBe(2 * random.flop);
  });

  it('refuses what it cannot join', () => {
    const { source: _, ...foreign } = axpy(100, 1, machine);
    expect(() => joinKernels([{ kernel: foreign, operands: [0, 1] }])).toThrow(
      'axpy was not made by linearKernel',
    );
    expect(() =>
      joinKernels([
        { kernel: axpy(100, 1, machine), operands: [0, 1] },
        { kernel: axpy(100, 1, { ...machine, workgroupSize: 64 }), operands: [2, 3] },
      ]),
    ).toThrow('workgroups of 16, 64 invocations');
  });
});
