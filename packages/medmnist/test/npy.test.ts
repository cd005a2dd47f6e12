import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dtypes, encodeNpy, npyArray, parseNpy, readNpyHeader } from '../src/npy.ts';
import { anyArray, bytesOf, sameArray } from './helpers/arrays.ts';
import { sample } from './helpers/npy-sample.ts';
import { npyWithHeader } from './helpers/zip-tools.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

describe('npy', () => {
  it.each(dtypes)('reads and writes %s exactly as numpy does', (dtype) => {
    const recorded = fixture(`${dtype}.npy`);
    const read = parseNpy(recorded, dtype);
    expect(sameArray(read, sample(dtype))).toBe(true);
    expect(Buffer.from(encodeNpy(sample(dtype))).equals(recorded)).toBe(true);
  });

  it('reads and writes scalars, empty arrays and vectors as numpy does', () => {
    const scalar = parseNpy(fixture('scalar.npy'));
    expect(scalar).toMatchObject({ dtype: 'i32', shape: [] });
    expect([...(scalar.data as Int32Array)]).toEqual([7]);
    expect(parseNpy(fixture('empty.npy'))).toMatchObject({ dtype: 'f32', shape: [0, 5] });
    for (const name of ['scalar', 'empty', 'vector']) {
      const recorded = fixture(`${name}.npy`);
      expect(Buffer.from(encodeNpy(parseNpy(recorded))).equals(recorded)).toBe(true);
    }
  });

  it.each([2, 3])('reads version %i.0 of the format', (version) => {
    expect(sameArray(parseNpy(fixture(`version${version}.npy`)), sample('f32'))).toBe(true);
  });

  it('writes what it reads, for any type, shape and value', () => {
    fc.assert(
      fc.property(anyArray, (array) => {
        expect(sameArray(parseNpy(encodeNpy(array)), array)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('reads unaligned data by copying', () => {
    const data = Float64Array.of(1.5, -2.5);
    const text = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
    for (let pad = 0; pad < 8; pad++) {
      const bytes = npyWithHeader(text + ' '.repeat(pad), new Uint8Array(data.buffer));
      expect([...(parseNpy(bytes.slice()).data as Float64Array)]).toEqual([1.5, -2.5]);
    }
  });

  it('turns Fortran order into C order for any shape', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }), (shape) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const fortran = new Int32Array(count);
        // Element at C position i holds i; its Fortran position has the first index fastest.
        for (let i = 0; i < count; i++) {
          let rest = i;
          let at = 0;
          const index = shape
            .slice()
            .reverse()
            .map((extent) => {
              const k = rest % extent;
              rest = (rest - k) / extent;
              return k;
            })
            .reverse();
          for (let axis = shape.length - 1; axis >= 0; axis--) at = at * shape[axis] + index[axis];
          fortran[at] = i;
        }
        const text = `{'descr': '<i4', 'fortran_order': True, 'shape': (${shape.join(', ')},), }`;
        const read = parseNpy(npyWithHeader(text, new Uint8Array(fortran.buffer)).slice());
        expect([...(read.data as Int32Array)]).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
      { numRuns: 100 },
    );
  });

  it('gives booleans as 0 and 1, whatever non-zero byte stands for true', () => {
    const text = "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }";
    expect([...bytesOf(parseNpy(npyWithHeader(text, Uint8Array.of(0, 7, 255)).slice()))]).toEqual([0, 1, 1]);
  });

  const four = new Uint8Array(4);
  const header = (descr: string, shape = '(4,)', order = 'False') =>
    npyWithHeader(`{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`, four);
  it.each([
    ['objects', header("'|O'", '(1,)'), /pickle.*numeric dtype/],
    ['structured', header("[('x', '<f4')]", '(1,)'), /structured/],
    ['complex numbers', header("'>c8'", '()'), /dtype >c8; known are .*np\.float32/],
    ['halves that are too few', header("'<f2'", '(1,)'), /shape \[1\] of f16, which takes 2 bytes/],
    ['shape too large', header("'|u1'", '(5,)'), /takes 5 bytes, but 4 bytes follow/],
    ['shape too small', header("'|u1'", '(3,)'), /takes 3 bytes, but 4 bytes follow/],
    [
      'shape that overflows',
      header("'|u1'", '(9007199254740991, 9007199254740991)'),
      /takes .* bytes, but 4/,
    ],
    ['negative extent', header("'|u1'", '(-4,)'), /unreadable npy header/],
    ['shape of strings', header("'|u1'", "('4',)"), /shape is not a tuple/],
    ['order that is no boolean', header("'|u1'", '(4,)', '1'), /fortran_order is not/],
    ['code in the header', header("__import__('os')"), /unreadable npy header/],
    ['deep nesting', header('('.repeat(20_000)), /unreadable npy header/],
    ['wrong keys', npyWithHeader("{'descr': '|u1', 'shape': (4,)}", four), /keys "descr shape"/],
    ['repeated key', npyWithHeader("{'descr': '|u1', 'descr': '|u1', 'shape': (4,)}", four), /unreadable/],
    ['no dictionary', npyWithHeader('(4,)', four), /not a dictionary/],
    ['unknown version', npyWithHeader('{}', four, 9), /version 9\.0/],
    ['foreign bytes', Uint8Array.from(Buffer.from('<html>not an array</html>')), /not an npy array/],
    ['nothing', new Uint8Array(0), /not an npy array/],
    ['half a header', header("'|u1'").slice(0, 30), /cut off/],
    ['endless header', npyWithHeader(' '.repeat(70_000), four, 2), /header of 70000 bytes/],
    ['rank 65', header("'|u1'", `(${'1, '.repeat(65)})`), /65 dimensions/],
  ])('refuses %s with a reason and a fix', (_, bytes, message) => {
    expect(() => parseNpy(bytes.slice(), 'scan.npy')).toThrow(message);
    expect(() => parseNpy(bytes.slice(), 'scan.npy')).toThrow(/^scan\.npy: /);
  });

  it('reads a header without the data', () => {
    const bytes = fixture('f64.npy');
    expect(readNpyHeader(bytes.subarray(0, 128), bytes.length, 'x')).toMatchObject({
      dtype: 'f64',
      shape: [2, 3, 4],
      count: 24,
      byteLength: 192,
      dataOffset: 128,
    });
  });

  it('writes nothing whose shape and data disagree', () => {
    expect(() => encodeNpy({ dtype: 'u8', shape: [3], data: new Uint8Array(4) })).toThrow(
      /shape \[3\] but 4/,
    );
    expect(() => encodeNpy({ dtype: 'u8', shape: [-2, -2], data: new Uint8Array(4) })).toThrow(/shape/);
  });

  it('knows the type of a typed array', () => {
    for (const dtype of dtypes) {
      if (dtype !== 'bool') expect(npyArray(sample(dtype).data).dtype).toBe(dtype);
    }
    expect(npyArray(Buffer.from([1, 2]), [2, 1])).toMatchObject({ dtype: 'u8', shape: [2, 1] });
    expect(() => npyArray(new Uint8ClampedArray(2) as never)).toThrow(/not a typed array that npy knows/);
  });
});
