import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { imageTensor, type PictureOptions, picture, Runtime, tensor } from '../src/index.ts';
import { openTestDevices } from './support/devices.ts';

const devices = await openTestDevices();
const { device } = devices.find(({ name }) => name === 'wasm')!;
const runtime = new Runtime(device);

interface Decoded {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of the pixel at (x, y). */
  readonly at: (x: number, y: number) => readonly number[];
}

/** Reads a PNG file of this kind by node:zlib; each part's sum is checked. */
function decode(png: Uint8Array): Decoded {
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  const parts = new Map<string, Uint8Array>();
  let at = 8;
  while (at < png.length) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...png.subarray(at + 4, at + 8));
    parts.set(name, png.subarray(at + 8, at + 8 + length));
    expect(view.getUint32(at + 8 + length), name).toBe(crc32(png.subarray(at + 4, at + 8 + length)));
    at += length + 12;
  }
  expect([...parts.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
  const header = new DataView(parts.get('IHDR')!.slice().buffer);
  const [width, height] = [header.getUint32(0), header.getUint32(4)];
  expect([...parts.get('IHDR')!.subarray(8)]).toEqual([8, 2, 0, 0, 0]);
  const rows = inflateSync(parts.get('IDAT')!);
  expect(rows.length).toBe(height * (width * 3 + 1));
  return { width, height, at: (x, y) => [...rows.subarray(y * (width * 3 + 1) + 1 + x * 3).subarray(0, 3)] };
}

async function drawn(values: readonly number[], shape: readonly number[], options?: PictureOptions) {
  const x = shape.length === 4 ? imageTensor(runtime, values, shape) : tensor(runtime, values, shape);
  return decode((await picture(x, options)).png);
}
const gray = (byte: number) => [byte, byte, byte];

describe('picture', () => {
  it('a matrix: the least value is black, the greatest is white', async () => {
    const { width, height, at } = await drawn([-1, 0, 1, 3, 2, 1], [2, 3], { scale: 1 });
    expect([width, height]).toEqual([3, 2]);
    expect([0, 1, 2].map((x) => at(x, 0))).toEqual([gray(0), gray(64), gray(128)]);
    expect([0, 1, 2].map((x) => at(x, 1))).toEqual([gray(255), gray(191), gray(128)]);
  });

  it('colours, a range, and what lies outside of it', async () => {
    const { at } = await drawn([0, 2, 1, 0.5, -1, 1], [3, 1, 2], { scale: 2, range: [0, 1] });
    expect(at(0, 0)).toEqual([0, 255, 0]);
    expect(at(1, 1)).toEqual([0, 255, 0]);
    expect(at(2, 0)).toEqual([255, 128, 255]);
  });

  it('a batch as a grid, with gray between', async () => {
    const { width, height, at } = await drawn([0, 1, 2, 3, 4], [5, 1, 1, 1], { scale: 10, columns: 3 });
    expect([width, height]).toEqual([34, 22]);
    expect(at(24, 0)).toEqual(gray(128));
    expect(at(10, 5)).toEqual(gray(128));
    expect(at(12, 0)).toEqual(gray(64));
    expect(at(0, 12)).toEqual(gray(191));
    expect(at(12, 21)).toEqual(gray(255));
    expect((await drawn([0, 1, 2, 3, 4], [5, 1, 1, 1], { scale: 1 })).width).toBe(3 + 2 * 2);
    // Small images are enlarged.
    expect((await drawn([0, 1], [1, 2])).width).toBe(96);
  });

  it('what is no number is magenta, and a constant picture is one colour', async () => {
    const odd = await drawn([Number.NaN, -1 / 0, 1 / 0, 0, 1], [1, 5], { scale: 1 });
    expect([0, 1, 2, 3, 4].map((x) => odd.at(x, 0))).toEqual([
      [255, 0, 255],
      gray(0),
      gray(255),
      gray(0),
      gray(255),
    ]);
    expect((await drawn([7, 7], [1, 2], { scale: 1 })).at(0, 0)).toEqual(gray(0));
    expect((await drawn([Number.NaN], [1, 1], { scale: 1 })).at(0, 0)).toEqual([255, 0, 255]);
  });

  it('is shown by notebooks, pages and consoles', async () => {
    const shown = await picture(tensor(runtime, [0, 1], [1, 2]));
    const display = (shown as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for('Jupyter.display')
    ].call(shown);
    expect(display['text/plain']).toBe(`Picture 96x48, ${shown.png.length} bytes of PNG`);
    expect(new Uint8Array(Buffer.from(display['image/png'], 'base64'))).toEqual(shown.png);
    expect(shown.dataUrl).toBe(`data:image/png;base64,${display['image/png']}`);
  });

  it('refuses what is no image, and says what is', async () => {
    const of = (shape: readonly number[]) =>
      tensor(runtime, new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
    for (const shape of [[], [3], [2, 4, 4], [2, 4, 3, 3], [1, 1, 1, 3, 3], [0, 1, 3, 3]])
      await expect(picture(of(shape)), String(shape)).rejects.toThrow(/picture: \[.*\] is neither an image/);
    await expect(picture(of([2, 2]), { range: [1, 1] })).rejects.toThrow(/from the lower value/);
    await expect(picture(of([2, 2]), { zoom: 2 } as never)).rejects.toThrow(/zoom/);
    await expect(picture(of([64, 1, 64, 64]), { scale: 40 })).rejects.toThrow(
      /20494 x 20494 pixels; take fewer/,
    );
    await expect(picture([[1]] as never)).rejects.toThrow(/expected a tensor/);
    let lost = of([1, 1]);
    runtime.step(() => {
      lost = lost.relu();
    });
    await expect(picture(lost)).rejects.toThrow(/belongs to a step that has ended/);
  });
});

describe.each(devices)('picture on $name', ({ device }) => {
  it('shows images in the layout of convolutions', async () => {
    const runtime = new Runtime(device);
    const values = Array.from({ length: 4 * 6 }, (_, i) => i);
    const x = imageTensor(runtime, values, [1, 4, 2, 3]).relu();
    const { at } = decode((await picture(x.slice(1, 2, 3), { scale: 1, range: [0, 255] })).png);
    expect([0, 1].map((y) => [0, 1, 2].map((px) => at(px, y)[0]))).toEqual([
      [12, 13, 14],
      [15, 16, 17],
    ]);
  });
});
