import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  encodeNpy,
  encodeNpz,
  loadDataset,
  type NpyRows,
  Npz,
  type OpenDataset,
  openDataset,
  readImages,
  readNpz,
  writeStandIn,
} from '../src/index.ts';
import { openScratch } from '../src/scratch-node.ts';
import { findHeaders, npyWithHeader, patch, zipOf } from './helpers/zip-tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-open-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
/** A file with these bytes. */
function fileOf(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.npz`);
  writeFileSync(path, bytes);
  return path;
}

/** A small data set, stored or deflated. */
async function standIn(compress: boolean): Promise<string> {
  const path = join(folder, `bloodmnist-${files++}.npz`);
  await writeStandIn(path, { name: 'bloodmnist', fraction: 0.004, compress });
  return path;
}

/** Opens with all images on the disk; closes after `use`. */
async function withOpen<T>(file: string, use: (set: OpenDataset) => Promise<T>): Promise<T> {
  const set = await openDataset({ file, maxResident: 0 });
  try {
    return await use(set);
  } finally {
    await set.close();
  }
}

describe('rows of arrays on the disk', () => {
  it('are those in memory, in any order, of any whole numbers or floats', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          type: fc.constantFrom(Uint8Array, Int16Array, Float32Array, Float64Array),
          shape: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
          compress: fc.boolean(),
          order: fc.array(fc.nat(), { maxLength: 12 }),
        }),
        async ({ type, shape, compress, order }) => {
          const size = shape.reduce((product, extent) => product * extent, 1);
          const data = new type(size).map((_, i) => (i * 37) % 101);
          const dtype = (await readNpz(await encodeNpz({ a: data }))).get('a')!.dtype;
          const path = fileOf(
            await encodeNpz(new Map([['a', { dtype, shape, data } as never]]), { compress }),
          );
          const npz = await Npz.open(path);
          const rows = await npz.rows('a', { scratch: folder });
          expect(rows).toMatchObject({ count: shape[0], shape });
          const each = (size / shape[0]) * data.BYTES_PER_ELEMENT;
          expect(rows.rowBytes).toBe(each);
          const wanted = order.map((n) => n % shape[0]);
          const out = new Uint8Array(wanted.length * each);
          await rows.read(wanted, out);
          const all = new Uint8Array(data.buffer);
          wanted.forEach((row, i) => {
            expect(out.subarray(i * each, (i + 1) * each)).toEqual(
              all.subarray(row * each, (row + 1) * each),
            );
          });
          await npz.close();
          rmSync(path);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('refuse rows that do not exist and room of another size', async () => {
    await withOpen(await standIn(false), async ({ splits }) => {
      const rows = splits.train.images as NpyRows;
      const out = new Uint8Array(2 * rows.rowBytes);
      await expect(rows.read([0, rows.count], out)).rejects.toThrow(
        new RegExp(`row ${rows.count} does not exist: there are ${rows.count}`),
      );
      await expect(rows.read([-1, 0], out)).rejects.toThrow(/row -1 does not exist/);
      await expect(rows.read([0.5, 0], out)).rejects.toThrow(/row 0.5 does not exist/);
      await expect(rows.read([0], out)).rejects.toThrow(
        /1 rows of 2352 bytes are 2352; there is room for 4704/,
      );
    });
  });
});

describe('openDataset', () => {
  it('keeps small sets in memory and leaves large ones on the disk', async () => {
    const file = await standIn(true);
    const whole = await loadDataset({ file });
    const bytes = Object.values(whole.splits).reduce((sum, { images }) => sum + images.length, 0);
    const { splits: _, ...facts } = whole;
    for (const [maxResident, streamed] of [
      [undefined, false],
      [bytes, false],
      [bytes - 1, true],
      [0, true],
    ] as const) {
      const set = await openDataset({ file, maxResident });
      expect(set).toMatchObject({ ...facts, streamed });
      const { train } = set.splits;
      expect(train.images instanceof Uint8Array).toBe(!streamed);
      expect(await readImages(set, train.images, [3, 1])).toEqual(
        await readImages(whole, whole.splits.train.images, [3, 1]),
      );
      expect(train.labels).toEqual(whole.splits.train.labels);
      await set.close();
    }
  });

  it('leaves images without labels on the disk, too', async () => {
    const images = (count: number) => ({
      dtype: 'u8' as const,
      shape: [count, 2, 2],
      data: Uint8Array.from({ length: count * 4 }, (_, i) => i),
    });
    const labels = { dtype: 'u8' as const, shape: [2, 1], data: Uint8Array.of(0, 1) };
    const arrays = new Map([
      ...['train', 'val', 'test'].flatMap((split) => [
        [`${split}_images`, images(2)] as const,
        [`${split}_labels`, labels] as const,
      ]),
      ['unlabelled_images', images(5)] as const,
    ]);
    await withOpen(fileOf(await encodeNpz(arrays)), async (set) => {
      expect(await readImages(set, set.unlabelled!, [4])).toEqual(Uint8Array.of(16, 17, 18, 19));
    });
    arrays.set('unlabelled_images', images(0));
    await withOpen(fileOf(await encodeNpz(arrays)), async (set) => {
      expect(set.unlabelled).toEqual(new Uint8Array(0));
    });
  });

  it.each([
    [{ maxResident: -1 }, /maxResident must be a whole number/],
    [{ maxResident: Number.NaN }, /maxResident must be a whole number/],
    [{ scratch: 1 as never }, /scratch must be a text/],
    [{ bytes: new Uint8Array(1) } as never, /there is no option 'bytes'/],
    [{ file: undefined }, /neither name nor file is given/],
    [{ size: 64 as const }, /holds 28x28 images, not 64x64/],
    [{ name: 'chestmnist' }, /holds images of 3 channels; chestmnist has 1/],
  ])('refuses %o', async (options, message) => {
    const file = await standIn(false);
    await expect(openDataset({ file, maxResident: 0, ...options })).rejects.toThrow(message);
  });
});

describe.each([false, true])('a file that is not what it should be (deflated: %s)', (compress) => {
  const images = encodeNpy({
    dtype: 'u8',
    shape: [40, 8, 8],
    data: new Uint8Array(2560).map((_, i) => (i * i) % 97),
  });
  const rowsOf = async (zip: Uint8Array) => {
    const npz = await Npz.open(fileOf(zip));
    try {
      return await npz.rows('x', { scratch: folder });
    } finally {
      await npz.close();
    }
  };
  const sound = zipOf({ 'x.npy': images }, compress);

  it('is refused when a byte of it is another, the checksum is, or the length', async () => {
    const zip = await sound;
    await rowsOf(zip);
    const { local, central } = findHeaders(zip);
    const wrong = zip.slice();
    wrong[central[0] - 20] ^= 0x10;
    await expect(rowsOf(wrong)).rejects.toThrow(/has checksum|damaged DEFLATE|unpacks to/);
    const sum = patch(zip, [local[0] + 14, 4, 9], [central[0] + 16, 4, 9]);
    await expect(rowsOf(sum)).rejects.toThrow(/has checksum [0-9a-f]{8} instead of 00000009/);
    await expect(rowsOf(zip.slice(0, -30))).rejects.toThrow(/cut off|no end record/);
    expect(readdirSync(folder).filter((name) => name.includes('glassbox'))).toEqual([]);
  });

  it('is refused when its rows do not lie side by side', async () => {
    const text = (order: string, descr: string) =>
      `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (4, 3), }`;
    const of = (header: string, bytes: number) =>
      zipOf({ 'x.npy': npyWithHeader(header, new Uint8Array(bytes)) }, compress);
    await expect(rowsOf(await of(text('True', '|u1'), 12))).rejects.toThrow(/lies in Fortran order/);
    await expect(rowsOf(await of(text('False', '>f4'), 48))).rejects.toThrow(/have to be converted/);
    await expect(rowsOf(await of(text('False', '<f2'), 24))).rejects.toThrow(/have to be converted/);
    await expect(rowsOf(await of(text('False', '|b1'), 12))).rejects.toThrow(/have to be converted/);
    await expect(rowsOf(await of(text('False', '|O'), 96))).rejects.toThrow(/pickle/);
    const empty = encodeNpy({ dtype: 'u8', shape: [0, 4], data: new Uint8Array(0) });
    await expect(rowsOf(await zipOf({ 'x.npy': empty }, compress))).rejects.toThrow(/there are no rows/);
  });

  it('is noticed when another program changes it, unless nothing is read from it', async () => {
    const changes: [string, (path: string) => void, RegExp][] = [
      ['truncated', (path) => truncateSync(path, 1000), /had \d+ bytes when it was opened and has 1000 now/],
      ['grown', (path) => appendFileSync(path, 'x'), /had \d+ bytes when it was opened/],
      [
        'rewritten',
        (path) => {
          const bytes = readFileSync(path);
          writeFileSync(path, bytes.fill(7, 400, 500));
          utimesSync(path, 1, 1); // the clock of files may stand still between two writes
        },
        /was written to while it was being read/,
      ],
    ];
    for (const [what, change, message] of changes) {
      const file = await standIn(compress);
      await withOpen(file, async (set) => {
        const { images } = set.splits.train;
        const before = await readImages(set, images, [0, 5]);
        change(file);
        // What was unpacked is nobody else's.
        if (compress) expect(await readImages(set, images, [0, 5]), what).toEqual(before);
        else await expect(readImages(set, images, [0, 5]), what).rejects.toThrow(message);
      });
    }
    // A file that takes the place of another does not change it.
    const file = await standIn(compress);
    const other = await standIn(compress);
    await withOpen(file, async (set) => {
      const before = await readImages(set, set.splits.train.images, [2]);
      writeFileSync(other, 'nothing');
      renameSync(other, file);
      expect(await readImages(set, set.splits.train.images, [2])).toEqual(before);
    });
  });

  it('cannot be read after it was closed', async () => {
    const set = await openDataset({ file: await standIn(compress), maxResident: 0 });
    await set.close();
    await expect(readImages(set, set.splits.train.images, [0])).rejects.toThrow(/closed|EBADF|bad file/i);
  });
});

describe('a deflated file, unpacked by zlib', () => {
  const npy = encodeNpy({
    dtype: 'u8',
    shape: [3000],
    data: new Uint8Array(3000).map((_, i) => (i * 7) % 251),
  });
  /** A zip whose one member holds this stream and claims `npy`. */
  const withStream = async (stream: Uint8Array) => {
    const zip = await zipOf({ 'x.npy': npy }, true);
    const { local, central, end } = findHeaders(zip);
    const data = local[0] + 35;
    const size = central[0] - data;
    const joined = new Uint8Array([...zip.slice(0, data), ...stream, ...zip.slice(central[0])]);
    const shift = stream.length - size;
    return patch(
      joined,
      [local[0] + 18, 4, stream.length],
      [central[0] + shift + 20, 4, stream.length],
      [end + shift + 16, 4, central[0] + shift],
    );
  };
  const packed = deflateRawSync(npy);

  it('is read where the stream is sound', async () => {
    const file = fileOf(await withStream(packed));
    expect((await readNpz(file)).get('x')!.data).toEqual(npy.slice(-3000));
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['is cut off', packed.subarray(0, -9), /damaged DEFLATE stream|unpacks to \d+ bytes/],
    ['ends at once', Uint8Array.of(3, 0), /which no DEFLATE stream can/],
    ['is no DEFLATE', new Uint8Array(40).fill(0xff), /damaged DEFLATE stream|npy/],
    ['unpacks to more', deflateRawSync(Buffer.concat([npy, npy])), /unpacks to more than/],
    ['unpacks to less', deflateRawSync(npy.subarray(0, 2000)), /unpacks to 2000 bytes instead of/],
    ['holds other bytes', deflateRawSync(npy.slice().fill(1, 2000)), /has checksum/],
  ])('is refused when it %s', async (_, stream, message) => {
    const file = fileOf(await withStream(stream));
    await expect(readNpz(file)).rejects.toThrow(message);
    await expect(
      Npz.open(file).then((npz) => npz.rows('x', { scratch: folder }).finally(() => npz.close())),
    ).rejects.toThrow(message);
  });

  it('agrees with the bytes in memory on any damage', async () => {
    const sound = await withStream(packed);
    const verdict = async (input: string | Uint8Array) => {
      try {
        return (await readNpz(input)).get('x')!.data;
      } catch (error) {
        expect((error as Error).name).toBe('DataError');
        return 'refused';
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: packed.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const wrong = sound.slice();
          wrong[35 + at] ^= mask;
          const path = fileOf(wrong);
          expect(await verdict(path)).toEqual(await verdict(wrong));
          rmSync(path);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('scratch files', () => {
  it('are refused where there is no room, no folder, or no right to write', async () => {
    await expect(openScratch(folder, 1e18, 'to unpack x')).rejects.toThrow(
      /has .* free, and 1.0 EB are needed to unpack x. Free some space, or name another folder/,
    );
    await expect(openScratch(join(folder, 'no'), 1, 'to unpack x')).rejects.toThrow(/ENOENT/);
    const file = await standIn(true);
    await expect(openDataset({ file, maxResident: 0, scratch: join(folder, 'no') })).rejects.toThrow(
      /no scratch file of .* can be made there .* to unpack 'train_images.npy'/,
    );
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('say so when they cannot be written to', async () => {
    const scratch = await openScratch(folder, 10, 'to unpack x');
    await scratch.handle.close();
    expect(() => scratch.append(new Uint8Array(4))).toThrow(/tmp: could not be written/);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('are gone after %s, and have no name before', async (signal) => {
    const own = mkdtempSync(join(folder, 'scratch-'));
    const file = await standIn(true);
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('helpers/open-and-wait.ts', import.meta.url)), file, own],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await said(child, 'open');
    expect(readdirSync(own)).toEqual([]);
    if (process.platform === 'linux') {
      const fds = `/proc/${child.pid}/fd`;
      const held = readdirSync(fds).filter((fd) => {
        try {
          return readlinkSync(join(fds, fd)).startsWith(own);
        } catch {
          return false;
        }
      });
      expect(held.length).toBe(3);
    }
    child.kill(signal);
    await new Promise((resolve) => child.once('exit', resolve));
    expect(readdirSync(own)).toEqual([]);
  });
});

/** Resolves when a program has printed a text. @throws if it ends before. */
function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (piece) => {
      if (String(piece).includes(text)) resolve();
    });
    child.once('exit', (status) => reject(new Error(`ended with ${status}`)));
  });
}
