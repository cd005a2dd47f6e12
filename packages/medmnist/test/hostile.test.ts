import { crc32, deflateRawSync } from 'node:zlib';
import { bytesSource, readZipDirectory } from '@glassbox/files';
import { describe, expect, it } from 'vitest';
import { Npz, readNpz } from '../src/npz.ts';
import { KeyedRandom } from '../src/random.ts';
import { findHeaders, lyingZip, npyOf, npyWithHeader, patch, zipOf } from './helpers/zip-tools.ts';

/** Reads every array; the error that comes of it. */
async function refusal(zip: Uint8Array, maxBytes?: number): Promise<string> {
  try {
    await readNpz(zip, { name: 'evil.npz', ...(maxBytes === undefined ? {} : { maxBytes }) });
  } catch (error) {
    expect((error as Error).name).toBe('DataError');
    return (error as Error).message;
  }
  return 'was read';
}

const two = await zipOf({ 'a.npy': npyOf(1, 2, 3), 'b.npy': npyOf(4, 5, 6) });
const { local, central, end } = findHeaders(two);

describe('a zip whose headers lie', () => {
  it('is read when nothing lies', async () => {
    expect(await refusal(two)).toBe('was read');
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['is empty', new Uint8Array(0), /has only 0 bytes/],
    ['is cut off in the middle', two.slice(0, 200), /no end record, so it was cut off/],
    ['lacks its last byte', two.slice(0, -1), /cut off/],
    [
      'has more bytes after its end than a comment',
      new Uint8Array([...two, ...new Uint8Array(0x10000)]),
      /no end record/,
    ],
    ['is preceded by other bytes', new Uint8Array([1, ...two]), /no directory entry 1 of 2|has no header/],
    [
      'claims more members',
      patch(two, [end + 8, 2, 3], [end + 10, 2, 3]),
      /no directory entry 3 of 3|claims 3 members/,
    ],
    [
      'claims 60,000 members',
      patch(two, [end + 10, 2, 60_000]),
      /claims 60000 members|60000 members, more than/,
    ],
    ['puts its directory past the end', patch(two, [end + 16, 4, two.length]), /directory lies at bytes/],
    ['gives its directory a huge size', patch(two, [end + 12, 4, 0xfffffff0]), /directory lies at bytes/],
    ['is part of a set', patch(two, [end + 4, 2, 1]), /split over several files/],
    ['points a member past the end', patch(two, [central[1] + 42, 4, two.length]), /outside the data/],
    ['points a member into another', patch(two, [central[1] + 42, 4, local[0] + 5]), /has no header at byte/],
    [
      'points two members at one place',
      patch(two, [central[1] + 42, 4, local[0]]),
      /disagree about its name/,
    ],
    ['gives a member more bytes than there are', grow(two, 1, 500), /more than the file holds/],
    ['lets a member run into the next', grow(two, 0, 40), /overlap|disagree/],
    [
      'disagrees with itself about a size',
      patch(two, [local[0] + 18, 4, 9], [local[0] + 22, 4, 9]),
      /disagree about its size/,
    ],
    [
      'disagrees with itself about a checksum',
      patch(two, [local[0] + 14, 4, 9]),
      /disagree about its checksum/,
    ],
    ['disagrees with itself about a method', patch(two, [local[0] + 8, 2, 8]), /disagree about its method/],
    [
      'has a wrong checksum',
      patch(two, [local[0] + 14, 4, 9], [central[0] + 16, 4, 9]),
      /has checksum .* instead of 00000009/,
    ],
    ['stores with two sizes', patch(two, [central[0] + 24, 4, 9]), /is stored but claims 9 bytes/],
    ['is encrypted', patch(two, [central[0] + 8, 2, 1]), /is encrypted/],
    ['is packed with LZMA', patch(two, [central[0] + 10, 2, 14]), /packed with method 14/],
    ['says zip64 without the field', patch(two, [central[0] + 24, 4, 0xffffffff]), /zip64 but lacks/],
    ['says zip64 without the end record', patch(two, [end + 16, 4, 0xffffffff]), /zip64 but has no zip64/],
  ])('is refused when it %s', async (_, zip, message) => {
    expect(await refusal(zip)).toMatch(message);
    expect(await refusal(zip)).toMatch(/^evil\.npz: .*(fetch it again|np\.savez_compressed)/);
  });

  it.each(['../up.npy', 'a/../../up.npy', '/etc/passwd.npy', 'C:/x.npy', 'a\\b.npy', 'nul\0.npy', '..'])(
    'is refused when a member is called %j',
    async (name) => {
      expect(await refusal(await zipOf({ [name]: npyOf(1) }))).toMatch(/climbs out of the archive/);
    },
  );

  it('is refused when two members have one name', async () => {
    const twice = await zipOf({ 'a.npy': npyOf(1), 'b.npy': npyOf(2) });
    for (const at of [
      ...findHeaders(twice).local.map((p) => p + 30),
      ...findHeaders(twice).central.map((p) => p + 46),
    ]) {
      twice[at] = 'a'.charCodeAt(0);
    }
    expect(await refusal(twice)).toMatch(/two members called 'a\.npy'/);
  });

  it('is refused when a name is not text, and shows names harmlessly', async () => {
    const odd = two.slice();
    odd[central[0] + 46] = 0xff;
    expect(await refusal(odd)).toMatch(/not UTF-8/);
    const painted = await zipOf({ [`\u001b[2J\u009b${'x'.repeat(300)}.npy`]: new Uint8Array(4) });
    const said = await refusal(painted);
    expect(said).not.toContain('\u001b');
    expect(said).not.toContain('\u009b');
    expect(said.length).toBeLessThan(700);
  });

  it('may hold members in any order, folders and other files', async () => {
    const zip = await zipOf({ 'data/': new Uint8Array(0), 'data/x.npy': npyOf(7), 'readme.txt': npyOf(1) });
    expect([...(await readNpz(zip)).keys()]).toEqual(['data/x']);
  });

  it('is read where zip64 is honestly needed: more than 65,535 members', async () => {
    const names = Array.from({ length: 65_600 }, (_, i) => `${i}.npy`);
    const zip = await zipOf(Object.fromEntries(names.map((name) => [name, new Uint8Array(0)])));
    const members = await readZipDirectory(bytesSource(zip), { maxMembers: 70_000, maxBytes: 1e9 });
    expect(members.map((member) => member.name).sort()).toEqual(names.sort());
    // Without its zip64 records, as writers that know none leave it: the count lacks its upper bits. Numpy reads it.
    const short = patch(zip, [zip.length - 14, 2, 65_600 & 0xffff], [zip.length - 12, 2, 65_600 & 0xffff]);
    const narrow = new Uint8Array([...short.subarray(0, -22 - 76), ...short.subarray(-22)]);
    expect((await readZipDirectory(bytesSource(narrow))).length).toBe(65_600);
    // Its zip64 records damaged one at a time.
    const locator = zip.length - 22 - 20;
    const record = locator - 56;
    for (const [at, reason] of [
      [locator, /no zip64 locator/],
      [locator + 8, /no zip64 end record|zip64 end record is at byte/],
      [locator + 15, /impossible size or offset/],
      [record, /no zip64 end record/],
      [record + 40, /directory lies at bytes|no directory entry/],
    ] as const) {
      const damaged = zip.slice();
      damaged[at] ^= 0x55;
      await expect(
        readZipDirectory(bytesSource(damaged), { maxMembers: 70_000, maxBytes: 1e9 }),
      ).rejects.toThrow(reason);
    }
  });

  it('is refused when it has too many members', async () => {
    const many = await zipOf(
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}.npy`, npyOf(i)])),
    );
    await expect(readZipDirectory(bytesSource(many), { maxMembers: 20, maxBytes: 1e9 })).rejects.toThrow(
      /holds 30 members, more than the 20/,
    );
  });
});

/** Both headers of a stored member claim `extra` bytes more. */
function grow(zip: Uint8Array, member: number, extra: number): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset);
  const size = view.getUint32(central[member] + 20, true) + extra;
  const [l, c] = [local[member], central[member]];
  return patch(zip, [l + 18, 4, size], [l + 22, 4, size], [c + 20, 4, size], [c + 24, 4, size]);
}

describe('a zip bomb', () => {
  const header = (count: number) =>
    npyWithHeader(`{'descr': '|u1', 'fortran_order': False, 'shape': (${count},), }`, new Uint8Array(0));
  const zeros = (count: number) =>
    deflateRawSync(Buffer.concat([header(count), Buffer.alloc(count)]), { level: 9 });

  it('is refused when what it honestly unpacks to is more than allowed', async () => {
    const count = 50_000_000;
    const packed = zeros(count);
    expect(packed.length).toBeLessThan(60_000);
    const bomb = lyingZip('a.npy', packed, { size: count + header(count).length });
    expect(await refusal(bomb, 10_000_000)).toMatch(
      /unpacks to 50\.0 MB from .* more than the 10\.0 MB .* raise the limit/,
    );
  });

  it('is stopped when it unpacks to more than it claims, at once', async () => {
    const packed = deflateRawSync(Buffer.concat([header(100), Buffer.alloc(50_000_000)]), { level: 9 });
    const bomb = lyingZip('a.npy', packed, { size: header(100).length + 100 });
    const allocated = await largestAllocation(async () => {
      expect(await refusal(bomb)).toMatch(/unpacks to more than the \d+ bytes that it claims/);
    });
    // 16 KB of the stream are inflated at a time, to 16.9 MB at most (the inflater keeps its own buffers besides).
    expect(allocated).toBeLessThan(34_000_000);
  });

  it('cannot make memory grow by claiming a size', async () => {
    // 60 KB of noise that claim to be 60 MB: DEFLATE could do it, these bytes do not.
    const count = 60_000_000;
    const random = new KeyedRandom(1);
    const noise = Uint8Array.from({ length: 60_000 }, () => random.below(256));
    const packed = deflateRawSync(Buffer.concat([header(count), noise]));
    const bomb = lyingZip('a.npy', packed, { size: count + header(count).length });
    const allocated = await largestAllocation(async () => {
      expect(await refusal(bomb)).toMatch(/unpacks to 600\d\d bytes instead of the 600000\d\d/);
    });
    expect(allocated).toBeLessThan(20 * packed.length + 2_000_000);
  });

  it('is refused when no DEFLATE stream could unpack to so much', async () => {
    expect(await refusal(lyingZip('a.npy', zeros(1000), { size: 2_000_000_000 }))).toMatch(
      /which no DEFLATE stream can/,
    );
  });

  it('cannot hide behind a header that says less', async () => {
    const npy = new Uint8Array([...header(4), ...new Uint8Array(5000)]);
    const zip = lyingZip('a.npy', deflateRawSync(npy), { size: npy.length, crc: crc32(npy) });
    expect(await refusal(zip)).toMatch(/takes 4 bytes, but 5000 bytes follow/);
  });

  it('is not unpacked for the sake of its header', async () => {
    const count = 50_000_000;
    const bomb = lyingZip('a.npy', zeros(count), { size: count + header(count).length });
    const npz = await Npz.open(bomb);
    const allocated = await largestAllocation(async () => {
      expect(await npz.header('a')).toMatchObject({ shape: [count] });
    });
    expect(allocated).toBeLessThan(20_000_000 + 17_000_000);
  });

  it.each<[string, Uint8Array]>([
    ['a reserved block type', Uint8Array.of(0x07, 0, 0)],
    ['distances before the start', Uint8Array.of(0x4b, 0x04, 0x41, 0, 0, 0, 0)],
    ['noise', Uint8Array.from({ length: 100 }, (_, i) => (i * 37 + 11) & 255)],
    [
      'a cut-off stream',
      new Uint8Array(deflateRawSync(npyOf(...Array.from({ length: 200 }, (_, i) => i))).subarray(0, 90)),
    ],
  ])('with %s is refused', async (_, stream) => {
    expect(await refusal(lyingZip('a.npy', stream, { size: 300 }))).toMatch(
      /damaged|not an npy array|cut off/,
    );
  });
});

/** Largest single typed array or buffer made while `work` runs. */
async function largestAllocation(work: () => Promise<void>): Promise<number> {
  const real = globalThis.Uint8Array;
  let largest = 0;
  globalThis.Uint8Array = new Proxy(real, {
    construct(target, args, newTarget) {
      if (typeof args[0] === 'number') largest = Math.max(largest, args[0]);
      return Reflect.construct(target, args, newTarget);
    },
  });
  const transfer = ArrayBuffer.prototype.transfer;
  ArrayBuffer.prototype.transfer = function (length?: number) {
    largest = Math.max(largest, length ?? 0);
    return transfer.call(this, length);
  };
  try {
    await work();
  } finally {
    globalThis.Uint8Array = real;
    ArrayBuffer.prototype.transfer = transfer;
  }
  return largest;
}
