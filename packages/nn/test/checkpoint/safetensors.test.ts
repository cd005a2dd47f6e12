import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError, encodeSafetensors, parseSafetensors } from '../../src/checkpoint/index.ts';
import type { HostTensor } from '../../src/module/state-dict.ts';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));

/** A file with any header and data, valid or not. */
function file(header: unknown, dataBytes = 0, length?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('parseSafetensors', () => {
  it('reads what PyTorch wrote, value for value', () => {
    const { tensors, metadata } = parseSafetensors(fixture('pytorch.safetensors'));
    const expected: Record<string, { shape: number[]; values: (number | string | boolean)[] }> = JSON.parse(
      fixture('pytorch-values.json').toString(),
    );
    expect([...tensors.keys()]).toEqual(Object.keys(expected));
    expect(metadata.get('format')).toBe('pt');
    for (const [name, { shape, values }] of Object.entries(expected)) {
      const tensor = tensors.get(name)!;
      expect(tensor.shape).toEqual(shape);
      expect(Array.from(tensor.data, Number), name).toEqual(
        values.map((v) => (v === 'inf' ? Infinity : Number(v))),
      );
    }
    expect(tensors.get('1.num_batches_tracked')!.dtype).toBe('I64');
    expect(tensors.get('half')!.dtype).toBe('F32');
  });

  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /0 bytes long/],
    ['a file of 7 bytes', new Uint8Array(7), /7 bytes long/],
    ['a header longer than the file', file({}, 0, 1000), /header takes 1000 bytes, but 2 follow/],
    ['a header of 2^63 bytes', file({}, 0, 2 ** 63), /header takes 9223372036854775808 bytes/],
    ['a header that is not JSON', file('{"a": }'), /not JSON/],
    ['a header that is an array', file('[]'), /does not begin with '\{'/],
    ['a header cut in a character', file('{"\u00e9"}').slice(0, -3), /header takes/],
    ['invalid UTF-8', file('{"a\u0000": 1}').map((b) => (b === 0x61 ? 0xff : b)), /not JSON in UTF-8/],
    [
      'a name twice',
      file(`{"a": ${JSON.stringify(f32([1], 0, 4))}, "\\u0061": ${JSON.stringify(f32([1], 4, 8))}}`, 8),
      /'a' twice/,
    ],
    [
      'a member twice',
      file('{"a": {"dtype": "F32", "dtype": "I32", "shape": [], "data_offsets": [0, 4]}}', 4),
      /'dtype' twice/,
    ],
    ['an entry that is null', file({ a: null }), /tensor 'a' is not a JSON object/],
    ['an unknown member', file({ a: { ...f32([1], 0, 4), strides: [1] } }, 4), /unknown member 'strides'/],
    ['an unknown type', file({ a: { ...f32([1], 0, 4), dtype: 'F7' } }, 4), /element type "F7"; known are/],
    [
      'floats of 4 bits',
      file({ a: { ...f32([2], 0, 1), dtype: 'F4' } }, 1),
      /"F4" \(floats of 4 bits.*scales/,
    ],
    [
      'floats of 6 bits',
      file({ a: { ...f32([4], 0, 3), dtype: 'F6_E2M3' } }, 3),
      /"F6_E2M3" \(floats of 6 bits/,
    ],
    ['complex numbers', file({ a: { ...f32([1], 0, 8), dtype: 'C64' } }, 8), /"C64" \(complex numbers\)/],
    ['a negative size', file({ a: f32([-1], 0, 4) }, 4), /no valid shape/],
    ['a fractional size', file({ a: f32([1.5], 0, 4) }, 4), /no valid shape/],
    [
      'offsets that end before they begin',
      file({ a: f32([1], 4, 0) }, 4),
      /takes 4 bytes, but its offsets span -4/,
    ],
    ['one offset', file({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4), /data_offsets/],
    [
      'a shape that disagrees with its bytes',
      file({ a: f32([2], 0, 4) }, 4),
      /takes 8 bytes, but its offsets span 4/,
    ],
    ['a shape too large for any machine', file({ a: f32([2 ** 50, 2 ** 50], 0, 4) }, 4), /takes .* bytes/],
    ['tensors that overlap', file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), /overlap/],
    ['tensors that leave a gap', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /gap/],
    [
      'bytes left over',
      file({ a: f32([1], 0, 4) }, 5),
      /take 4 bytes, but 5 follow the header \(left over\)/,
    ],
    ['a file cut off', file({ a: f32([2], 0, 8) }, 7), /cut off/],
    ['metadata that is not text', file({ __metadata__: { epoch: 1 } }), /metadata 'epoch' is not text/],
    ['metadata that is a list', file({ __metadata__: [] }), /metadata is not a JSON object/],
  ];
  it.each(cases)('refuses %s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, 'some.safetensors')).toThrow(CheckpointError);
    expect(() => parseSafetensors(bytes, 'some.safetensors')).toThrow(message);
    expect(() => parseSafetensors(bytes, 'some.safetensors')).toThrow(/^some\.safetensors: /);
  });

  it('reads floats of 8 bits', () => {
    const read = (dtype: string, ...bits: number[]) => {
      const whole = file({ a: { dtype, shape: [bits.length], data_offsets: [0, bits.length] } }, bits.length);
      whole.set(bits, whole.length - bits.length);
      return parseSafetensors(whole).tensors.get('a')!;
    };
    const f8 = (...values: number[]) => ({
      dtype: 'F32',
      shape: [values.length],
      data: Float32Array.from(values),
    });
    // Each type's own tables are checked in packages/files.
    expect(read('F8_E4M3', 0x38, 0x7e, 0x80, 0xff)).toEqual(f8(1, 448, -0, Number.NaN));
    expect(read('F8_E5M2', 0x3c, 0x7b, 0xfc, 0x01)).toEqual(f8(1, 57344, -Infinity, 2 ** -16));
    expect(read('F8_E4M3FNUZ', 0x40, 0x7f, 0x80)).toEqual(f8(1, 240, Number.NaN));
    expect(read('F8_E5M2FNUZ', 0x40, 0x7f, 0x80)).toEqual(f8(1, 57344, Number.NaN));
    expect(read('F8_E8M0', 127, 0, 254, 255)).toEqual(f8(1, 2 ** -127, 2 ** 127, Number.NaN));
  });

  it('reads a tensor named __proto__ as any other', () => {
    const { tensors } = parseSafetensors(file(`{"__proto__": ${JSON.stringify(f32([1], 0, 4))}}`, 4));
    expect(tensors.get('__proto__')?.shape).toEqual([1]);
  });
});

describe('encodeSafetensors', () => {
  const tensor = fc.oneof(
    fc
      .array(fc.float({ noNaN: true }), { maxLength: 12 })
      .map(
        (values): HostTensor => ({ dtype: 'F32', shape: [values.length], data: Float32Array.from(values) }),
      ),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((value): HostTensor => ({ dtype: 'I64', shape: [], data: BigInt64Array.of(value) })),
    fc
      .array(fc.nat(255), { minLength: 6, maxLength: 6 })
      .map((values): HostTensor => ({ dtype: 'U8', shape: [2, 3], data: Uint8Array.from(values) })),
  );
  const name = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text !== '__metadata__');

  it('comes back the same, tensors and metadata', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 }),
        fc.dictionary(fc.string(), fc.string()),
        (entries, metadata) => {
          const read = parseSafetensors(encodeSafetensors(new Map(entries), metadata));
          expect(Object.fromEntries(read.tensors)).toEqual(Object.fromEntries(entries));
          expect(Object.fromEntries(read.metadata)).toEqual({ ...metadata });
        },
      ),
      { numRuns: 300 },
    );
  });

  const floats = (...values: number[]) =>
    new Map<string, HostTensor>([
      ['w', { dtype: 'F32', shape: [values.length], data: Float32Array.from(values) }],
      ['exact', { dtype: 'F64', shape: [1], data: Float64Array.of(0.1) }],
      ['steps', { dtype: 'I64', shape: [], data: BigInt64Array.of(2n ** 60n) }],
    ]);

  it.each([
    [
      'F16',
      [0.1, -65504, 65519, 2 ** -25, 1 + 2 ** -11, 1 + 3 * 2 ** -11, Infinity, NaN],
      [0.0999755859375, -65504, 65504, 0, 1, 1 + 2 ** -9, Infinity, NaN],
    ],
    [
      'BF16',
      [0.1, 3e38, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -Infinity, NaN],
      [0.10009765625, 226 * 2 ** 120, 1, 1 + 2 ** -6, -Infinity, NaN],
    ],
  ] as const)(
    'writes %s on request, rounded to nearest even, and other types as they are',
    (type, values, rounded) => {
      const tensors = floats(...values);
      const bytes = encodeSafetensors(tensors, {}, { floats: type });
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
      expect([header.w.dtype, header.exact.dtype, header.steps.dtype]).toEqual([type, 'F64', 'I64']);
      expect(bytes.length).toBe(8 + length + 16 + 2 * values.length);
      const read = parseSafetensors(bytes).tensors;
      expect(Array.from(read.get('w')!.data, Number)).toEqual(rounded.map(Math.fround));
      expect(read.get('exact')).toEqual(tensors.get('exact'));
      expect(read.get('steps')).toEqual(tensors.get('steps'));
    },
  );

  it('refuses a value that is too large for 16 bits, and names it', () => {
    expect(() => encodeSafetensors(floats(1, -65520), {}, { floats: 'F16' })).toThrow(
      /tensor 'w': holds -65520 at index 1, which is too large for F16\. Write \{ floats: 'BF16' \}/,
    );
    expect(() => encodeSafetensors(floats(3.4e38), {}, { floats: 'BF16' })).toThrow(
      /too large for BF16.*as F32/,
    );
    // biome-ignore lint/suspicious/noExplicitAny: JavaScript lets it through
    expect(() => encodeSafetensors(floats(1), {}, { floats: 'F8' } as any)).toThrow(/floats.*F16.*BF16/);
  });

  it('aligns every tensor to its elements in the file', () => {
    const bytes = encodeSafetensors(
      new Map<string, HostTensor>([
        ['flag', { dtype: 'U8', shape: [3], data: new Uint8Array(3) }],
        ['count', { dtype: 'I64', shape: [], data: BigInt64Array.of(5n) }],
        ['weight', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }],
      ]),
    );
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(length % 8).toBe(0);
    expect(header.count.data_offsets).toEqual([0, 8]);
    expect(header.weight.data_offsets).toEqual([8, 12]);
    expect(header.flag.data_offsets).toEqual([12, 15]);
  });

  it('refuses a shape that does not hold the values', () => {
    const tensors = new Map<string, HostTensor>([
      ['a', { dtype: 'F32', shape: [2], data: new Float32Array(3) }],
    ]);
    expect(() => encodeSafetensors(tensors)).toThrow(/tensor 'a': has shape \[2\] but 3 values/);
  });
});
