import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type NpyArray, parseNpy } from '../src/npy.ts';
import { encodeNpz, Npz, readNpz } from '../src/npz.ts';
import { findHeaders, npyOf, patch, zipOf } from './helpers/zip-tools.ts';

/**
 * Files that are odd but sound are read as numpy reads them; files that are dangerous are refused, and said to be so.
 */

const at = (name: string) => fileURLToPath(new URL(`fixtures/odd/${name}`, import.meta.url));
interface Recorded {
  kind: string;
  shape: number[];
  values: (number | boolean)[];
}
// Recorded from numpy by fixtures/record_odd.py.
const recorded = JSON.parse(readFileSync(at('../odd.json'), 'utf8')) as Record<
  string,
  Record<string, Recorded>
>;
const kinds: Record<string, string> = {
  f32: '<f4',
  f64: '<f8',
  i64: '<i8',
  i16: '<i2',
  u16: '<u2',
  u32: '<u4',
  u64: '<u8',
  i32: '<i4',
  u8: '|u1',
  bool: '|b1',
};

function expectSame(array: NpyArray, { kind, shape, values }: Recorded): void {
  // Half precision is read as float32.
  expect(kinds[array.dtype]).toBe(kind === '<f2' ? '<f4' : kind);
  expect(array.shape).toEqual(shape);
  expect(Array.from(array.data as ArrayLike<number>, Number)).toEqual(values.map(Number));
}

describe('what numpy reads is read, to the same values', () => {
  const files = Object.entries(recorded);
  it('holds every kind of oddity that was recorded', () => {
    expect(files.length).toBe(34);
  });

  it.each(files.filter(([name]) => name.endsWith('.npz')))('%s', async (name, arrays) => {
    const read = await readNpz(at(name));
    expect([...read.keys()]).toEqual(Object.keys(arrays));
    for (const [key, array] of read) expectSame(array, arrays[key]);
  });

  it.each(files.filter(([name]) => name.endsWith('.npy')))('%s', (name, arrays) => {
    expectSame(parseNpy(new Uint8Array(readFileSync(at(name)))), arrays['']);
  });

  it('a name in UTF-8 beside the old one, unless the old one was changed since', async () => {
    expect([...(await readNpz(at('unicode-path.zip'))).keys()]).toEqual(['Länge', 'stale']);
  });

  it('5,000 arrays', async () => {
    const count = 5000;
    const arrays = Array.from({ length: count }, (_, i) => [`${i}.npy`, npyOf(i & 255)] as const);
    const npz = await Npz.open(await zipOf(Object.fromEntries(arrays)));
    expect(npz.names.length).toBe(count);
    expect((await npz.get('4999')).data).toEqual(Uint8Array.of(4999 & 255));
  });

  it('names that are written are names that are read', async () => {
    for (const name of ['w:0', 'c:weights', 'Größe', 'a/b', ' ']) {
      expect([...(await readNpz(await encodeNpz({ [name]: Uint8Array.of(1) }))).keys()]).toEqual([name]);
    }
    await expect(encodeNpz({ 'C:/x': Uint8Array.of(1) })).rejects.toThrow(/name that no npz may hold/);
  });
});

describe('what is dangerous is refused and said to be so', () => {
  const refusal = (zip: Uint8Array | string) =>
    readNpz(zip, { name: 'evil.npz' }).then(
      () => 'was read',
      (error: Error) => error.message,
    );

  it('names, overlaps, sizes, disagreements, two archives in one', async () => {
    const two = await zipOf({ 'a.npy': npyOf(1, 2, 3), 'b.npy': npyOf(4, 5, 6) });
    const other = await zipOf({ 'a.npy': npyOf(9, 9, 9) });
    const { local, central, end } = findHeaders(two);
    const zip64 = (count: number) => {
      const record = new Uint8Array(76);
      const view = new DataView(record.buffer);
      view.setUint32(0, 0x06064b50, true);
      view.setBigUint64(4, 44n, true);
      view.setBigUint64(32, BigInt(count), true);
      view.setBigUint64(40, BigInt(end - central[0]), true);
      view.setBigUint64(48, BigInt(central[0]), true);
      view.setUint32(56, 0x07064b50, true);
      view.setBigUint64(64, BigInt(end), true);
      return new Uint8Array([...two.subarray(0, end), ...record, ...two.subarray(end)]);
    };
    expect(await refusal(zip64(2))).toBe('was read');
    for (const [zip, reason] of [
      [await zipOf({ '../up.npy': npyOf(1) }), /climbs out/],
      [await zipOf({ 'c:/x.npy': npyOf(1) }), /climbs out/],
      [await zipOf({ '..\\up.npy': npyOf(1) }), /climbs out/],
      [at('unicode-path-climbs.zip'), /climbs out/],
      [new Uint8Array([...other, ...two]), /stand in front of the archive/],
      [zip64(1), /two end records that disagree about its directory's count/],
      [patch(two, [local[0] + 14, 4, 9]), /disagree about its checksum/],
      [patch(two, [central[1] + 42, 4, local[0]]), /disagree about its name/],
      [
        patch(
          two,
          [local[0] + 8, 2, 8],
          [central[0] + 10, 2, 8],
          [local[0] + 22, 4, 9e8],
          [central[0] + 24, 4, 9e8],
        ),
        /no DEFLATE/,
      ],
    ] as const) {
      expect(await refusal(zip)).toMatch(reason);
      expect(await refusal(zip)).toMatch(/That is dangerous, so it is not read/);
    }
    // An end record that leaves a member out, or that stands in the comment of another.
    expect(await refusal(patch(two, [end + 8, 2, 1], [end + 10, 2, 1]))).toMatch(
      /claims 1 members in a directory that holds 2/,
    );
    const commented = patch(two, [end + 20, 2, 22]);
    expect(await refusal(new Uint8Array([...commented, ...other.subarray(-22)]))).toMatch(
      /directory lies at/,
    );
  });

  it('a member that cannot be unpacked says why, and the others are read', async () => {
    const two = await zipOf({ 'a.npy': npyOf(1, 2, 3), 'b.npy': npyOf(4, 5, 6) });
    const { local, central } = findHeaders(two);
    for (const [zip, reason] of [
      [patch(two, [local[0] + 6, 2, 1], [central[0] + 8, 2, 1]), /'a.npy' is encrypted/],
      [patch(two, [local[0] + 8, 2, 93], [central[0] + 10, 2, 93]), /'a.npy' is packed with method 93/],
    ] as const) {
      const npz = await Npz.open(zip);
      expect((await npz.get('b')).data).toEqual(Uint8Array.of(4, 5, 6));
      await expect(npz.get('a')).rejects.toThrow(reason);
      await expect(npz.header('a')).rejects.toThrow(/Write it anew with np\.savez_compressed/);
    }
  });

  it('two arrays saved into one npy file', () => {
    const twice = new Uint8Array([...npyOf(1, 2), ...npyOf(3, 4)]);
    expect(() => parseNpy(twice)).toThrow(/another array among them\. Save several arrays with np\.savez/);
  });
});
