import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePictures } from '../src/files/index.ts';
import { PictureError } from '../src/index.ts';
import { fixtures } from './support.ts';

type Value = string | number | Uint8Array | readonly number[];
type Element = readonly [tag: number, vr: string, value: Value];

const explicitLittle = '1.2.840.10008.1.2.1';

/** An element as DICOM PS3.5 writes it; `big`: in the other byte order. */
function element([tag, vr, value]: Element, { explicit = true, big = false } = {}): Uint8Array {
  const numbers = typeof value === 'number' ? [value] : value;
  let body: Uint8Array;
  if (numbers instanceof Uint8Array) body = numbers;
  else if (typeof numbers === 'string')
    body = new TextEncoder().encode(numbers + (numbers.length % 2 ? (vr === 'UI' ? '\0' : ' ') : ''));
  else {
    body = new Uint8Array(2 * numbers.length);
    const view = new DataView(body.buffer);
    for (const [i, number] of numbers.entries()) view.setUint16(2 * i, number & 0xffff, !big);
  }
  const long = /^O|SQ/.test(vr);
  const header = new DataView(new ArrayBuffer(!explicit || !long ? 8 : 12));
  header.setUint16(0, tag >>> 16, !big);
  header.setUint16(2, tag & 0xffff, !big);
  const encapsulated = vr === 'OB!';
  const length = encapsulated ? 0xffffffff : body.length;
  if (!explicit) header.setUint32(4, length, !big);
  else {
    header.setUint8(4, vr.charCodeAt(0));
    header.setUint8(5, vr.charCodeAt(1));
    if (long) header.setUint32(8, length, !big);
    else header.setUint16(6, length, !big);
  }
  return Buffer.concat([new Uint8Array(header.buffer), body]);
}

interface Image {
  readonly rows?: number;
  readonly columns?: number;
  readonly bits?: number;
  readonly stored?: number;
  readonly signed?: boolean;
  readonly photometric?: string;
  readonly samples?: number;
  readonly syntax?: string;
  readonly more?: readonly Element[];
  readonly pixels: Value;
  readonly pixelKind?: string;
}

function dicom(image: Image): Uint8Array {
  const {
    rows = 1,
    columns = 3,
    bits = 16,
    signed = false,
    photometric = 'MONOCHROME2',
    samples = 1,
  } = image;
  const { stored = bits, syntax = explicitLittle, more = [], pixels, pixelKind = 'OW' } = image;
  const how = { explicit: syntax !== '1.2.840.10008.1.2', big: syntax === '1.2.840.10008.1.2.2' };
  const elements: Element[] = [
    [0x00280002, 'US', samples],
    [0x00280004, 'CS', photometric],
    [0x00280010, 'US', rows],
    [0x00280011, 'US', columns],
    [0x00280100, 'US', bits],
    [0x00280101, 'US', stored],
    [0x00280103, 'US', signed ? 1 : 0],
    ...more,
    [0x7fe00010, pixelKind, pixels],
  ];
  elements.sort(([a], [b]) => a - b);
  const meta = element([0x00020010, 'UI', syntax]);
  return Buffer.concat([
    new Uint8Array(128),
    new TextEncoder().encode('DICM'),
    // The length of this group in four bytes.
    Buffer.concat([Uint8Array.of(2, 0, 0, 0, 0x55, 0x4c, 4, 0), Uint8Array.of(meta.length, 0, 0, 0)]),
    meta,
    ...elements.map((one) => element(one, how)),
  ]);
}

const shades = (image: Image) =>
  decodePictures(dicom(image), { name: 'scan.dcm' }).map(({ data }) => [...data]);

describe('DICOM', () => {
  it.each([explicitLittle, '1.2.840.10008.1.2', '1.2.840.10008.1.2.2'])(
    'reads 16 bits of %s from the smallest to the largest value',
    (syntax) => {
      expect(shades({ syntax, pixels: [1000, 1500, 3000] })).toEqual([[0, 16384, 65535]]);
    },
  );

  it('inverts MONOCHROME1', () => {
    expect(shades({ photometric: 'MONOCHROME1', pixels: [0, 1, 2] })).toEqual([[65535, 32768, 0]]);
  });

  it('reads signed values, and no more bits than are used', () => {
    expect(shades({ signed: true, pixels: [-100, 0, 100] })).toEqual([[0, 32768, 65535]]);
    expect(shades({ stored: 12, pixels: [0xf000, 0xf7ff, 0x0fff] })).toEqual([[0, 32759, 65535]]);
    expect(shades({ stored: 12, signed: true, pixels: [0x0800, 0, 0x07ff] })).toEqual([[0, 32776, 65535]]);
  });

  it('rescales, then takes the first window (PS3.3, C.11.2.1.2)', () => {
    const more: Element[] = [
      [0x00281050, 'DS', '40\\400'],
      [0x00281051, 'DS', '80\\2000'],
      [0x00281052, 'DS', '-1024'],
      [0x00281053, 'DS', '1'],
    ];
    const of = (value: number) => Math.round(65535 * Math.min(1, Math.max(0, (value - 39.5) / 79 + 0.5)));
    expect(shades({ more, pixels: [1024, 1064, 1124] })).toEqual([[of(0), of(40), of(100)]]);
    const exact = [...more, [0x00281056, 'CS', 'LINEAR_EXACT'] as const];
    expect(shades({ more: exact, pixels: [1024, 1064, 1104] })).toEqual([[0, 32768, 65535]]);
    const sigmoid = [...more, [0x00281056, 'CS', 'SIGMOID'] as const];
    expect(shades({ more: sigmoid, pixels: [1024, 1064, 1104] })[0][1]).toBe(32768);
    const threshold = more.map(([tag, vr, value]) => [tag, vr, tag === 0x00281051 ? '1' : value] as const);
    expect(shades({ more: threshold, pixels: [1063, 1064, 1065] })).toEqual([[0, 65535, 65535]]);
  });

  it('a constant picture without a window is black, and a window of width 0 is none', () => {
    expect(shades({ pixels: [7, 7, 7] })).toEqual([[0, 0, 0]]);
    const more: Element[] = [
      [0x00281050, 'DS', '40'],
      [0x00281051, 'DS', '0'],
    ];
    expect(shades({ more, pixels: [0, 1, 2] })).toEqual([[0, 32768, 65535]]);
  });

  it('reads each frame, and colours pixel by pixel or in planes', () => {
    const frames = shades({
      bits: 8,
      columns: 2,
      more: [[0x00280008, 'IS', '2']],
      pixels: Uint8Array.of(0, 9, 9, 0),
    });
    expect(frames).toEqual([
      [0, 65535],
      [65535, 0],
    ]);
    const rgb = { bits: 8, columns: 2, samples: 3, photometric: 'RGB', pixelKind: 'OB' };
    expect(shades({ ...rgb, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) })).toEqual([[1, 2, 3, 4, 5, 6]]);
    const planes = { ...rgb, more: [[0x00280006, 'US', 1] as const] };
    expect(shades({ ...planes, pixels: Uint8Array.of(1, 4, 2, 5, 3, 6) })).toEqual([[1, 2, 3, 4, 5, 6]]);
  });

  it('reads JPEG Baseline', () => {
    const jpeg = readFileSync(join(fixtures, 'grey.jpg'));
    const even = jpeg.length % 2 ? Buffer.concat([jpeg, Uint8Array.of(0)]) : jpeg;
    const item = (bytes: Uint8Array) => {
      const header = Buffer.alloc(8);
      header.writeUInt32LE(0xe000fffe, 0);
      header.writeUInt32LE(bytes.length, 4);
      return Buffer.concat([header, bytes]);
    };
    const end = Buffer.alloc(8);
    end.writeUInt32LE(0xe0ddfffe, 0);
    const pixels = Buffer.concat([item(new Uint8Array(0)), item(even), end]);
    const image = {
      rows: 12,
      columns: 16,
      bits: 8,
      syntax: '1.2.840.10008.1.2.4.50',
      pixelKind: 'OB!',
      pixels,
    };
    const [plain] = decodePictures(jpeg);
    const [low, high] = [Math.min(...plain.data), Math.max(...plain.data)];
    const wanted = Array.from(plain.data, (value) => Math.round((65535 * (value - low)) / (high - low)));
    expect(shades(image)).toEqual([wanted]);
    expect(() => shades({ ...image, rows: 13 })).toThrow('another picture in it (16 x 12)');
  });

  it.each([
    [
      'an unread transfer syntax, by name',
      { syntax: '1.2.840.10008.1.2.4.70' },
      'JPEG Lossless, First-Order',
    ],
    ['an unknown transfer syntax', { syntax: '1.2.3' }, '1.2.3'],
    ['palettes', { photometric: 'PALETTE COLOR' }, 'PALETTE COLOR'],
    ['32 bits', { bits: 32 }, '32 bits'],
    ['fewer pixels than promised', { rows: 100 }, 'fewer than its header promises'],
    ['more pixels than allowed', { rows: 65535, columns: 65535 }, 'at most 33,554,432'],
    ['frames without number', { more: [[0x00280008, 'IS', 'many'] as const] }, 'NaN frames'],
    ['no rows', { rows: 0 }, '3 x 0 pixels'],
  ])('refuses %s', (_, change, message) => {
    const refused = () => shades({ pixels: [1, 2, 3], ...change });
    expect(refused).toThrow(PictureError);
    expect(refused).toThrow(message);
  });

  it('damaged files give pictures or a PictureError, never something else', () => {
    const whole = dicom({ pixels: [1, 2, 3] });
    for (let at = 132; at < whole.length; at++) {
      for (const bytes of [
        whole.subarray(0, at),
        Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ 0xff : byte)),
      ]) {
        try {
          decodePictures(bytes);
        } catch (error) {
          expect(error, `byte ${at}`).toBeInstanceOf(PictureError);
        }
      }
    }
  });
});
