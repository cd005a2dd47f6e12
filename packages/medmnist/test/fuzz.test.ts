import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../../scripts/soak/amount.ts';
import { DataError } from '../src/index.ts';
import { encodeNpy, type NpyArray, parseNpy } from '../src/npy.ts';
import { encodeNpz, readNpz } from '../src/npz.ts';
import { bytesOf, sameArray } from './helpers/arrays.ts';
import { at, mutated, mutation, position } from './helpers/mutations.ts';
import { lyingZip, npyWithHeader } from './helpers/zip-tools.ts';

/**
 * Fuzzing of the readers. Every case must end in a DataError or in the right arrays: no other exception, no hang, no
 * array whose length and shape disagree. GLASSBOX_SOAK=1 tries 10,000 cases of each; fast-check prints the seed of a
 * failing case.
 */

const original: Record<string, NpyArray> = {
  train_images: {
    dtype: 'u8',
    shape: [5, 4, 4],
    data: Uint8Array.from({ length: 80 }, (_, i) => (i * 29) & 255),
  },
  train_labels: { dtype: 'u8', shape: [5, 1], data: Uint8Array.of(0, 1, 1, 0, 1) },
  weights: { dtype: 'f64', shape: [3], data: Float64Array.of(0.5, -1, 1e300) },
};
const files = await Promise.all([true, false].map((compress) => encodeNpz(original, { compress })));

/** A value for a field of the end record or of a directory entry: extremes and near misses. */
const fieldValue = fc.oneof(
  fc.constantFrom(0, 1, 8, 22, 45, 46, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff),
  fc.nat(2000),
  fc.integer({ min: 0, max: 0xffffffff }),
);

async function readOrRefuse(bytes: Uint8Array, allowed: Record<string, NpyArray>): Promise<void> {
  let arrays: Map<string, NpyArray>;
  try {
    arrays = await readNpz(bytes, { maxBytes: 1e8 });
  } catch (error) {
    if (error instanceof DataError) return;
    throw error;
  }
  for (const [name, array] of arrays) {
    const candidates = allowed[name] ? [allowed[name]] : Object.values(allowed);
    if (!candidates.some((candidate) => sameArray(candidate, array))) {
      throw new Error(`'${name}' came back as something else: ${array.dtype} [${array.shape}]`);
    }
  }
}

describe('fuzzing', () => {
  it('npz: mutated files are refused or read right', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        async (file, mutations) => {
          await readOrRefuse(mutated(file, mutations), original);
        },
      ),
      { numRuns: cases(1000) },
    );
  });

  it('npz: headers with any field overwritten are refused or read right', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.nat(400), fc.constantFrom(2, 4), fieldValue), { minLength: 1, maxLength: 3 }),
        async (file, fields) => {
          const bytes = file.slice();
          const view = new DataView(bytes.buffer);
          // Counted from the end, where the directory and the end record are.
          for (const [back, width, value] of fields) {
            const offset = bytes.length - 4 - Math.min(back, bytes.length - 4);
            if (width === 2) view.setUint16(offset, value & 0xffff, true);
            else view.setUint32(offset, value, true);
          }
          await readOrRefuse(bytes, original);
        },
      ),
      { numRuns: cases(1000) },
    );
  });

  it('npz: random DEFLATE streams are refused or read as what they hold', async () => {
    const stream = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(9))
        .map(([bytes, level]) => deflateRawSync(bytes, { level })),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 200 }), position, fc.nat(7))
        .map(([bytes, where, bit]) => {
          const packed = deflateRawSync(encodeNpy({ dtype: 'u8', shape: [bytes.length], data: bytes }));
          packed[at(packed, where)] ^= 1 << bit;
          return packed;
        }),
    );
    await fc.assert(
      fc.asyncProperty(stream, fc.nat(100_000), async (packed, size) => {
        await readOrRefuse(lyingZip('a.npy', new Uint8Array(packed), { size }), {});
      }),
      { numRuns: cases(600) },
    );
  });

  it('npy: any header text is refused or gives as many elements as its shape says', () => {
    const token = fc.constantFrom(
      ...[
        "{'descr': ",
        "'<f4'",
        "'|u1'",
        "'>i2'",
        "'|O'",
        ", 'fortran_order': ",
        'False',
        'True',
        ", 'shape': ",
        '()',
      ],
      ...[
        '(4,)',
        '(2, 2)',
        '(0,)',
        '(-1,)',
        '(99999999999,)',
        '}',
        ', }',
        '[',
        ']',
        "'",
        '"',
        '\\',
        '\n',
        '3L',
        'None',
      ],
    );
    const text = fc.oneof(
      fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join('')),
      fc.string({ maxLength: 80 }),
      fc
        .tuple(
          fc.constantFrom('<f4', '|u1', '<i8', '|b1', '<u2', '>f8', '<f2'),
          fc.boolean(),
          fc.array(fc.nat(5), { maxLength: 4 }),
        )
        .map(
          ([descr, fortran, shape]) =>
            `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ` +
            `(${shape.map((n) => `${n},`).join(' ')}), }`,
        ),
    );
    fc.assert(
      fc.property(
        text,
        fc.uint8Array({ maxLength: 64 }),
        fc.constantFrom(1, 2, 3),
        (header, data, version) => {
          let array: NpyArray;
          try {
            array = parseNpy(npyWithHeader(header, data, version).slice());
          } catch (error) {
            expect(error).toBeInstanceOf(DataError);
            return;
          }
          expect(array.data.length).toBe(array.shape.reduce((product, extent) => product * extent, 1));
          // Half precision takes twice what it took in the file.
          const widened = /[<>]f2/.test(header) ? 2 : 1;
          expect(bytesOf(array).length).toBe(widened * data.length);
        },
      ),
      { numRuns: cases(2000) },
    );
  });

  it('npy: rewritten headers inside a sound zip are refused or agree with the data', async () => {
    const sound = encodeNpy(original['train_images']);
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const npy = mutated(sound, mutations);
        const zip = lyingZip('a.npy', new Uint8Array(deflateRawSync(npy)), {
          size: npy.length,
          crc: crc32(npy),
        });
        let array: NpyArray | undefined;
        try {
          array = (await readNpz(zip)).get('a');
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          return;
        }
        expect(array!.data.length).toBe(array!.shape.reduce((product, extent) => product * extent, 1));
      }),
      { numRuns: cases(600) },
    );
  });
});
