/** Subgroups of eight invocations, against the same operations on lists. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runKernel } from './harness.ts';

const SIZE = 8;

/** Runs `body` for a workgroup; `x` is the invocation's number of `data`, `i` its own, `s` that in its subgroup. */
function run(
  body: string,
  data: readonly number[],
  { size, before = '' }: { size: number; before?: string },
) {
  const wgsl = `enable subgroups;
diagnostic(off, subgroup_uniformity);
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
${before}
@compute @workgroup_size(${size}) fn main(@builtin(local_invocation_index) i: u32,
  @builtin(subgroup_invocation_id) s: u32, @builtin(subgroup_size) n: u32) {
  let x = a[i];
  ${body}
}`;
  return [...runKernel(wgsl, [Uint32Array.from(data), new Uint32Array(data.length)])[1]];
}

/** The same on lists: `f` gets those of a subgroup that take part, with their numbers in it, and one of these. */
function expected(
  data: readonly number[],
  f: (values: readonly number[], lanes: readonly number[], lane: number) => number,
  takes: (i: number) => boolean = () => true,
): number[] {
  return data.map((_, i) => {
    if (!takes(i)) return 0;
    const first = i - (i % SIZE);
    const numbers = data.map((_, j) => j).filter((j) => j >= first && j < first + SIZE && takes(j));
    return (
      f(
        numbers.map((j) => data[j]),
        numbers.map((j) => j - first),
        i - first,
      ) >>> 0
    );
  });
}

const sum = (list: readonly number[]) => list.reduce((x, y) => (x + y) >>> 0, 0);
const before = (values: readonly number[], lanes: readonly number[], end: number) =>
  values.filter((_, k) => lanes[k] < end);
const bits = (lanes: readonly number[]) => lanes.reduce((word, lane) => word | (1 << lane), 0);
type Form = [wgsl: string, f: Parameters<typeof expected>[1]];

const REDUCTIONS: Form[] = [
  ['subgroupAdd(x)', (v) => sum(v)],
  ['subgroupInclusiveAdd(x)', (v, l, lane) => sum(before(v, l, lane + 1))],
  ['subgroupExclusiveAdd(x)', (v, l, lane) => sum(before(v, l, lane))],
  ['subgroupMul(x)', (v) => v.reduce(Math.imul, 1)],
  ['subgroupInclusiveMul(x)', (v, l, lane) => before(v, l, lane + 1).reduce(Math.imul, 1)],
  ['subgroupExclusiveMul(x)', (v, l, lane) => before(v, l, lane).reduce(Math.imul, 1)],
  ['subgroupMax(x)', (v) => Math.max(...v)],
  ['subgroupMin(x)', (v) => Math.min(...v)],
  ['u32(subgroupMin(-i32(x)) + 1000)', (v) => 1000 - Math.max(...v)],
  ['u32(subgroupMax(vec3f(-f32(x), f32(x), 0)).y)', (v) => Math.max(...v)],
  ['subgroupAnd(x)', (v) => v.reduce((x, y) => x & y, -1)],
  ['subgroupOr(x)', (v) => v.reduce((x, y) => x | y, 0)],
  ['subgroupXor(x)', (v) => v.reduce((x, y) => x ^ y, 0)],
  ['u32(subgroupAll(x > 3))', (v) => Number(v.every((x) => x > 3))],
  ['u32(subgroupAny(x > 200))', (v) => Number(v.some((x) => x > 200))],
  ['subgroupBallot(x % 2 == 1).x', (v, l) => bits(l.filter((_, k) => v[k] % 2 === 1))],
  ['u32(subgroupElect())', (_, l, lane) => Number(l[0] === lane)],
  ['subgroupBroadcastFirst(x)', ([first]) => first],
  ['s + 10 * n', (_, __, lane) => lane + 10 * SIZE],
];
/** Those that ask an invocation that must be there. */
const EXCHANGES: Form[] = [
  ['subgroupBroadcast(x, 2)', (v) => v[2]],
  ['subgroupShuffle(x, x)', (v, _, lane) => v[v[lane] % SIZE]],
  ['subgroupShuffle(x, i32(s ^ 5))', (v, _, lane) => v[lane ^ 5]],
  ['subgroupShuffleXor(x, 6)', (v, _, lane) => v[lane ^ 6]],
  ['select(0, subgroupShuffleUp(x, 3), s >= 3)', (v, _, lane) => (lane >= 3 ? v[lane - 3] : 0)],
  ['select(0, subgroupShuffleDown(x, 3), s < 5)', (v, _, lane) => (lane < 5 ? v[lane + 3] : 0)],
  ['quadBroadcast(x, 1)', (v, _, lane) => v[(lane & 4) | 1]],
  ['quadSwapX(x)', (v, _, lane) => v[lane ^ 1]],
  ['quadSwapY(x)', (v, _, lane) => v[lane ^ 2]],
  ['quadSwapDiagonal(x)', (v, _, lane) => v[lane ^ 3]],
];

const numbers = (size: number) =>
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: size, maxLength: size });
const check = (size: number, test: (data: number[]) => void) =>
  fc.assert(
    fc.property(numbers(size), (data) => {
      test(data);
    }),
    { numRuns: 4 },
  );

describe('subgroup functions', () => {
  it.each(REDUCTIONS)('%s', (wgsl, f) => {
    for (const size of [16, 11]) {
      check(size, (data) => expect(run(`o[i] = ${wgsl};`, data, { size })).toEqual(expected(data, f)));
    }
    // Those that do not take part do not count.
    check(16, (data) => {
      const found = run(`if x % 3 != 0 { o[i] = ${wgsl}; }`, data, { size: 16 });
      expect(found).toEqual(expected(data, f, (i) => data[i] % 3 !== 0));
    });
  });

  it.each(EXCHANGES)('%s', (wgsl, f) => {
    check(16, (data) => expect(run(`o[i] = ${wgsl};`, data, { size: 16 })).toEqual(expected(data, f)));
  });
});

/** What `subgroupAdd(1)` counts, iteration by iteration, when each invocation takes so many of them. */
const counted = (iterations: readonly number[]) =>
  iterations.map((own, i) => {
    const first = i - (i % SIZE);
    const neighbours = iterations.slice(first, first + SIZE);
    return sum(Array.from({ length: own }, (_, k) => neighbours.filter((other) => other > k).length));
  });

const LOOPS: [wgsl: string, iterations: (x: number) => number][] = [
  ['for (var k = 0u; k < x % 5; k++) { o[i] += subgroupAdd(1u); }', (x) => x % 5],
  ['var k = x % 5; while k > 0 { o[i] += subgroupAdd(1u); k--; }', (x) => x % 5],
  [
    'var k = 0u; loop { o[i] += subgroupAdd(1u); continuing { k++; break if k > x % 3; } }',
    (x) => (x % 3) + 1,
  ],
  ['for (var k = 0u; ; k++) { if k == x % 4 { break; } o[i] += subgroupAdd(1u); }', (x) => x % 4],
  [
    'for (var k = 0u; k < 4; k++) { if k < x % 4 { continue; } o[i] += subgroupAdd(1u); }',
    (x) => 4 - (x % 4),
  ],
  ['for (var k = 0u; k < 6; k++) { if k == x % 6 { return; } o[i] += subgroupAdd(1u); }', (x) => x % 6],
  ['var k = 0u; while step_of(&k, x) { o[i] += count(); }', (x) => x % 4],
];

describe('subgroups whose invocations take different ways', () => {
  const functions = `
fn step_of(k: ptr<function, u32>, x: u32) -> bool { *k += 1; return *k <= x % 4; }
fn count() -> u32 { if subgroupAny(true) { return subgroupAdd(1u); } return 0; }`;

  it.each(LOOPS)('%s', (wgsl, iterations) => {
    check(16, (data) => {
      const own = data.map(iterations);
      // With `continue`, the last iterations are those that count.
      const reversed = wgsl.includes('continue;');
      const found = run(wgsl, data, { size: 16, before: functions });
      if (!reversed) {
        expect(found).toEqual(counted(own));
        return;
      }
      const of = (i: number) => own.slice(i - (i % SIZE), i - (i % SIZE) + SIZE);
      const late = own.map((n, i) =>
        sum(Array.from({ length: n }, (_, k) => of(i).filter((m) => m > k).length)),
      );
      expect(found).toEqual(late);
    });
  });

  it('branches, switches and returns of functions', () => {
    const before = `
fn classify(x: u32) -> u32 {
  if x % 4 == 0 { return subgroupAdd(100u); }
  switch x % 4 {
    case 1 { return subgroupAdd(1000u); }
    case 2 { if x > 100 { break; } return subgroupAdd(10000u); }
    default {}
  }
  return subgroupAdd(1u);
}`;
    const kind = (x: number) =>
      x % 4 === 0 ? 100 : x % 4 === 1 ? 1000 : x % 4 === 2 && x <= 100 ? 10000 : 1;
    check(16, (data) => {
      const found = run('o[i] = classify(x) + 7 * subgroupAdd(1u);', data, { size: 16, before });
      const of = (i: number) => data.slice(i - (i % SIZE), i - (i % SIZE) + SIZE);
      const own = (x: number, i: number) => kind(x) * of(i).filter((y) => kind(y) === kind(x)).length;
      expect(found).toEqual(data.map((x, i) => own(x, i) + 7 * SIZE));
    });
  });

  it('evaluates what stands before a call before it, and only where it must', () => {
    const before = 'var<private> p = 1u; fn grow() -> u32 { p += subgroupAdd(1u); return p; }';
    const body = `let y = p + grow() * 100 + p * 10000; p += grow();
  let z = x > 100 && subgroupAdd(1u) > 2; o[i] = y + p + u32(z);`;
    check(8, (data) => {
      const large = data.filter((x) => x > 100).length;
      // p: 1, then 9; then 9 + 17.
      const plain = 1 + 900 + 90000 + 26;
      expect(run(body, data, { size: 8, before })).toEqual(
        data.map((x) => plain + Number(x > 100 && large > 2)),
      );
    });
  });
});

describe('linear numbers', () => {
  it('count invocations and workgroups', () => {
    const wgsl = `requires linear_indexing;
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(2, 3, 1) fn main(@builtin(global_invocation_index) g: u32, @builtin(workgroup_index) w: u32,
  @builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) n: vec3u, @builtin(workgroup_id) k: vec3u) {
  let size = n * vec3u(2, 3, 1);
  if w == k.x + n.x * (k.y + n.y * k.z) { o[g] = 1 + id.x + size.x * (id.y + size.y * id.z); }
}`;
    const [o] = runKernel(wgsl, [new Uint32Array(6 * 24)], { workgroups: [2, 3, 4] });
    expect([...o]).toEqual(Array.from(o, (_, i) => i + 1));
  });
});
