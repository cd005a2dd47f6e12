/** The race detector finds planted races, and nothing where they are mended. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWasmRuntime, type WasmRuntime } from '../../src/index.ts';
import { type Seen, Shadow } from '../../src/runtime/shadow.ts';

const WORDS = 256;
let runtime: WasmRuntime;
const races: string[] = [];
beforeAll(async () => {
  runtime = await openWasmRuntime({ races: true, robust: true });
  runtime.onRace = (message) => races.push(message);
});
afterAll(() => runtime.destroy());

/** A kernel of 2 workgroups of 64 over buffers of 256 words: `x` and `y` are written, `c` is read. */
const kernel = (body: string, declarations = '') => `
${/\bf16\b/.test(declarations) ? 'enable f16;' : ''}
struct Pair { left: f32, right: f32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<u32>;
var<workgroup> part: array<f32, 64>;
${declarations}
@compute @workgroup_size(64) fn main(
  @builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) l: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let i = id.x;
  ${body}
}`;

/** What the detector says about one dispatch. */
function raceOf(wgsl: string, workgroups: [number, number, number] = [2, 1, 1]): string | null {
  const prepared = runtime.prepare({ name: 'k', wgsl });
  const buffers = prepared.compiled.bindings.map(({ name }) => ({
    buffer: runtime.createBuffer(4 * WORDS, name),
    offset: 0,
    size: 4 * WORDS,
  }));
  races.length = 0;
  runtime.submit([{ kernel: prepared, workgroups, buffers }]);
  for (const { buffer } of buffers) runtime.destroyBuffer(buffer);
  expect(races.length).toBeLessThanOrEqual(1);
  return races[0] ?? null;
}

interface Planted {
  readonly what: string;
  readonly racy: string;
  readonly mended: string;
  readonly declarations?: string;
  /** The element that is named. */
  readonly on: string;
}

const B = 'workgroupBarrier();';
const tree = (stride: string, barrier: string) => `
  part[l] = f32(i);
  ${B}
  for (var s = 32u; s > 0u; s /= 2u) {
    if (l < s) { part[l] += part[${stride}]; }
    ${barrier}
  }
  if (l == 0u) { x[group.x] = part[0]; }`;
const blocks = 'var<workgroup> tile: array<array<vec4f, 8>, 8>;';
const atomics =
  'var<workgroup> count: atomic<u32>; @group(0) @binding(3) var<storage, read_write> total: array<atomic<u32>>;';

const planted: readonly Planted[] = [
  { what: 'all write one cell', racy: 'x[0] = 1;', mended: 'if (i == 0) { x[0] = 1; }', on: 'x[0]' },
  { what: 'all count in one cell', racy: 'x[7] += 1;', mended: 'x[i] += 1;', on: 'x[7]' },
  {
    what: 'a neighbour is read and written',
    racy: 'x[i] = x[i + 1] + 1;',
    mended: 'x[i] = y[i + 1] + 1;',
    on: 'x[1]',
  },
  { what: 'two write each cell', racy: 'x[i / 2] = 1;', mended: 'x[i * 2] = 1;', on: 'x[0]' },
  {
    what: 'a scatter with equal targets',
    racy: 'x[c[i]] = f32(i);',
    mended: 'x[c[i] + i] = f32(i);',
    on: 'x[0]',
  },
  {
    what: 'a reduction without a barrier in its loop',
    racy: tree('l + s', ''),
    mended: tree('l + s', B),
    on: 'part[',
  },
  {
    what: 'a reduction with a wrong stride',
    racy: tree('l + 1u', B),
    mended: tree('l + s', B),
    on: 'part[1]',
  },
  {
    what: 'a missing barrier after a write to workgroup memory',
    racy: 'part[l] = x[i]; y[i] = part[63 - l];',
    mended: `part[l] = x[i]; ${B} y[i] = part[63 - l];`,
    on: 'part[',
  },
  {
    what: 'a missing barrier before workgroup memory is used again',
    racy: `for (var n = 0; n < 3; n++) { part[l] = x[i]; ${B} y[i] += part[63 - l]; }`,
    mended: `for (var n = 0; n < 3; n++) { part[l] = x[i]; ${B} y[i] += part[63 - l]; ${B} }`,
    on: 'part[',
  },
  {
    what: 'workgroupBarrier in place of storageBarrier',
    racy: `x[i] = 1; ${B} y[i] = x[i ^ 1u];`,
    mended: 'x[i] = 1; storageBarrier(); y[i] = x[i ^ 1u];',
    on: 'x[',
  },
  {
    what: 'storageBarrier in place of workgroupBarrier',
    racy: 'part[l] = 1; storageBarrier(); y[i] = part[l ^ 1u];',
    mended: `part[l] = 1; ${B} y[i] = part[l ^ 1u];`,
    on: 'part[',
  },
  {
    what: 'a storage barrier that has to order workgroups',
    racy: 'x[i] = 1; storageBarrier(); y[i] = x[(i + 64u) % 128u];',
    mended: 'x[i] = 1; storageBarrier(); y[i] = x[i / 64u * 64u + (i + 1u) % 64u];',
    on: 'x[64]',
  },
  {
    what: 'each workgroup leaves its sum in the first cell',
    racy: tree('l + s', B).replace('x[group.x]', 'x[0]'),
    mended: tree('l + s', B),
    on: 'x[0]',
  },
  {
    what: 'a cell is cleared by one workgroup and added to by another',
    racy: 'if (i == 0u) { x[200] = 0; } if (i == 127u) { x[200] += 1; }',
    mended: 'if (i == 0u) { x[200] = 0; } if (i == 127u) { x[201] += 1; }',
    on: 'x[200]',
  },
  {
    what: 'a vector is written whole, and by components',
    declarations: blocks,
    racy: 'if (l == 0u) { tile[1][2] = vec4f(1); } if (l == 1u) { tile[1][2].z = 2; }',
    mended: 'if (l == 0u) { tile[1][2].x = 1; } if (l == 1u) { tile[1][2].z = 2; }',
    on: 'tile[1][2].z',
  },
  {
    what: 'a swizzle is written',
    declarations: blocks,
    racy: 'if (l == 0u) { tile[0][0].xz = vec2f(1); } if (l == 5u) { tile[0][0].yz = vec2f(1); }',
    mended: 'if (l == 0u) { tile[0][0].xz = vec2f(1); } if (l == 5u) { tile[0][0].yw = vec2f(1); }',
    on: 'tile[0][0].z',
  },
  {
    what: 'a member of a structure',
    declarations: 'var<workgroup> pairs: array<Pair, 64>;',
    racy: 'pairs[l].left = 1; y[i] = pairs[(l + 1u) % 64u].left;',
    mended: 'pairs[l].left = 1; y[i] = pairs[(l + 1u) % 64u].right;',
    on: 'pairs[1].left',
  },
  {
    what: 'a pointer that a function writes through',
    declarations: 'fn put(p: ptr<workgroup, array<f32, 64>>, at: u32) { (*p)[at] = 1; }',
    racy: 'put(&part, l / 4u);',
    mended: 'put(&part, l);',
    on: 'part[0]',
  },
  {
    what: 'half of a vector of f16',
    declarations: 'var<workgroup> halves: array<vec2<f16>, 64>;',
    racy: 'halves[l / 2u].y = 1h;',
    mended: 'if (l % 2u == 0u) { halves[l / 2u].x = 1h; } else { halves[l / 2u].y = 1h; }',
    on: 'halves[0].y',
  },
  {
    what: 'what an atomic counter guards',
    declarations: atomics,
    racy: 'if (atomicAdd(&total[0], 1u) < 2u) { x[0] = f32(i); }',
    mended: 'x[atomicAdd(&total[0], 1u)] = f32(i);',
    on: 'x[0]',
  },
  {
    what: 'a value that is read before workgroupUniformLoad, and written after it by another',
    declarations: 'var<workgroup> flag: u32;',
    racy: 'if (l == 3u) { flag = c[0]; } let f = flag; y[i] = f32(f);',
    mended: 'if (l == 3u) { flag = c[0]; } let f = workgroupUniformLoad(&flag); y[i] = f32(f);',
    on: 'flag',
  },
  {
    what: 'a copy of a whole array',
    racy: 'if (l == 63u) { let all = part; y[group.x] = all[l]; } part[l] = 1;',
    mended: `if (l == 63u) { let all = part; y[group.x] = all[l]; } ${B} part[l] = 1;`,
    on: 'part[',
  },
];

describe('a race', () => {
  it.each(planted)('$what', ({ racy, mended, declarations, on }) => {
    const found = raceOf(kernel(racy, declarations));
    expect(found).toContain(`kernel 'k' has a data race on '${on}`);
    expect(found).toMatch(/ (reads|writes) it at \d+:\d+:\n/);
    expect(raceOf(kernel(mended, declarations))).toBeNull();
  });

  it('is told with both invocations, both places, the buffer, and what to do', () => {
    const source = kernel('if (i == 3u || i == 66u) {\n    x[9] = f32(i);\n  }');
    const line = source.split('\n').findIndex((text) => text.includes('x[9]')) + 1;
    expect(
      raceOf(source),
    ).toBe(`kernel 'k' has a data race on 'x[9]', in the buffer 'x' at @group(0) @binding(0).
The invocation with global_invocation_id (3, 0, 0), local_invocation_id (3, 0, 0), \
workgroup_id (0, 0, 0) writes it at ${line}:5:
    x[9] = f32(i);
    ^
The invocation with global_invocation_id (66, 0, 0), local_invocation_id (2, 0, 0), \
workgroup_id (1, 0, 0) writes it at ${line}:5:
    x[9] = f32(i);
    ^
No barrier orders different workgroups: let each write elements of its own, make the type atomic, \
or do the second part in another dispatch.`);
  });

  it('is no race between two dispatches', () => {
    const source = kernel('if (i == group.x * 64u) { x[group.x] = 1; }');
    expect(raceOf(source)).toBeNull();
    expect(raceOf(source)).toBeNull();
  });

  it('names invocations of three dimensions', () => {
    const source = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(2, 3, 2) fn main(@builtin(local_invocation_id) l: vec3u, @builtin(workgroup_id) g: vec3u) {
  if (all(g == vec3u(1, 0, 1)) && l.x == 1u && l.z == 1u && l.y > 0u) { x[0] = 1; }
}`;
    const found = raceOf(source, [2, 2, 2]);
    const who = (y: number) =>
      `global_invocation_id (3, ${y}, 3), local_invocation_id (1, ${y}, 1), workgroup_id (1, 0, 1)`;
    expect(found).toContain(who(1));
    expect(found).toContain(who(2));
  });

  it('outside of a buffer is none: such accesses do not take place', () => {
    expect(
      raceOf(kernel('y[i] = select(0.0, x[i + 255u], i == 0u); if (i == 0u) { x[255] = 1; }')),
    ).toBeNull();
    expect(raceOf(kernel('x[i + 250u] = 1;'))).toBeNull();
  });

  it('is thrown by the next read, where nobody listens', async () => {
    const own = await openWasmRuntime({ races: true });
    const x = own.createBuffer(4 * WORDS, 'numbers');
    const prepared = own.prepare({ name: 'k', wgsl: kernel('x[0] = 1;') });
    const list = own.record([
      { kernel: prepared, workgroups: [1, 1, 1], buffers: [{ buffer: x, offset: 0, size: 1024 }] },
    ]);
    own.submit(list);
    await expect(own.read(x, 0, 4)).rejects.toThrow("data race on 'x[0]', in the buffer 'numbers'");
    // It did run, and is told of once.
    expect([...new Float32Array(await own.read(x, 0, 4))]).toEqual([1]);
    own.submit(list);
    await expect(own.synchronize()).rejects.toThrow('data race');
    await own.destroy();
    await expect(openWasmRuntime({ races: true, threads: 2 })).rejects.toThrow('leave out `threads`');
  });
});

describe('the memory of accesses', () => {
  /** Accesses in an order in which invocations run: workgroups, in these barriers, in these invocations. */
  const access = fc.record({
    group: fc.nat(2),
    barriers: fc.nat(2),
    local: fc.nat(2),
    unit: fc.nat(1),
    writes: fc.boolean(),
  });

  it('finds a race where there is one by its definition', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 12 }), fc.boolean(), (accesses, groupsApart) => {
        const order = accesses
          .map((one) => ({ ...one, barriers: 3 * one.group + one.barriers }))
          .sort((a, b) => a.barriers - b.barriers || a.local - b.local);
        const race = (a: (typeof order)[number], b: (typeof order)[number]) =>
          a.unit === b.unit &&
          (a.writes || b.writes) &&
          (a.group === b.group ? a.barriers === b.barriers && a.local !== b.local : !groupsApart);
        const first = order.findIndex((one, n) => order.slice(0, n).some((before) => race(before, one)));
        const shadow = new Shadow();
        const found: (Seen | null)[] = order.map((one, access) =>
          shadow.touch(one.unit, { ...one, access }, one.writes, groupsApart),
        );
        expect(found.findIndex((seen) => seen !== null)).toBe(first);
        if (first >= 0) expect(race(order[found[first]!.access], order[first])).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('says when there is more than it keeps', () => {
    const shadow = new Shadow(4096);
    const write = (unit: number, local: number) =>
      shadow.touch(unit, { group: 0, local, access: 0, barriers: 0 }, true, false);
    expect([write(0, 0), write(4095, 0)]).toEqual([null, null]);
    expect(shadow.isFull).toBe(false);
    expect([write(4096, 0), write(4096, 1)]).toEqual([null, null]);
    expect(shadow.isFull).toBe(true);
    expect(write(4095, 1)).not.toBeNull();
    shadow.clear();
    expect(shadow.isFull).toBe(false);
    expect([write(4096, 0), write(4096, 1)]).toEqual([null, { group: 0, local: 0, access: 0 }]);
  });
});
