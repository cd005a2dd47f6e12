import type { Corpus } from './index.ts';

const kernel = (body: string, before = '') =>
  `enable subgroups; ${before} @group(0) @binding(0) var<storage, read_write> o: array<u32>; ` +
  `@compute @workgroup_size(8) fn main(@builtin(local_invocation_index) i: u32) { ${body} }`;

export const subgroups: Corpus = {
  subject: 'subgroups',
  modules: {
    valid: [
      kernel('let x = subgroupAdd(i) + subgroupExclusiveMul(2u) + subgroupMax(o[i]);'),
      kernel(
        'let x: vec2f = subgroupInclusiveAdd(vec2f(1)); let y: f32 = subgroupMin(1.5); _ = subgroupMul(1);',
      ),
      kernel('let x: u32 = subgroupAnd(i) | subgroupOr(1u); let y: vec3i = subgroupXor(vec3i());'),
      kernel(
        'let a: bool = subgroupAll(true); let c: bool = subgroupAny(i > 1); let b: vec4u = subgroupBallot(a);',
      ),
      kernel('let e: bool = subgroupElect(); let x = subgroupBroadcastFirst(vec4f());'),
      kernel('let x = subgroupBroadcast(i, 127u) + subgroupBroadcast(i, 3i); let y = quadBroadcast(i, 3);'),
      kernel('let x = subgroupShuffle(i, o[i]) + subgroupShuffle(i, 2i) + subgroupShuffleXor(i, 1);'),
      kernel(
        'let x = subgroupShuffleUp(i, 1u) + subgroupShuffleDown(i, 2); let y = quadSwapX(1f) + quadSwapY(2f);',
      ),
      kernel('let x = quadSwapDiagonal(vec2u(i));'),
      kernel('if i > 2 { let x = subgroupAdd(i); }', 'diagnostic(off, subgroup_uniformity);'),
      kernel('@diagnostic(warning, subgroup_uniformity) if i > 2 { let x = subgroupAdd(i); }'),
      'enable subgroups; @compute @workgroup_size(8) fn main(@builtin(subgroup_size) n: u32, ' +
        '@builtin(subgroup_invocation_id) s: u32) { if n > 4 { let x = subgroupAdd(s); } }',
      'enable subgroups; @fragment fn f() { let x = subgroupAdd(1); }',
    ],
    invalid: [
      'fn f() { let x = subgroupAdd(1); }',
      '@compute @workgroup_size(8) fn main(@builtin(subgroup_size) n: u32) {}',
      kernel('subgroupAdd(i);'),
      kernel('let x = subgroupAdd();'),
      kernel('let x = subgroupAdd(i, 1);'),
      kernel('let x = subgroupAdd(true);'),
      kernel('let x = subgroupAnd(1.0);'),
      kernel('let x = subgroupAll(1u);'),
      kernel('let x = subgroupAny(vec2<bool>());'),
      kernel('let x = subgroupElect(i);'),
      kernel('let x = subgroupBroadcast(i, i);'),
      kernel('let x = subgroupBroadcast(i, 128);'),
      kernel('let x = subgroupBroadcast(i, -1);'),
      kernel('let x = quadBroadcast(i, 4);'),
      kernel('let x = subgroupShuffleUp(i, 1i);'),
      kernel('let x = subgroupShuffleUp(i, i);'),
      kernel('let x = subgroupShuffle(i, 1.0);'),
      kernel('let x = subgroupShuffle(i, 128);'),
      kernel('const x = subgroupAdd(1);'),
      kernel('if i > 2 { let x = subgroupAdd(i); }'),
      kernel('if subgroupAny(i > 2) { let x = subgroupAdd(i); }'),
      'enable subgroups; @vertex fn v() -> @builtin(position) vec4f { _ = subgroupAdd(1); return vec4f(); }',
      'enable subgroups; override x = subgroupAdd(1);',
    ],
  },
};
