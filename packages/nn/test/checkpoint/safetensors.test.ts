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
    ['an unknown type', file({ a: { ...f32([1], 0, 4), dtype: 'F8_E4M3' } }, 4), /element type "F8_E4M3"/],
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
