import { RandomStream } from '@glassbox/nn';
import fc from 'fast-check';
import { deflateSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultState } from '../../src/playground/spec.ts';
import { Bench, compiled } from '../../src/rooms/time/bench.ts';
import { packText, unpackText } from '../../src/rooms/time/packed-text.ts';
import { fromFields, kernelsOfNet, type Target, targetNamed, toFields } from '../../src/rooms/time/target.ts';

const fieldsOf = (state: Parameters<typeof toFields>[0]) =>
  Object.fromEntries(
    Object.entries(toFields(state)).flatMap(([name, value]) =>
      value === undefined ? [] : [[`time.${name}`, value]],
    ),
  );

describe('a text in the address', () => {
  it('comes back, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const packed = packText(text)!;
        expect(packed).toMatch(/^[\w-]+$/);
        expect(unpackText(packed)).toBe(text);
      }),
    );
  });

  it('is left out if it is too long, and refused if somebody made it up', () => {
    const random = new RandomStream(1, 0);
    const noise = Array.from({ length: 40_000 }, () => String.fromCharCode(33 + random.below(90))).join('');
    expect(packText(noise)).toBeUndefined();
    const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
    for (const made of [
      '',
      '!',
      'AAAA',
      'a'.repeat(24_001),
      '____',
      base64url(deflateSync(Uint8Array.of(255, 254))),
    ])
      expect(unpackText(made)).toBeUndefined();
    // A few thousand letters that would become four million.
    const bomb = base64url(deflateSync(new Uint8Array(4 << 20).fill(65)));
    expect(bomb.length).toBeLessThan(24_000);
    expect(unpackText(bomb)).toBeUndefined();
  });
});

describe('the fields of the address', () => {
  it('restore kernel, shapes, grid and text', () => {
    const targets: Target[] = [
      { kind: 'kernel', name: 'conv2dForward' },
      { kind: 'kernel', name: 'matmul', shape: [8, 12, 16], part: 1 },
      ...kernelsOfNet(defaultState.spec).map(({ target }) => target),
      targetNamed('ladder-matmul-3')!,
    ];
    for (const target of targets) {
      const state = { target, text: 'fn main() {}\n', grid: '3x1x1' };
      expect(fromFields(fieldsOf(state))).toEqual({ ...state, problems: [] });
      const built = { target, text: undefined, grid: '' };
      expect(fromFields(fieldsOf(built))).toEqual({ ...built, problems: [] });
    }
    expect(fieldsOf({ target: targets[0], text: undefined, grid: '' })).toEqual({});
  });

  it.each([
    ['kernel', 'toString'],
    ['kernel', 'ladder-matmul-9'],
    ['shape', '-1x2'],
    ['shape', '1x2x3x4x5x6x7x8x9'],
    ['shape', '99999999999'],
    ['choices', 'stride'],
    ['choices', 'constructor:1'],
    ['part', '0'],
    ['grid', '1x2'],
    ['text', '%%%'],
  ])('say that %s cannot be %s, and the rest counts', (name, value) => {
    const read = fromFields({ 'time.kernel': 'matmul', [`time.${name}`]: value });
    expect(read.problems).toEqual([{ field: `time.${name}`, value }]);
    expect(read.target).toEqual({ kind: 'kernel', name: name === 'kernel' ? 'conv2dForward' : 'matmul' });
  });
});

describe('the kernels of the net', async () => {
  const bench = await Bench.open('wasm');
  afterAll(() => bench.device.destroy());

  it('have its shapes, and can be had', () => {
    const kernels = kernelsOfNet(defaultState.spec);
    const of = (layer: string) => kernels.filter((kernel) => kernel.layer === layer);
    expect(of('conv').map(({ number, part }) => `${number} ${part}`)).toEqual([
      '1 forward',
      '1 weightGradient',
      ...['2 forward', '2 inputGradient', '2 weightGradient'],
      ...['3 forward', '3 inputGradient', '3 weightGradient'],
    ]);
    expect(of('conv').at(-1)!.target.shape).toEqual([32, 8, 14, 14]);
    expect(of('linear')[0].target.shape).toEqual([32, 16 * 7 * 7, 2]);
    for (const { target } of kernels) expect(bench.describe(target).wgsl).toContain('@compute');
  });
});

describe("the room's Worker", async () => {
  const bench = await Bench.open('wasm');
  afterAll(() => bench.device.destroy());
  const target: Target = { kind: 'kernel', name: 'addForward', shape: [4, 8] };
  const { wgsl, workgroups } = bench.describe(target);
  const compare = (text: string) => bench.compare(target, text, undefined, 3, () => {});

  it('says what a version of a ladder is', () => {
    const version = bench.describe(targetNamed('ladder-matmul-2')!);
    expect(version).toMatchObject({ title: 'matmul, 2 vectors', dimensions: '', shape: [] });
    expect(version.wgsl).toMatch(/^\/\/ matmulVectors\n/);
  });

  it('tells where a text does not compile', () => {
    expect(compiled(wgsl)).toMatchObject({ ok: true });
    const text = 'fn main() {\n  let x = 1 + true;\n}';
    const result = compiled(text);
    if (result.ok) throw new Error('it does not compile');
    const [{ from, to, line, column }] = result.messages;
    expect([line, column]).toEqual([2, 11]);
    expect(text.slice(from, to)).toBe('1 + true');
    // What is checked later says where in its message.
    expect(compiled('const x = 1;')).toMatchObject({
      ok: false,
      messages: [{ from: 0, line: 1, column: 1 }],
    });
  });

  it('compares: refused, wrong, right', async () => {
    expect(await compare(wgsl.replace('b: array', 'c: array'))).toMatchObject({ kind: 'refused' });
    const wrong = await compare(wgsl.replace(/(y\[\w+\] = )([^;]+);/, '$1-($2);'));
    expect(wrong).toMatchObject({
      kind: 'wrong',
      who: 'own',
      wrong: { buffer: 'y', index: [0, 0], count: 32 },
    });
    const stages: string[] = [];
    const right = await bench.compare(target, wgsl, workgroups, 3, ({ stage }) => stages.push(stage));
    if (right.kind !== 'measured') throw new Error('it is right');
    expect(right.result).toMatchObject({ kernel: 'addForward', rounds: 3, wgsl });
    expect(right.markdown).toContain('### addForward 4x8, wasm');
    expect(right.markdown).toContain(`${workgroups.join('x')} workgroups`);
    expect(stages).toEqual(['check', 'roofline', 'turns', 'turns', 'turns']);
  });

  it('climbs a ladder', async () => {
    const seen: unknown[] = [];
    const { results, roofline, markdown } = await bench.climb('matmul', 0.001, (now) => seen.push(now));
    expect(results).toHaveLength(6);
    expect(roofline.flops).toBeGreaterThan(0);
    expect(markdown).toMatch(/^### matmul\n\n.*\n\n\| device \|/);
    expect(seen.at(-1)).toEqual({ stage: 'versions', done: 6, of: 6 });
  });

  it('ends a text that runs for ever, and says so', async () => {
    const own = await Bench.open('wasm');
    const endless = wgsl.replace(/(y\[\w+\] = )/, 'while (y[0].x < 1e30) { y[1].x += 0.0; }\n  $1');
    await expect(own.compare(target, endless, undefined, 3, () => {})).rejects.toThrow(/does not end/);
    await own.device.destroy();
  });
});
