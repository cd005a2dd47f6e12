import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../../../scripts/soak/amount.ts';
import { mutated, mutation } from '../../../medmnist/test/helpers/mutations.ts';
import { CheckpointError, isHostTensor, parseTorch, type TorchValue } from '../../src/checkpoint/index.ts';
import * as p from './support/pickles.ts';

/**
 * Fuzzing of the reader of PyTorch's files: each gives a value made of plain parts, or a CheckpointError in words;
 * nothing that it names is run, and no prototype is touched.
 */

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/torch/${name}`, import.meta.url)));

/** Would be called if a name of a pickle reached JavaScript. */
let ran = 0;
Object.assign(globalThis, { boom: () => ran++ });
const prototypes = [Object, Array, Map, Set, Function, Uint8Array, String].map(
  (type) => type.prototype as object,
);
const members = () => prototypes.map((prototype) => Reflect.ownKeys(prototype).length);
const before = members();

/** @returns whether it was read. */
async function readOrRefuse(file: Uint8Array): Promise<boolean> {
  let value: TorchValue;
  try {
    value = await parseTorch(file, { name: 'some.pt', maxBytes: 1e6 });
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    const { message } = error as Error;
    expect(message).toMatch(/^some\.pt: .{10}/);
    expect(message).not.toMatch(
      /undefined|is not a function|Cannot read prop|not iterable|call stack|\[object/,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(message.length).toBeLessThan(1000);
    return false;
  }
  expectPlain(value);
  return true;
}

/** Looks at everything in a value, as its reader might. */
function expectPlain(value: unknown): void {
  if (isHostTensor(value)) {
    expect(value.data.length).toBe(value.shape.reduce((product, size) => product * size, 1));
  } else if (Array.isArray(value)) value.forEach(expectPlain);
  else if (value instanceof Set) for (const item of value) expectPlain(item);
  else if (value instanceof Map) {
    for (const [key, item] of value) {
      expectPlain(key);
      expectPlain(item);
    }
  } else if (!(value instanceof Uint8Array)) {
    expect(value === null || /^(boolean|number|bigint|string)$/.test(typeof value)).toBe(true);
  }
}

const u8 = fc.nat(255);
const ascii = fc.oneof(
  fc.constantFrom('storage', '0', 'cpu', 'latin1', 'a', 'globalThis.boom()', '__proto__', 'constructor'),
  fc.string({ maxLength: 6 }),
);
const name = fc.oneof(
  fc.constantFrom<[string, string]>(
    ['torch._utils', '_rebuild_tensor_v2'],
    ['torch._utils', '_rebuild_tensor_v3'],
    ['torch._utils', '_rebuild_parameter'],
    ['torch', 'FloatStorage'],
    ['torch', 'BoolStorage'],
    ['torch.storage', 'UntypedStorage'],
    ['torch', 'float16'],
    ['torch', 'Size'],
    ['torch', 'device'],
    ['collections', 'OrderedDict'],
    ['_codecs', 'encode'],
    ['__builtin__', 'set'],
    ['builtins', 'bytearray'],
  ),
  fc.constantFrom<[string, string]>(
    ['globalThis', 'boom'],
    ['builtins', 'eval'],
    ['os', 'system'],
    ['__proto__', 'boom'],
    ['', ''],
  ),
);
/** Numbers that a reader might trip over. */
const anyInt = fc.oneof(fc.nat(9), fc.integer(), fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31)));
/** One instruction, mostly with the bytes that it takes. */
const instruction = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'N()]}.0123ault'.split('')).map((code) => p.bytes(code)) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94)
      .map((code) => p.bytes(code)),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom('R', 'R', 'b', 'Q', 's', 'e', 'd', 'l').map((code) => p.bytes(code)),
  },
  { weight: 4, arbitrary: anyInt.map(p.int) },
  { weight: 2, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(p.long) },
  { weight: 4, arbitrary: ascii.map(p.text) },
  {
    weight: 4,
    arbitrary: name
      .filter(([module]) => !module.includes('\n'))
      .map(([module, own]) => p.global(module, own)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('q', 'h', 'K', 'C', 'U'), fc.nat(6))
      .map(([code, at]) => p.bytes(code, at)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(u8, fc.uint8Array({ maxLength: 9 })).map(([code, rest]) => p.bytes(code, rest)),
  },
);
/** Pieces that belong together, so that streams get past their first call. */
const count = fc.oneof(fc.nat(4), fc.constantFrom(-1, 5, 2 ** 31, 2 ** 53 - 1, 2 ** 53));
const phrase = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('FloatStorage', 'LongStorage', 'ByteStorage', 'UntypedStorage', 'Nothing'),
      fc.constantFrom('0', '1', '9'),
      fc.nat(5),
    )
    .map(([type, key, size]) => p.storage(type, key, size)),
  fc
    .tuple(fc.nat(5), count, fc.array(count, { maxLength: 3 }), fc.array(count, { maxLength: 3 }))
    .map(([size, offset, shape, strides]) =>
      p.tensor(p.storage('FloatStorage', '0', size), offset, shape, strides.slice(0, shape.length)),
    ),
  fc
    .tuple(name, fc.array(instruction, { maxLength: 3 }))
    .map(([[module, own], args]) => p.call(p.global(module, own), ...args)),
  fc
    .array(fc.tuple(ascii.map(p.text), instruction), { maxLength: 3 })
    .map((pairs) => p.bytes('}(', ...pairs.flat(), 'u')),
  instruction,
);
const storages = { 0: new Uint8Array(16).fill(1), 1: new Uint8Array(3) };

describe("fuzzing of PyTorch's files", () => {
  const archives = ['cnn.pt', 'kinds.pt', 'kinds-protocol5.pt', 'checkpoint.pth'].map((file) =>
    readParts(fixture(file)),
  );
  const old = ['cnn-legacy.pth', 'kinds-legacy.pth', 'kinds-legacy-protocol4.pth'].map(fixture);
  const some = fc.array(mutation, { minLength: 1, maxLength: 3 });

  it('real files, changed anywhere', async () => {
    const whole = fc.constantFrom(fixture('cnn.pt'), ...old);
    await fc.assert(
      fc.asyncProperty(whole, some, async (file, mutations) => {
        await readOrRefuse(mutated(file, mutations));
      }),
      { numRuns: cases(300) },
    );
  });

  it('real pickles, changed, in sound archives', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...archives), some, async ({ pickle, data }, mutations) => {
        read += Number(await readOrRefuse(await p.archive(mutated(pickle, mutations), data)));
      }),
      { numRuns: cases(300) },
    );
    expect(read).toBeGreaterThan(0);
  });

  it('any instructions', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(phrase, { maxLength: 12 }), fc.boolean(), async (phrases, one) => {
        // A tuple around all of it leaves one value, where the phrases left values at all.
        const data = one ? p.pickle(p.tuple(...phrases)) : p.pickle(...phrases);
        read += Number(await readOrRefuse(await p.archive(data, storages)));
      }),
      { numRuns: cases(1000) },
    );
    expect(read).toBeGreaterThan(20);
  });

  it('nothing was run', () => {
    expect(ran).toBe(0);
    expect(members()).toEqual(before);
  });
});

/** The pickle and the storages of a zip of torch.save: members are stored, so that their bytes stand as they are. */
function readParts(file: Uint8Array): { pickle: Uint8Array; data: Record<string, Uint8Array> } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let end = file.length - 22;
  while (view.getUint32(end, true) !== 0x06054b50) end--;
  let at = view.getUint32(end + 16, true);
  const data: Record<string, Uint8Array> = {};
  let pickle = new Uint8Array(0);
  while (view.getUint32(at, true) === 0x02014b50) {
    const [size, length, extra] = [
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
    ];
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const member = new TextDecoder().decode(file.subarray(at + 46, at + 46 + length));
    const content = file.slice(start, start + size);
    if (member.endsWith('data.pkl')) pickle = content;
    const key = member.match(/\/data\/(.*)$/)?.[1];
    if (key !== undefined) data[key] = content;
    at += 46 + length + extra + view.getUint16(at + 32, true);
  }
  return { pickle, data };
}
