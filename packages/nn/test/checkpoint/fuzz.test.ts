import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../../../scripts/soak/amount.ts';
import { mutated, mutation } from '../../../medmnist/test/helpers/mutations.ts';
import { CheckpointError, encodeSafetensors, parseSafetensors } from '../../src/checkpoint/index.ts';

/**
 * Fuzzing of the safetensors reader: every file ends in a CheckpointError or in exactly the tensors that its header
 * speaks of, byte for byte, and in no more memory than they take.
 */

const fixture = new Uint8Array(readFileSync(new URL('../fixtures/pytorch.safetensors', import.meta.url)));
const small = encodeSafetensors(
  new Map([
    ['conv.weight', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, -4, 5, 6) }],
    ['steps', { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) }],
    ['flags', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 0, 1) }],
    ['nothing', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
  ]),
  { epoch: '3' },
);

/** Types that the reader does not convert. */
const asStored = /^(F64|F32|I64|I32|I16|I8|U64|U32|U16|U8)$/;

/** @returns whether it was read. */
function readOrRefuse(bytes: Uint8Array): boolean {
  let tensors: ReturnType<typeof parseSafetensors>['tensors'];
  try {
    ({ tensors } = parseSafetensors(bytes, 'some.safetensors'));
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    const { message } = error as Error;
    expect(message).toMatch(/^some\.safetensors: .{10}/);
    expect(message).not.toMatch(/undefined|is not a function|Cannot read prop|not iterable|call stack/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(message.length).toBeLessThan(1000);
    return false;
  }
  // The same file, read in the simplest way.
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: _, ...header } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  expect([...tensors.keys()].sort()).toEqual(Object.keys(header).sort());
  let held = 0;
  for (const [name, { shape, data }] of tensors) {
    const { dtype, shape: said, data_offsets: offsets } = header[name];
    expect(shape).toEqual(said);
    held += data.byteLength;
    const [begin, end] = [8 + length + offsets[0], 8 + length + offsets[1]];
    if (!asStored.test(dtype)) continue;
    const own = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    expect(own.equals(bytes.subarray(begin, end)), `${name} of type ${dtype}`).toBe(true);
  }
  // Floats of 8 bits take four times what they took in the file.
  expect(held).toBeLessThanOrEqual(4 * bytes.length);
  return true;
}

/** A file with any text for a header. */
function withHeader(text: string, data: Uint8Array, claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

describe('fuzzing of safetensors', () => {
  it('mutated files are refused or read as what they say', () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(fixture, small),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (file, mutations) => {
          read += Number(readOrRefuse(mutated(file, mutations)));
        },
      ),
      { numRuns: cases(1500) },
    );
    expect(read).toBeGreaterThan(0);
  });

  it('headers that lie about types, shapes, offsets and names', () => {
    const size = fc.oneof(
      fc.nat(4),
      fc.constantFrom(-1, -0, 0.5, 1e21, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 - 1, null, '3', true),
    );
    const entry = fc.record(
      {
        dtype: fc.constantFrom('F32', 'I64', 'U8', 'F16', 'BF16', 'BOOL', 'F8_E4M3', '', 'toString', null, 4),
        shape: fc.oneof(fc.array(size, { maxLength: 4 }), fc.constantFrom(null, 3, '[1]', {})),
        data_offsets: fc.oneof(
          fc.tuple(fc.nat(24), fc.nat(24)),
          fc.array(size, { maxLength: 3 }),
          fc.constantFrom(null, '01'),
        ),
      },
      { requiredKeys: [] },
    );
    const honest = fc.record({
      dtype: fc.constantFrom('U8', 'BOOL'),
      shape: fc.nat(6).map((n) => [n]),
      data_offsets: fc.tuple(fc.nat(6), fc.nat(12)),
    });
    const name = fc.oneof(
      fc.constantFrom(
        'a',
        'b',
        '',
        '__proto__',
        '__metadata__',
        'constructor',
        '../a',
        '\u001b[2J\u009b',
        'a\0',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    const header = fc.array(fc.tuple(name, fc.oneof(entry, honest, fc.jsonValue())), { maxLength: 4 });
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 32 }), (entries, data) => {
        const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
        readOrRefuse(withHeader(`{${members.join(',')}}`, data));
      }),
      { numRuns: cases(500) },
    );
  });

  it('one true tensor among others that fit it or not', () => {
    let read = 0;
    const offsets = fc.tuple(fc.nat(8), fc.nat(8));
    fc.assert(
      fc.property(fc.nat(8), fc.nat(8), offsets, fc.boolean(), (a, b, [begin, span], moved) => {
        const place = moved ? [begin, begin + span] : [a, a + b];
        const text = JSON.stringify({
          a: { dtype: 'U8', shape: [a], data_offsets: [0, a] },
          b: { dtype: 'I8', shape: [place[1] - place[0]], data_offsets: place },
        });
        const data = Uint8Array.from({ length: a + b }, (_, i) => 17 * i);
        const right = place[0] === a && place[1] === a + b;
        const was = readOrRefuse(withHeader(text, data));
        if (right) expect(was).toBe(true);
        read += Number(was);
      }),
      { numRuns: cases(1000) },
    );
    expect(read).toBeGreaterThan(100);
  });

  it('texts that are hardly headers', () => {
    const token = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"a"',
        '"dtype"',
        '"F32"',
        '"shape"',
        '"data_offsets"',
        '[0,4]',
        '[1]',
      ],
      ...[
        '"__metadata__"',
        '"\\u0061"',
        '"\\ud800"',
        '1e400',
        '-0',
        'null',
        ' ',
        '\u001b[31m',
        '\u{10ffff}',
        '\\',
      ],
    );
    const text = fc.oneof(
      fc.array(token, { maxLength: 25 }).map((tokens) => `{${tokens.join('')}`),
      fc.json().map((json) => `{"a":${json}}`),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    const claimed = fc.option(
      fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
      { nil: undefined, freq: 4 },
    );
    fc.assert(
      fc.property(text, fc.uint8Array({ maxLength: 8 }), claimed, (header, data, length) => {
        readOrRefuse(withHeader(header, data, length));
      }),
      { numRuns: cases(1500) },
    );
  });

  it.each([
    [
      'a type nested a hundred thousand deep',
      '{"a":{"dtype":@,"shape":[],"data_offsets":[0,4]}}',
      /no element type/,
    ],
    ['a shape so deep', '{"a":{"dtype":"F32","shape":@,"data_offsets":[0,4]}}', /no valid shape/],
    ['metadata so deep', '{"__metadata__":{"a":@}}', /metadata 'a' is not text/],
    ['a tensor so deep', '{"a":@}', /tensor 'a' is not a JSON object/],
  ])('%s is refused, briefly', (_, text, message) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const file = withHeader(text.replace('@', deep), new Uint8Array(4));
    expect(() => parseSafetensors(file)).toThrow(message);
    expect(readOrRefuse(file)).toBe(false);
  });
});
