/** Grey images as PNG data addresses, for figures that show pictures. */
import { crc32 } from '@glassbox/files';
import { concatBytes, encodePng } from '@glassbox/medmnist';
import { deflate } from '../platform/node.ts';
import { toBase64 } from './base64.ts';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** An 8-bit greyscale PNG (ISO/IEC 15948) of row-major bytes. */
export function greyPng(pixels: ArrayLike<number>, width: number, height: number): Uint8Array {
  if (pixels.length !== width * height) {
    throw new Error(
      `greyPng: ${pixels.length} pixels given as ${width}x${height}; pass one byte for each pixel`,
    );
  }
  const header = new Uint8Array(13);
  const sizes = new DataView(header.buffer);
  sizes.setUint32(0, width);
  sizes.setUint32(4, height);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * (width + 1) + 1 + x] = Math.max(0, Math.min(255, Math.round(pixels[y * width + x])));
    }
  }
  const end = new Uint8Array(0);
  return concatBytes([signature, chunk('IHDR', header), chunk('IDAT', deflate(rows)), chunk('IEND', end)]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(data, 8);
  view.setUint32(data.length + 8, crc32(out.subarray(4, data.length + 8)));
  return out;
}

/** An SVG image of grey bytes with hard pixels. */
export function greyImage(
  pixels: ArrayLike<number>,
  size: number,
  place: { x: number; y: number; width: number },
): string {
  return placed(greyPng(pixels, size, size), place);
}

/** An SVG image of bytes with hard pixels: grey ones, or red, green, blue of each pixel. */
export function pixelImage(
  pixels: Uint8Array,
  size: number,
  channels: 1 | 3,
  place: { x: number; y: number; width: number },
): string {
  if (channels === 1) return greyImage(pixels, size, place);
  return placed(encodePng({ width: size, height: size, data: pixels }), place);
}

function placed(png: Uint8Array, { x, y, width }: { x: number; y: number; width: number }): string {
  const href = `data:image/png;base64,${toBase64(png)}`;
  return (
    `<image x="${x}" y="${y}" width="${width}" height="${width}" image-rendering="optimizeSpeed" ` +
    `style="image-rendering:pixelated" href="${href}"/>`
  );
}
