import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assembler } from '../../src/encode/assembler.ts';
import { ByteWriter } from '../../src/encode/bytes.ts';
import { disassemble } from '../../src/encode/disassemble.ts';
import { ModuleBuilder } from '../../src/encode/module.ts';
import { opcode, opcodeOf, type ValueType } from '../../src/encode/opcodes.ts';
import { compileKernel } from '../../src/index.ts';

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });

/** Builds one exported function, and runs it. */
function evaluate(write: (a: Assembler) => void, results: ValueType[], parameters: ValueType[] = []) {
  const body = new Assembler(parameters.length);
  write(body);
  const module = new ModuleBuilder({ sharedMemory: false });
  module.add(parameters, results, body, 'f', 'f');
  const bytes = module.finish();
  expect(WebAssembly.validate(bytes)).toBe(true);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return { bytes, f: instance.exports.f as (...args: unknown[]) => unknown };
}

describe('constants arrive as they were written', () => {
  it('i32, i64', () => {
    fc.assert(fc.property(fc.integer(), (value) => evaluate((a) => a.i32(value), ['i32']).f() === value));
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (value) => evaluate((a) => a.i64(value), ['i64']).f() === value,
      ),
    );
  });
  it('f32, by value and by bits; v128', () => {
    fc.assert(
      fc.property(fc.float(), (value) => Object.is(evaluate((a) => a.f32(value), ['f32']).f(), value)),
    );
    fc.assert(
      fc.property(
        fc.integer(),
        (bits) => evaluate((a) => a.f32Bits(bits).op('i32.reinterpret_f32'), ['i32']).f() === bits,
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        evaluate((a) => a.i32(64).v128(bytes).memory('v128.store', 0), []).f();
        expect(new Uint8Array(memory.buffer, 64, 16)).toEqual(bytes);
      }),
    );
  });
  it('unsigned numbers of any size, as the offset of a load', () => {
    fc.assert(
      fc.property(fc.nat(65532), (offset) => {
        new DataView(memory.buffer).setInt32(offset, 123456789, true);
        expect(evaluate((a) => a.i32(0).memory('i32.load', offset), ['i32']).f()).toBe(123456789);
      }),
    );
  });
});

describe('functions', () => {
  it('locals of many types keep apart, after the parameters', () => {
    const types: ValueType[] = ['i32', 'f32', 'i32', 'i32', 'v128', 'f32', 'i64'];
    const { f } = evaluate(
      (a) => {
        const locals = types.map((type) => a.local(type));
        expect(locals).toEqual([2, 3, 4, 5, 6, 7, 8]);
        a.get(0).set(2).get(1).set(3).i32(7).set(4).f32(0.5).set(7);
        a.get(2).op('f32.convert_i32_s').get(3).op('f32.add').get(4).op('f32.convert_i32_s').op('f32.add');
        a.get(7).op('f32.add');
      },
      ['f32'],
      ['i32', 'f32'],
    );
    expect(f(10, 0.25)).toBe(17.75);
  });
  it('blocks, loops, branches and branch tables', () => {
    const { f } = evaluate(
      (a) => {
        a.open('block').open('block').open('block');
        a.get(0).branchTable([0, 1], 2);
        a.end().i32(10).op('return').end().i32(20).op('return').end().i32(30);
      },
      ['i32'],
      ['i32'],
    );
    expect([0, 1, 2, 99].map((x) => f(x))).toEqual([10, 20, 30, 30]);
  });
});

describe('the table of instructions', () => {
  it('has every code once and finds it again', () => {
    for (let index = 0, prefix = 0; prefix <= 0xfe; prefix = prefix === 0 ? 0xfc : prefix + 1) {
      for (let code = 0; code < 0x120; code++) {
        const found = opcodeOf(prefix, code);
        if (!found) continue;
        expect(opcode(found.name)).toBe(found);
        expect([found.prefix, found.code]).toEqual([prefix, code]);
        index++;
      }
      if (prefix === 0xfe) expect(index).toBeGreaterThan(200);
    }
  });
  it('names an instruction that it does not have', () => {
    expect(() => opcode('i32.nonsense')).toThrow("no WebAssembly instruction 'i32.nonsense'");
  });
});

describe('text', () => {
  it('shows what was written', () => {
    const { bytes } = evaluate(
      (a) => {
        a.get(0).open('if').i32(-5).i32(1).memory('i32.store', 8, 0).end();
        a.v128(new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer)).lane('f32x4.extract_lane', 2);
      },
      ['f32'],
      ['i32'],
    );
    expect(disassemble(bytes)).toBe(`(module
  (import "env" "memory" (memory 1 65536))
  (func (export "f") (param i32) (result f32)
    local.get 0
    if
      i32.const -5
      i32.const 1
      i32.store offset=8 align=1
    end
    v128.const i32x4 0x3f800000 0x40000000 0x40400000 0x40800000 (; 1 2 3 4 ;)
    f32x4.extract_lane 2
  )
)
`);
  });
  it('of a kernel: splat loads, offsets and multiply-adds, and nothing in the loop that does not change there', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var sum = vec4<f32>();
  for (var k = 0u; k < 1000u; k++) {
    let a = x[id.x * 1000u + k];
    sum += a.x * w[k * 2u];
    sum += a.y * w[k * 2u + 1u];
  }
  y[id.x] = sum;
}`;
    const text = disassemble(compileKernel(wgsl, { relaxedSimd: true }).wasm);
    const start = text.lastIndexOf('loop');
    const loop = text.slice(start, text.indexOf('end', text.indexOf('br ', start)));
    expect(loop).toMatchInlineSnapshot(`
      "loop
                  local.get 17
                  i32.const 4
                  i32.shl
                  local.get 18
                  i32.add
                  local.set 19
                  local.get 17
                  i32.const 5
                  i32.shl
                  local.get 7
                  i32.add
                  local.set 20
                  local.get 19
                  v128.load32_splat
                  local.set 21
                  local.get 20
                  v128.load align=4
                  local.set 22
                  local.get 21
                  local.get 22
                  local.get 16
                  f32x4.relaxed_madd
                  local.set 23
                  local.get 19
                  v128.load32_splat offset=4
                  local.set 24
                  local.get 20
                  v128.load offset=16 align=4
                  local.set 25
                  local.get 24
                  local.get 25
                  local.get 23
                  f32x4.relaxed_madd
                  local.set 26
                  local.get 17
                  i32.const 1
                  i32.add
                  local.tee 27
                  i32.const 1000
                  i32.lt_u
                  if
                    local.get 27
                    local.get 26
                    local.set 16
                    local.set 17
                    br 1
                  "
    `);
  });
});

describe('ByteWriter', () => {
  it('grows and writes names as UTF-8', () => {
    const writer = new ByteWriter();
    for (let i = 0; i < 1000; i++) writer.byte(i & 255);
    writer.name('µ');
    const bytes = writer.finish();
    expect(bytes.length).toBe(1003);
    expect(Array.from(bytes.slice(1000))).toEqual([2, 0xc2, 0xb5]);
    expect(bytes.slice(0, 1000).every((byte, i) => byte === (i & 255))).toBe(true);
  });
});
