import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../../../medmnist/test/helpers/zip-tools.ts';
import { CheckpointError, parseTorch } from '../../src/checkpoint/index.ts';
import * as p from './support/pickles.ts';

/** Files made to harm: each is refused in words that name what it wanted. Nothing is run. */

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/torch/${name}`, import.meta.url)));

async function refusal(file: Uint8Array): Promise<string> {
  const error = await parseTorch(file, { name: 'evil.pt' }).then(
    () => new Error('was read'),
    (reason: Error) => reason,
  );
  if (error.message !== 'was read') expect(error).toBeInstanceOf(CheckpointError);
  return error.message;
}

describe('what PyTorch would run is named and not run', () => {
  it.each([
    ['evil.pt', "wants 'posix.system', which no file of tensors needs; nothing was run"],
    ['evil-legacy.pth', "wants 'posix.system', which no file of tensors needs; nothing was run"],
    ['eval.pt', "wants '__builtin__.eval'"],
    [
      'model.pt',
      "holds a whole model, not its weights alone (it wants 'torch.nn.modules.container.Sequential'",
    ],
    ['numpy.pt', "holds a value of numpy (it wants 'numpy.core.multiarray.scalar'"],
    ['complex.pt', "holds a 'torch.ComplexFloatStorage', of complex or quantised numbers"],
    ['sparse.pt', "(it wants 'torch._utils._rebuild_sparse_tensor'"],
    ['quantised.pt', "(it wants 'torch._utils._rebuild_qtensor'"],
    ['script.pt', 'is a TorchScript module'],
    ['loop.pt', 'contains itself'],
    ['plain.pkl', 'it looks like a Python pickle, which can run any code'],
  ])('%s (of PyTorch)', async (name, words) => {
    expect(await refusal(fixture(name))).toContain(words);
  });

  it.each([
    ['__proto__', 'x'],
    ['constructor', 'constructor'],
    ['torch', 'constructor'],
    ['torch', '__proto__'],
    ['torch', 'toString'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['builtins', 'exec'],
    ['globalThis', 'process'],
    ['torch._utils', '_rebuild_tensor_v2.__globals__'],
    ['\u001b[2J', '\u0000'],
    ['a'.repeat(100_000), 'b'],
  ])('%j.%j', async (module, name) => {
    const message = await refusal(await p.archive(p.pickle(p.global(module, name))));
    expect(message).toMatch(/^evil\.pt: .*nothing was run/);
    expect(message.length).toBeLessThan(500);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    const stack = p.pickle(p.text(module), p.text(name), p.bytes(0x93));
    expect(await refusal(await p.archive(stack))).toBe(message);
  });
});

const one = p.storage('FloatStorage', '0', 1);
const four = { 0: new Uint8Array(4) };
const nested = (depth: number) => p.pickle(p.bytes(']'.repeat(depth)), p.bytes('a'.repeat(depth - 1)));
/** A text that is turned into bytes again and again. */
const encoded = p.pickle(
  p.bytes(
    p.global('_codecs', 'encode'),
    'q',
    0,
    '0',
    p.text('x'.repeat(10_000)),
    'q',
    1,
    '0',
    p.text('latin1'),
    'q',
    2,
    '0](',
  ),
  ...Array.from({ length: 2000 }, () => p.bytes('h', 0, 'h', 1, 'h', 2, 0x86, 'R')),
  p.bytes('e'),
);
/** A list of ten times the list before, 30 times over. */
const laughs = p.pickle(
  p.bytes(']'),
  ...Array.from({ length: 30 }, () => p.bytes('q', 0, '0](', ...Array(10).fill(p.bytes('h', 0)), 'e')),
);

describe('what cannot be is refused', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty pickle', p.bytes(), /cut off at byte 0/],
    ['a pickle without an end', p.bytes(0x80, 2, 'N'), /cut off/],
    ['nothing to return', p.pickle(), /empty stack/],
    ['a protocol to come', p.bytes(0x80, 9, 'N.'), /protocol 9/],
    [
      'an instruction of protocol 0',
      p.pickle(p.bytes('I1\n')),
      /instruction INT .*torch\.save does not write/,
    ],
    ['an instruction that does not exist', p.pickle(p.bytes(0xff)), /instruction 0xff .*does not exist/],
    ['a code of the registry', p.pickle(p.bytes(0x82, 1)), /EXT1/],
    ['a text longer than the file', p.pickle(p.bytes('X', 255, 255, 255, 255)), /cut off/],
    ['a text of 2^63 bytes', p.pickle(p.bytes(0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80)), /cut off/],
    ['a whole number of a gigabyte', p.pickle(p.bytes(0x8b, 0, 0, 0, 0x40)), /whole number of/],
    ['text that is none', p.pickle(p.bytes('X', 1, 0, 0, 0, 0xff)), /not UTF-8/],
    ['a value that was never kept', p.pickle(p.bytes('h', 7)), /value 7, which it never kept/],
    ['a MARK that is not closed', p.pickle(p.bytes('(N')), /empty stack|open MARK/],
    ['a MARK that was not opened', p.pickle(p.bytes('t')), /did not open/],
    ['values below a MARK', p.pickle(p.bytes(']N(a')), /empty stack/],
    ['a call of a number', p.pickle(p.int(1), p.bytes(')R')), /no function/],
    ['a call without a tuple', p.pickle(p.global('torch', 'Size'), p.bytes(']R')), /without a tuple/],
    ['a key that can change', p.pickle(p.bytes('}]Ns')), /key that can change/],
    ['a key without a value', p.pickle(p.bytes('}(Nu')), /key without a value/],
    ['an item of a tuple', p.pickle(p.bytes(')Na')), /no list/],
    ['attributes of a number', p.pickle(p.int(1), p.bytes('}b')), /no dictionary/],
    ['a function for a value', p.pickle(p.global('torch', 'Size')), /function 'torch\.Size' itself/],
    ['a storage for a value', p.pickle(one), /storage without a tensor/],
    ['a class for a value', p.pickle(p.global('torch', 'FloatStorage')), /storage without a tensor/],
    ['an id that is none', p.pickle(p.text('storage'), p.bytes('Q')), /no storage of a tensor/],
    ['a list nested 100,000 deep', nested(100_000), /nested more than 200 deep/],
    ['ten to the power of thirty values', laughs, /more than 20000000 values/],
    ['twenty megabytes out of thirty kilobytes', encoded, /to calls again and again/],
    ['a list that contains itself', p.pickle(p.bytes(']q', 0, 'h', 0, 'a')), /contains itself/],
    ['a dictionary in itself', p.pickle(p.bytes('}q', 0, 'Nh', 0, 's')), /contains itself/],
    ['lists without end', p.pickle(p.bytes(']'.repeat(2_000_001))), /more than 2000000 lists/],
    ['a pickle and more', p.bytes(p.pickle(p.bytes('N')), 'behind'), /6 bytes behind its pickle/],
    [
      'a tensor past its storage',
      p.pickle(p.tensor(one, 1, [1], [1])),
      /last element is number 1 of a storage of 1/,
    ],
    ['an offset below zero', p.pickle(p.tensor(one, -1, [1], [1])), /cannot be/],
    ['a stride below zero', p.pickle(p.tensor(one, 0, [1], [-1])), /cannot be/],
    ['a size below zero', p.pickle(p.tensor(one, 0, [-1], [1])), /cannot be/],
    ['strides of another rank', p.pickle(p.tensor(one, 0, [1], [])), /shape \[1\] and strides \[\]/],
    [
      'a rank of 100',
      p.pickle(p.tensor(one, 0, Array(100).fill(1), Array(100).fill(1))),
      /has a tensor of shape/,
    ],
    [
      'one element repeated',
      p.pickle(p.tensor(one, 0, [2n ** 40n], [0])),
      /far more than the file.*maxBytes/,
    ],
    [
      'more elements than there are numbers',
      p.pickle(p.tensor(one, 0, Array(9).fill(2n ** 50n), Array(9).fill(0))),
      /far more/,
    ],
    ['a stride of 2^53', p.pickle(p.tensor(one, 0, [2], [2n ** 53n])), /cannot be/],
    ['a stride that overflows', p.pickle(p.tensor(one, 0, [2n ** 52n], [2n ** 52n])), /last element/],
    [
      'a storage of another length',
      p.pickle(p.tensor(p.storage('FloatStorage', '0', 2), 0, [1], [1])),
      /4 bytes for the storage '0', which takes 8/,
    ],
    [
      'a storage that is not there',
      p.pickle(p.tensor(p.storage('FloatStorage', '../0', 1), 0, [1], [1])),
      /lacks the storage '\.\.\/0'/,
    ],
    [
      'one key, two lengths',
      p.pickle(p.tuple(p.tensor(one, 0, [1], [1]), p.storage('LongStorage', '0', 1))),
      /two lengths/,
    ],
    ['a tensor of a list', p.pickle(p.tensor(p.bytes(']'), 0, [1], [1])), /cannot be/],
    [
      'a parameter of a number',
      p.pickle(p.call(p.global('torch._utils', '_rebuild_parameter'), p.int(1))),
      /does not take/,
    ],
    [
      'bytes that are no characters',
      p.pickle(p.call(p.global('_codecs', 'encode'), p.text('肺'), p.text('latin1'))),
      /does not take/,
    ],
    [
      'another coding',
      p.pickle(p.call(p.global('_codecs', 'encode'), p.text('a'), p.text('zlib'))),
      /does not take/,
    ],
  ])('%s', async (_, data, message) => {
    expect(await refusal(await p.archive(data, four))).toMatch(message);
  });

  it('zips that lie, climb out or hold two of a kind', async () => {
    const data = p.pickle(p.tensor(one, 0, [1], [1]));
    expect(await refusal(await p.archive(data, four))).toBe('was read');
    expect(await refusal(await p.archive(data, four, { '../up': p.bytes(1) }))).toMatch(/climbs out/);
    expect(await refusal(await p.archive(data, four, { 'other/data.pkl': data }))).toMatch(
      /several data\.pkl/,
    );
    expect(await refusal(await p.archive(data, four, { 'archive/byteorder': p.bytes('middle') }))).toMatch(
      /order 'middle'/,
    );
    expect(await refusal(await zipOf({ 'archive/data/0': p.bytes(1) }))).toMatch(
      /is a zip file without a data\.pkl/,
    );
    const deflated = await zipOf({ 'archive/data.pkl': p.pickle(p.bytes(']'.repeat(1000))) }, true);
    expect(await refusal(deflated)).toMatch(/deflated, and only stored ones are read.*torch\.save/);
    const damaged = (await p.archive(data, four)).slice();
    damaged[damaged.indexOf(0x80) + 4] ^= 1;
    expect(await refusal(damaged)).toMatch(/has checksum/);
  });

  it('the old format, cut off, with more or fewer storages than it speaks of', async () => {
    const legacy = fixture('cnn-legacy.pth');
    expect(await refusal(legacy)).toBe('was read');
    expect(await refusal(legacy.slice(0, -1))).toMatch(/cut off in the storage/);
    expect(await refusal(p.bytes(legacy, 0))).toMatch(/1 bytes behind its last storage/);
    for (let length = 0; length < legacy.length; length += 97) {
      expect(await refusal(legacy.slice(0, length))).toMatch(/^evil\.pt: .{10}/);
    }
    const head = p.bytes(0x80, 2, 0x8a, 10, legacy.slice(4, 14), '.');
    const file = (...rest: Uint8Array[]) =>
      p.bytes(head, p.pickle(p.bytes('M', 0xe9, 3)), p.pickle(p.bytes('}')), ...rest);
    const value = p.pickle(p.tensor(one, 0, [1], [1]));
    const count = (n: number) =>
      p.bytes(new Uint8Array(BigInt64Array.of(BigInt(n)).buffer), 0, 0, 0x80, 0x3f);
    const keys = (...names: string[]) => p.pickle(p.bytes('](', ...names.map(p.text), 'e'));
    expect(await parseTorch(file(value, keys('0'), count(1)))).toEqual({
      dtype: 'F32',
      shape: [1],
      data: Float32Array.of(1),
    });
    expect(await refusal(file(value, keys('0'), count(2)))).toMatch(/another length/);
    expect(await refusal(file(value, keys('0', '0'), count(1), count(1)))).toMatch(/twice/);
    expect(await refusal(file(value, keys('1'), count(1)))).toMatch(/nothing lies in/);
    // Written out, these would take longer than the universe is old.
    expect(await refusal(file(value, p.pickle(p.bytes(']'), laughs.slice(2, -1), p.bytes('a'))))).toMatch(
      /storage without a name/,
    );
    expect(await refusal(p.bytes(head, laughs))).toMatch(/another version than 1001/);
    expect(await refusal(file(value, keys()))).toMatch(/lacks the storage '0'/);
    expect(await refusal(file(value, p.pickle(p.bytes('N'))))).toMatch(/no list of its storages/);
  });

  it('memory is what was allowed', async () => {
    const file = await p.archive(p.pickle(p.tensor(one, 0, [100], [0])), four);
    await expect(parseTorch(file, { maxBytes: 399 })).rejects.toThrow(/more than 399 bytes/);
    expect(await parseTorch(file, { maxBytes: 400 })).toMatchObject({ shape: [100] });
  });
});
