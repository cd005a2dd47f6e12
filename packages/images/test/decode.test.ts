import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePictures, picturesOfArray, readPictures } from '../src/files/index.ts';
import { PictureError } from '../src/index.ts';
import { fixtures, pillow, pixelsOf } from './support.ts';

/** JPEG decoders round differently, and Pillow smooths halved colours where jpeg-js repeats them. */
const allowed = (file: string) =>
  file === 'subsampled.jpg' ? 40 : file === 'cmyk.jpg' ? 4 : file.endsWith('.jpg') ? 3 : 0;

describe('PNG and JPEG as Pillow reads them', () => {
  it.each(Object.keys(pillow.decoded))('%s', (file) => {
    const [picture, ...others] = decodePictures(readFileSync(join(fixtures, file)), { name: file });
    const { shape, values } = pixelsOf(pillow.decoded[file]);
    expect(others).toEqual([]);
    expect([picture.height, picture.width, picture.channels]).toEqual([shape[0], shape[1], shape[2] ?? 1]);
    expect(picture.white).toBe(file === 'grey-16.png' ? 65535 : 255);
    const difference = Math.max(...Array.from(picture.data, (value, i) => Math.abs(value - values[i])));
    expect(difference).toBeLessThanOrEqual(allowed(file));
  });
});

describe('hostile files', () => {
  const png = readFileSync(join(fixtures, 'rgb.png'));
  const jpeg = readFileSync(join(fixtures, 'progressive.jpg'));
  const interlaced = readFileSync(join(fixtures, 'interlaced.png'));

  it.each([
    ['nothing', new Uint8Array(0), 'is empty'],
    ['text', new TextEncoder().encode('hello'), 'is neither PNG nor JPEG nor DICOM'],
    ['a page of a server', new TextEncoder().encode('<!DOCTYPE html><html>'), 'looks like'],
    ['a PNG that is cut off', png.subarray(0, 60), 'no whole PNG'],
    ['a PNG cut off in its header', png.subarray(0, 20), 'cut off within its header'],
    ['a JPEG without a picture', Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), 'no picture in it'],
  ])('%s is refused', (_, bytes, message) => {
    expect(() => decodePictures(bytes, { name: 'scan' })).toThrow(PictureError);
    expect(() => decodePictures(bytes, { name: 'scan' })).toThrow(message);
  });

  it.each([
    ['PNG', png, 16],
    ['interlaced PNG', interlaced, 16],
  ])('%s that claims 60,000 x 60,000 pixels is refused before it is unpacked', (_, bytes, at) => {
    const large = Uint8Array.from(bytes);
    new DataView(large.buffer).setUint32(at, 60_000);
    new DataView(large.buffer).setUint32(at + 4, 60_000);
    expect(() => decodePictures(large)).toThrow('60000 x 60000 pixels');
  });

  it('JPEG with more pixels than allowed is refused', () => {
    expect(() => decodePictures(jpeg, { maxPixels: 100 })).toThrow('16 x 12 pixels; at most 100');
  });

  it.each([
    ['lossless', 0xc3, 'lossless'],
    ['with arithmetic coding', 0xc9, 'arithmetic'],
  ])('JPEG %s is refused by name', (_, marker, message) => {
    const other = Uint8Array.from(jpeg);
    other[other.findIndex((byte, at) => byte === 0xff && other[at + 1] === 0xc2) + 1] = marker;
    expect(() => decodePictures(other)).toThrow(message);
  });

  it('damaged bytes give pictures or a PictureError, never something else', () => {
    const files = ['rgb.png', 'palette.png', 'interlaced.png', 'grey.jpg', 'progressive.jpg', 'turned-6.jpg'];
    const contents = files.map((file) => readFileSync(join(fixtures, file)));
    const change = fc.record({
      file: fc.nat(files.length - 1),
      at: fc.nat(2000),
      byte: fc.nat(255),
      end: fc.nat(3000),
    });
    fc.assert(
      fc.property(change, ({ file, at, byte, end }) => {
        const bytes = Uint8Array.from(contents[file].subarray(0, Math.max(1, end)));
        bytes[at % bytes.length] = byte;
        try {
          for (const { data, width, height, channels } of decodePictures(bytes, { maxPixels: 1e6 }))
            expect(data.length).toBe(width * height * channels);
        } catch (error) {
          expect(error).toBeInstanceOf(PictureError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a file that is missing, a folder, an option that does not exist', async () => {
    await expect(readPictures('/nowhere/scan.png')).rejects.toThrow('ENOENT');
    await expect(readPictures(fixtures)).rejects.toThrow('is no file');
    expect(() => decodePictures(png, { maxPixel: 1 } as object)).toThrow("did you mean 'maxPixels'");
  });
});

describe('arrays of numpy', () => {
  const array = (shape: number[], data = new Uint8Array(shape.reduce((a, b) => a * b, 1))) => ({
    dtype: 'u8' as const,
    shape,
    data,
  });

  it.each([
    [[4, 5], 1, 4, 5, 1],
    [[4, 5, 3], 1, 4, 5, 3],
    [[2, 4, 5], 2, 4, 5, 1],
    [[2, 4, 5, 1], 2, 4, 5, 1],
    [[2, 4, 5, 3], 2, 4, 5, 3],
  ])('(%j) are %d pictures', (shape, count, height, width, channels) => {
    const pictures = picturesOfArray(array(shape), 'x.npy', 1e6);
    expect(pictures).toHaveLength(count);
    expect(pictures[0]).toMatchObject({ height, width, channels, white: 255 });
  });

  it('floats are shades from 0 to 1', () => {
    const [{ data, white }] = picturesOfArray(
      { dtype: 'f32', shape: [1, 3], data: Float32Array.of(0, 0.5, 1) },
      'x',
      9,
    );
    expect([...data, white]).toEqual([0, 32768, 65535, 65535]);
    expect(() =>
      picturesOfArray({ dtype: 'f32', shape: [1, 2], data: Float32Array.of(0, 7) }, 'x', 9),
    ).toThrow('holds 7');
  });

  it('other shapes and types are refused', () => {
    expect(() => picturesOfArray(array([4]), 'x', 9)).toThrow('(N,H,W)');
    expect(() => picturesOfArray(array([2, 2, 2, 2]), 'x', 9)).toThrow('has the shape (2,2,2,2)');
    expect(() => picturesOfArray(array([0, 4, 4]), 'x', 99)).toThrow('(0,4,4)');
    expect(() =>
      picturesOfArray({ dtype: 'i64', shape: [1, 1], data: BigInt64Array.of(1n) }, 'x', 9),
    ).toThrow('i64');
  });
});
