import type { Corpus } from './index.ts';

export const uniformity: Corpus = {
  subject: 'uniformity',
  modules: {
    valid: [
      'fn f() { loop { var v = 0; if true { v = 1; continue; } v = 2; continuing { if v == 0 { workgroupBarrier(); ' +
        '} break if true; } } }',
      `var<workgroup> a: atomic<u32>; @compute @workgroup_size(1) fn f() { let x: u32 = workgroupUniformLoad(&a); }`,
      'var<workgroup> a: array<u32,2>; @compute @workgroup_size(1) ' +
        'fn f() { let x = workgroupUniformLoad(&a[1]); let b = workgroupUniformLoad(&a);}',
      'var<workgroup> w: u32; @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { let x = workgroupUniformLoad(&w); ' +
        'if x == 0 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { for (var j = 0u; j < 4; j++) ' +
        '{ workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { for (var j = 0u; j < 4; j++) ' +
        '{ if j == i { continue; } } workgroupBarrier(); }',
      '@compute @workgroup_size(64) fn f(@builtin(workgroup_id) w: vec3u) { if w.x > 2 { return; } ' +
        'workgroupBarrier(); }',
      '@group(0) @binding(0) var<uniform> n: u32; @compute @workgroup_size(64) ' +
        'fn f() { if n > 2 { return; } workgroupBarrier(); }',
      '@group(0) @binding(0) var<storage> n: array<u32>; @compute @workgroup_size(64) ' +
        'fn f() { if n[3] > 2 { return; } workgroupBarrier(); }',
      'fn g(x: u32) { if x > 1 { workgroupBarrier(); } } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { g(3); }',
      'fn g(x: u32) -> u32 { return 1; } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { if g(i) > 1 { workgroupBarrier(); } }',
      'fn g(x: ptr<function, u32>) { *x = 1; } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { var v = i; g(&v); if v > 1 { workgroupBarrier(); } }',
      'fn g(x: ptr<function, u32>, y: u32) { *x += y; } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { var v = 1u; g(&v, 2); if v > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var v = i; v = 1; ' +
        'if v > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var v = i; let p = &v; *p = 1; ' +
        'if v > 1 { workgroupBarrier(); } }',
      '@group(0) @binding(0) var<storage, read_write> a: array<u32>; @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { if arrayLength(&a) > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { switch i { case 1 { } ' +
        'default {} } workgroupBarrier(); }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { loop { workgroupBarrier(); ' +
        'continuing { break if true; } } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { loop { workgroupBarrier(); ' +
        'break; } }',
      'struct I { @builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) l: vec3u } @compute @workgroup_size(64) ' +
        'fn f(i: I) { if i.w.x > 1 { workgroupBarrier(); } }',
      'fn g() -> bool { workgroupBarrier(); return true; } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { let b = g() && i > 1; }',
      'var<workgroup> a: array<u32, 4>; @compute @workgroup_size(64) ' +
        'fn f(@builtin(workgroup_id) i: vec3u) { let x = workgroupUniformLoad(&a[i.x]); }',
      'fn g(p: ptr<storage, u32>) -> u32 { return *p; } @group(0) @binding(0) var<storage> a: array<u32, 4>; ' +
        '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { if g(&a[1]) ' +
        '> 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var x = 0u; for (var j = 0u; ' +
        'j < 4; j++) { x = 1; if x > 2 { workgroupBarrier(); } x = i; } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var x = 0u; ' +
        'loop { if x > 2 { break; } if i > 2 { x = 5; } else { x = 6; } continuing { x = 1; } } ' +
        'if x > 2 { workgroupBarrier(); } }',
      'fn g(a: ptr<function, u32>, b: ptr<function, u32>) { let t = *a; *a = *b; *b = t; } ' +
        '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var x = 1u; var y = i; g(&x, ' +
        '&y); if y > 2 { workgroupBarrier(); } }',
      'fn g(a: ptr<function, u32>) { if *a > 1 { workgroupBarrier(); } } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { var x = 2u; g(&x); }',
    ],
    invalid: [
      'var<private> p: i32; fn f() { loop { var v = 0; if true { v = p; continue; } v = 2; ' +
        'continuing { if v == 0 { workgroupBarrier(); } break if true; } } }',
      `var<private> p: i32; fn f() { if false && p == 42 { workgroupBarrier(); } }`,
      `var<private> p: i32; fn f() { if true || p == 42 { workgroupBarrier(); } }`,
      '@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) i: vec3u) ' +
        '{ if i.x == 0 { workgroupBarrier(); } }',
      `var<workgroup> a: u32; @compute @workgroup_size(1) fn f() { workgroupUniformLoad(&a); }`,
      'var<workgroup> a: array<atomic<u32>,2>; @compute @workgroup_size(1) ' +
        'fn f() { let x = workgroupUniformLoad(&a); }',
      'var<workgroup> w: u32; @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { w = i; workgroupBarrier(); let x = w; ' +
        'if x == 0 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { for (var j = 0u; j < i; j++) ' +
        '{ workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { for (var j = 0u; j < 4; j++) ' +
        '{ if j == i { break; } workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { for (var j = 0u; j < 4; j++) ' +
        '{ workgroupBarrier(); if j == i { break; }  } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { if i > 2 { return; } ' +
        'workgroupBarrier(); }',
      '@group(0) @binding(0) var<storage, read_write> n: array<u32>; @compute @workgroup_size(64) ' +
        'fn f() { if n[3] > 2 { return; } workgroupBarrier(); }',
      '@group(0) @binding(0) var<storage> n: array<u32>; @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { if n[i] > 2 { return; } workgroupBarrier(); }',
      'fn g(x: u32) { if x > 1 { workgroupBarrier(); } } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { g(i); }',
      'fn g(x: u32) -> u32 { return x; } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { if g(i) > 1 { workgroupBarrier(); } }',
      'fn g(x: ptr<function, u32>, y: u32) { *x = y; } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { var v = 1u; g(&v, i); if v > 1 { workgroupBarrier(); } }',
      'fn g(x: ptr<function, array<u32, 2>>) { (*x)[0] = 1; } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { var v = array(i, i); g(&v); ' +
        'if v[0] > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var v = 1u; if i > 1 { v = 2; } ' +
        'if v > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var v = 1u; let p = &v; *p = i; ' +
        'if v > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var v = vec2u(i); v.x = 1; ' +
        'v.y = 2; if v.x > 1 { workgroupBarrier(); } }',
      '@group(0) @binding(0) var<storage, read_write> a: atomic<u32>; @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { if atomicAdd(&a, 1) > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) ' +
        '{ switch i { case 1 { workgroupBarrier(); } default {} } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { switch i { case 1 { return; } ' +
        'default {} } workgroupBarrier(); }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { loop { if i > 1 { break; } ' +
        'continuing { workgroupBarrier(); } } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { loop { workgroupBarrier(); ' +
        'continuing { break if i > 1; } } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) ' +
        '{ while true { if i == 1 { return; } break; } workgroupBarrier(); }',
      `var<private> p: u32; @compute @workgroup_size(64) fn f() { if p > 1 { workgroupBarrier(); } }`,
      'struct I { @builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) l: u32 } ' +
        '@compute @workgroup_size(64) fn f(i: I) { if i.w.x > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { let b = i > 1 && true; ' +
        'if b { storageBarrier(); } }',
      'fn g() -> bool { workgroupBarrier(); return true; } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { let b = i > 1 && g(); }',
      'var<workgroup> a: array<u32, 4>; @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { let x = workgroupUniformLoad(&a[i]); }',
      'fn g(p: ptr<workgroup, u32>) -> u32 { return workgroupUniformLoad(p); } var<workgroup> a: array<u32, 4>; ' +
        '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { let x = g(&a[i]); }',
      'fn g(p: ptr<storage, u32>) -> u32 { return *p; } @group(0) @binding(0) var<storage> a: array<u32, 4>; ' +
        '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { if g(&a[i]) ' +
        '> 1 { workgroupBarrier(); } }',
      'fn g(p: ptr<private, u32>) -> u32 { return *p; } var<private> a: u32; @compute @workgroup_size(64) ' +
        'fn f() { if g(&a) > 1 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var x = 0u; for (var j = 0u; ' +
        'j < 4; j++) { if x > 2 { workgroupBarrier(); } x = i; } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var x = 0u; ' +
        'loop { if x > 2 { break; } if i > 2 { x = 5; continue; } workgroupBarrier(); continuing { x += 1; } } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var x = 0u; ' +
        'while true { if i > 2 { x = 5; break; } } if x > 2 { workgroupBarrier(); } }',
      '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { if i > 2 { } else { return; } ' +
        'if false { workgroupBarrier(); } }',
      'fn g(a: ptr<function, u32>, b: ptr<function, u32>) { let t = *a; *a = *b; *b = t; } ' +
        '@compute @workgroup_size(64) fn f(@builtin(local_invocation_index) i: u32) { var x = 1u; var y = i; g(&x, ' +
        '&y); if x > 2 { workgroupBarrier(); } }',
      'fn g(a: ptr<function, u32>) { if *a > 1 { workgroupBarrier(); } } @compute @workgroup_size(64) ' +
        'fn f(@builtin(local_invocation_index) i: u32) { var x = i; g(&x); }',
    ],
  },
};
