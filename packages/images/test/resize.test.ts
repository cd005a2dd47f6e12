import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGrey, type Picture, pictureBytes, pictureFromImageData } from '../src/index.ts';
import { type Pixels, pillow, pixelsOf } from './support.ts';

function picture(pixels: Pixels): Picture {
  const { shape, values } = pixelsOf(pixels);
  const [height, width, channels = 1] = shape;
  return { width, height, channels: channels as 1 | 3, data: Uint8Array.from(values), white: 255 };
}

describe('pictureBytes', () => {
  it.each(pillow.resized.map((one) => [one.from.shape, one.size, one] as const))(
    'scales (%j) to %d pixels as Pillow does, within its rounding',
    (_, size, { from, to }) => {
      const source = picture(from);
      const bytes = pictureBytes(source, { size, channels: source.channels });
      const { values } = pixelsOf(to);
      expect(bytes.length).toBe(values.length);
      expect(Math.max(...Array.from(bytes, (byte, i) => Math.abs(byte - values[i])))).toBeLessThanOrEqual(1);
    },
  );

  it('makes grey of colours as Pillow does, within its rounding', () => {
    const source = { ...picture(pillow.luma.from) };
    const square = {
      ...source,
      height: 12,
      width: 12,
      data: source.data.filter((_, i) => (i / 3) % 16 < 12),
    };
    const bytes = pictureBytes(square, { size: 12, channels: 1 });
    const wanted = pixelsOf(pillow.luma.to).values.filter((_, i) => i % 16 < 12);
    expect(Math.max(...Array.from(bytes, (byte, i) => Math.abs(byte - wanted[i])))).toBeLessThanOrEqual(1);
  });

  it('scales to the means under triangles: written out for one line', () => {
    const data = Uint8Array.of(0, 100, 200, 40);
    const line: Picture = { width: 4, height: 1, channels: 1, data, white: 255 };
    // Half width 2: centres at 1 and 3; weights by distance .5 and 1.5 from the centre, normalised.
    const left = (0 * 0.75 + 100 * 0.75 + 200 * 0.25) / 1.75;
    const right = (100 * 0.25 + 200 * 0.75 + 40 * 0.75) / 1.75;
    expect([...pictureBytes(line, { size: 2, channels: 1 })].slice(0, 2)).toEqual(
      [left, right].map(Math.round),
    );
  });

  it('keeps constant pictures, in every size and depth', () => {
    const cases = fc.record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      size: fc.integer({ min: 1, max: 40 }),
      value: fc.nat(255),
      wide: fc.boolean(),
      from: fc.constantFrom(1 as const, 3 as const),
      to: fc.constantFrom(1 as const, 3 as const),
    });
    fc.assert(
      fc.property(cases, ({ width, height, size, value, wide, from, to }) => {
        const count = width * height * from;
        const data = wide ? new Uint16Array(count).fill(257 * value) : new Uint8Array(count).fill(value);
        const source: Picture = { width, height, channels: from, data, white: wide ? 65535 : 255 };
        const bytes = pictureBytes(source, { size, channels: to });
        expect(bytes).toEqual(new Uint8Array(size * size * to).fill(value));
      }),
    );
  });

  it('16 bits are rounded to 8 once, after scaling', () => {
    const source: Picture = {
      width: 2,
      height: 1,
      channels: 1,
      data: Uint16Array.of(0, 65535),
      white: 65535,
    };
    expect([...pictureBytes(source, { size: 1, channels: 1 })]).toEqual([128]);
  });

  it('refuses what is no picture', () => {
    const source: Picture = { width: 2, height: 2, channels: 1, data: new Uint8Array(3), white: 255 };
    expect(() => pictureBytes(source, { size: 2, channels: 1 })).toThrow('must be a picture');
    expect(() => pictureBytes(picture(pillow.luma.from), { size: 0, channels: 1 })).toThrow('size must be');
  });
});

describe('pictures from elsewhere', () => {
  it('a canvas gives red, green, blue; alpha is dropped', () => {
    const { data, channels } = pictureFromImageData({
      width: 1,
      height: 1,
      data: Uint8ClampedArray.of(1, 2, 3, 4),
    });
    expect([...data, channels]).toEqual([1, 2, 3, 3]);
    expect(() => pictureFromImageData({ width: 2, height: 1, data: new Uint8Array(4) })).toThrow('4 bytes');
  });

  it('isGrey looks at every pixel', () => {
    const grey: Picture = {
      width: 2,
      height: 1,
      channels: 3,
      data: Uint8Array.of(1, 1, 1, 2, 2, 2),
      white: 255,
    };
    expect(isGrey(grey)).toBe(true);
    expect(isGrey({ ...grey, data: Uint8Array.of(1, 1, 1, 2, 2, 3) })).toBe(false);
  });
});
