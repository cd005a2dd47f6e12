import { describe, expect, it } from 'vitest';
import { runKernel } from './harness.ts';

/**
 * Runs the body of a kernel of one invocation and returns `o`. What is read from `o` is not constant for the
 * compiler.
 */
function run(body: string, count: number, declarations = ''): number[] {
  const wgsl = `
@group(0) @binding(0) var<storage, read_write> o: array<i32>;
${declarations}
@compute @workgroup_size(1) fn main() { ${body} }`;
  const [released] = runKernel(wgsl, [new Int32Array(count)]);
  const [debug] = runKernel(wgsl, [new Int32Array(count)], { debug: true });
  expect(Array.from(debug)).toEqual(Array.from(released));
  return Array.from(released);
}

describe('loops', () => {
  it('for with continue and break', () => {
    const body =
      'var s = 0; for (var i = 0; i < 1000; i++) { if (i % 3 == 0) { continue; } if (i > 500) { break; } s += i; } ' +
      'o[0] = s;';
    let expected = 0;
    for (let i = 0; i <= 500; i++) if (i % 3 !== 0) expected += i;
    expect(run(body, 1)).toEqual([expected]);
  });

  it('a read of memory stays after the break, continue or return that guards it', () => {
    // Word 1 of `o` says whether to stop; what would be read then lies far outside of all memory.
    for (const guard of ['break;', 'continue;', 'return;', 'if (o[1] == 1) { break; }']) {
      const wgsl = `
@group(0) @binding(0) var<storage, read_write> o: array<i32>;
@group(0) @binding(1) var<storage, read> table: array<i32>;
@compute @workgroup_size(1) fn main() {
  let far = o[2];
  for (var i = 0; i < o[0]; i++) {
    if (o[1] == 1) { ${guard} }
    o[3] += table[far];
  }
}`;
      const [stopped] = runKernel(wgsl, [Int32Array.of(3, 1, 0x0fffffff, 7), Int32Array.of(5)]);
      expect([...stopped], guard).toEqual([3, 1, 0x0fffffff, 7]);
      const [read] = runKernel(wgsl, [Int32Array.of(3, 0, 0, 7), Int32Array.of(5)]);
      expect([...read], guard).toEqual([3, 0, 0, 22]);
    }
  });

  it('unrolled and not unrolled give the same', () => {
    for (const bound of ['5', '5 + o[15]']) {
      const body = `
        var a: array<i32, 8>; let n = ${bound};
        for (var i = 0; i < ${bound}; i++) {
          if (i == 3) { continue; } a[i] = i * i; if (i == n - 1) { break; } a[i + 1] += 1;
        }
        for (var i = 7; i >= 0; i--) { o[i] = a[7 - i]; }`;
      expect(run(body, 16).slice(0, 8)).toEqual([0, 0, 0, 16, 1, 4, 1, 0]);
    }
  });

  it('for whose update calls a function that writes: once after each iteration, in order', () => {
    const declarations = `
var<private> at: i32;
fn note(event: i32) { o[at] = event; at++; }
fn next(i: i32) -> i32 { note(4); return i + 1; }`;
    const events = [1, 2, 4, 2, 4, 2, 4, 3];
    for (const update of ['i = next(i)', 'i += next(i) - i']) {
      const body = `note(1); for (var i = 0; i < 3; ${update}) { note(2); } note(3);`;
      expect(run(body, 8, declarations)).toEqual(events);
    }
  });

  it('while, loop with continuing and break if', () => {
    const body = `
      var x = 27; var n = 0;
      while (x != 1) { if (x % 2 == 0) { x = x / 2; } else { x = 3 * x + 1; } n++; }
      o[0] = n;
      var k = 0;
      loop { k += 2; if (k == 6) { continue; } let seen = k; o[k / 2] = seen; continuing { k += 1; break if k > 12; } }
      o[15] = k;
      loop { if (o[14] == 5) { break; } o[14] += 1; }`;
    const expected = new Array(16).fill(0);
    expected[0] = 111;
    let k = 0;
    do {
      k += 2;
      if (k !== 6) expected[Math.floor(k / 2)] = k;
      k += 1;
    } while (k <= 12);
    expected[15] = k;
    expected[14] = 5;
    expect(run(body, 16)).toEqual(expected);
  });

  it('nested loops whose inner bound varies', () => {
    const body = `
      var s = 0; let n = 10 + o[0];
      for (var i = 0; i < n; i++) {
        for (var j = 0; j < n; j++) { if (j > i) { break; } if ((i + j) % 4 == 1) { continue; } s += i * j; }
      }
      o[0] = s;`;
    let expected = 0;
    for (let i = 0; i < 10; i++) for (let j = 0; j <= i; j++) if ((i + j) % 4 !== 1) expected += i * j;
    expect(run(body, 1)).toEqual([expected]);
  });

  it('variables that exchange their values', () => {
    const body = `
      var a = 0; var b = 1; let n = 10 + o[0];
      for (var i = 0; i < n; i++) { let t = a + b; a = b; b = t; }
      var x = 1; var y = 2; var z = 0; for (var i = 0; i < n + 1; i++) { let t = x; x = y; y = t; z = i; }
      var last = 0; var i = 0; loop { last = i; i = i + 1; if (i > 5 + o[0]) { break; } }
      o[0] = a; o[1] = b; o[2] = x; o[3] = y; o[4] = z; o[5] = last; o[6] = i;`;
    expect(run(body, 7)).toEqual([55, 89, 2, 1, 10, 5, 6]);
  });

  it('a loop that never runs, and variables zero again at each declaration', () => {
    const body = `
      for (var i = 5; i < 5 + o[0]; i++) { o[1] = 99; }
      for (var i = 0; i < 3 + o[0]; i++) { var fresh: i32; fresh += i; o[2 + i] = fresh; }`;
    expect(run(body, 5)).toEqual([0, 0, 0, 1, 2]);
  });
});

describe('branches', () => {
  it('switch with default in the middle, break and continue', () => {
    const body = `
      for (var i = 0; i < 8; i++) {
        switch (i + o[15]) {
          case 1, 2: { o[i] = 10; }
          case 3: { if (i == 3) { break; } o[i] = 99; }
          default: { o[i] = -1; }
          case 5: { o[i] = 50; continue; }
        }
        o[i] += 1;
      }`;
    expect(run(body, 16).slice(0, 8)).toEqual([0, 11, 11, 1, 0, 50, 0, 0]);
  });

  it('&& and || do not evaluate their right side in vain', () => {
    const declarations = 'fn bump(p: ptr<function, i32>) -> bool { *p += 1; return *p > 1; }';
    const body = `
      var n = 0; let yes = o[0] == 0;
      if (yes || bump(&n)) { o[1] = n; }
      if (!yes && bump(&n)) { o[2] = 99; }
      if (yes && bump(&n)) { o[2] = 99; } else { o[2] = n; }
      if (bump(&n) && n == 2) { o[3] = n; }`;
    expect(run(body, 4, declarations)).toEqual([0, 0, 1, 2]);
  });

  it('early return in functions, inside loops and branches', () => {
    const declarations = `
      fn find(limit: i32, start: i32) -> i32 {
        for (var i = start; i < 100; i++) { if (i * i > limit) { return i; } if (i == 50) { return -1; } }
        return -2;
      }
      fn store(at: i32, value: i32) { if (value < 0) { return; } o[at] = value; }`;
    const body =
      'store(0, find(20, o[9])); store(1, find(5000, o[9])); store(2, find(0, 100 + o[9]) + 7); store(3, ' +
      'find(2000, 30));';
    expect(run(body, 10, declarations).slice(0, 4)).toEqual([5, 0, 5, 45]);
  });
});

describe('variables', () => {
  it('pointers to variables, array elements and members', () => {
    const declarations = `
      struct Pair { a: i32, b: array<i32, 3> }
      fn add(p: ptr<function, i32>, v: i32) -> i32 { *p += v; return *p; }
      fn twice(p: ptr<function, Pair>) { let q = &(*p).b; (*q)[1] *= 2; (*p).a += (*q)[1]; }
      var<private> total: i32 = 5;
      fn count(p: ptr<private, i32>) { *p += 1; *p *= 2; }`;
    const body = `
      var x = 1; o[0] = add(&x, 2); o[1] = x;
      var pair: Pair; pair.b[1] = 4 + o[9]; twice(&pair); twice(&pair); o[2] = pair.a; o[3] = pair.b[1];
      var list: array<i32, 4>; for (var i = 0; i < 4 + o[9]; i++) { let p = &list[i]; *p = i * 3; }
      o[4] = list[3 - o[9]];
      count(&total); o[5] = total;`;
    expect(run(body, 10, declarations).slice(0, 6)).toEqual([3, 3, 24, 16, 9, 12]);
  });

  it('structures and arrays are values: a copy is a copy', () => {
    const declarations =
      'struct S { a: i32, v: vec3<i32>, b: array<i32, 2> }\n' +
      'fn change(s: S) -> S { var t = s; t.v.z = 9; t.b[0] -= 1; return t; }';
    const body = `
      var s: S; s.v.y = 5; s.b[1] = 7; s.a = 1;
      let t = s; s.v = s.v.zyx + 1; var u = change(t); u.v.x += 3;
      let made = S(3, vec3(1, 2, 3), array<i32, 2>(4, 5));
      o[0] = s.v.x; o[1] = s.v.y; o[2] = t.v.y; o[3] = u.v.x; o[4] = u.v.z; o[5] = u.b[0];
      o[6] = s.b[0]; o[7] = made.b[o[9] + 1] + made.v[o[9] + 2];`;
    expect(run(body, 10, declarations).slice(0, 8)).toEqual([1, 6, 5, 3, 9, -1, 0, 8]);
  });

  it('components: swizzles as targets, indices that vary', () => {
    const body = `
      var v = vec4(1, 2, 3, 4); v.zx = vec2(7, 8); v.wy += vec2(10, 20);
      let i = o[3]; v[i + 1] *= 2; let w = v; o[0] = v.x; o[1] = v.y; o[2] = v.z; o[3] = v.w + w[i + 2];`;
    expect(run(body, 4)).toEqual([8, 44, 7, 21]);
  });

  it('vectors of three in memory leave the word after them alone', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> o: array<vec3<i32>>;
@compute @workgroup_size(1) fn main() {
  o[0].y = 5; o[1] = vec3(1, 2, 3) + o[0].yyy; let i = o[0].x; o[2][i + 1] = 9; o[2].xz += vec2(1, 2);
}`;
    const data = Int32Array.from({ length: 12 }, (_, i) => (i % 4 === 3 ? 77 : 0));
    expect(Array.from(runKernel(wgsl, [data])[0])).toEqual([0, 5, 0, 77, 6, 7, 8, 77, 1, 9, 2, 77]);
  });

  it('bool in variables, vectors and structures', () => {
    const declarations = 'struct Flags { a: bool, v: vec3<bool> }\nvar<workgroup> kept: array<Flags, 2>;';
    const body = `
      var f: Flags; f.v.y = o[0] == 0; f.a = any(f.v) && !all(f.v);
      kept[1] = f; var many: array<bool, 3>; many[o[0] + 2] = kept[1].v[o[0] + 1];
      o[1] = select(0, 1, kept[1].a); o[2] = select(0, 1, many[2]) + select(0, 2, many[1]);
      o[3] = i32(kept[1].v.y) + i32(kept[0].a);`;
    expect(run(body, 4, declarations)).toEqual([0, 1, 1, 1]);
  });

  it('override constants decide array sizes and loops', () => {
    const wgsl = `
override n: u32 = 3u;
@id(7) override step = 2i;
@group(0) @binding(0) var<storage, read_write> o: array<i32>;
var<workgroup> w: array<i32, n>;
@compute @workgroup_size(n) fn main(@builtin(local_invocation_index) l: u32) {
  w[l] = i32(l) * step; workgroupBarrier(); o[l] = w[n - 1u - l];
}`;
    expect(Array.from(runKernel(wgsl, [new Int32Array(5)])[0])).toEqual([4, 2, 0, 0, 0]);
    const overrides = { n: 5, 7: 10 };
    expect(Array.from(runKernel(wgsl, [new Int32Array(5)], { overrides })[0])).toEqual([40, 30, 20, 10, 0]);
  });

  it('builtin inputs, as parameters and in a structure', () => {
    const wgsl = `
struct In { @builtin(local_invocation_id) l: vec3<u32>, @builtin(num_workgroups) n: vec3<u32> }
@group(0) @binding(0) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(2, 3, 2)
fn main(
  in: In,
  @builtin(global_invocation_id) g: vec3<u32>,
  @builtin(local_invocation_index) i: u32,
  @builtin(workgroup_id) w: vec3<u32>,
) {
  let size = vec3(2u, 3u, 2u) * in.n;
  let at = (g.z * size.y + g.y) * size.x + g.x;
  o[at] = vec4(i, dot(w, vec3(1u, 10u, 100u)), dot(in.l, vec3(1u, 10u, 100u)), dot(g, vec3(1u, 100u, 10000u)));
}`;
    const groups = [3, 2, 2] as const;
    const size = [6, 6, 4];
    const [out] = runKernel(wgsl, [new Uint32Array(4 * 144)], { workgroups: [...groups] });
    for (let z = 0; z < size[2]; z++)
      for (let y = 0; y < size[1]; y++)
        for (let x = 0; x < size[0]; x++) {
          const [lx, ly, lz] = [x % 2, y % 3, z % 2];
          const at = 4 * ((z * size[1] + y) * size[0] + x);
          const group = Math.floor(x / 2) + 10 * Math.floor(y / 3) + 100 * Math.floor(z / 2);
          expect(Array.from(out.slice(at, at + 4))).toEqual([
            (lz * 3 + ly) * 2 + lx,
            group,
            lx + 10 * ly + 100 * lz,
            x + 100 * y + 10000 * z,
          ]);
        }
  });
});

it('a kernel that grows too large by inlining is refused', () => {
  const levels = Array.from(
    { length: 14 },
    (_, i) => `fn f${i + 1}(x: i32) -> i32 { return f${i}(x * 3 + o[${i}]) ^ f${i}(x + 1); }`,
  );
  const declarations = `fn f0(x: i32) -> i32 { return (x ^ (x << 3u)) * (x + o[1]); }\n${levels.join('\n')}`;
  expect(run('o[15] = f4(o[0]);', 16, declarations)[15]).toBeTypeOf('number');
  expect(() => run('o[15] = f14(o[0]);', 16, declarations)).toThrow(
    /more than \d+ operations after unrolling and inlining/,
  );
});
