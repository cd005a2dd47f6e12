/** Grey images as PNG data addresses, for figures that show pictures. */
import { crc32, deflateSync } from 'node:zlib';
import { encodePng } from '@glassbox/medmnist';

/** An 8-bit greyscale PNG (ISO/IEC 15948) of row-major bytes. */
export function greyPng(pixels: ArrayLike<number>, width: number, height: number): Buffer {
  if (pixels.length !== width * height) {
    throw new Error(
      `greyPng: ${pixels.length} pixels given as ${width}x${height}; pass one byte for each pixel`,
    );
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * (width + 1) + 1 + x] = Math.max(0, Math.min(255, Math.round(pixels[y * width + x])));
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
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
  return placed(Buffer.from(encodePng({ width: size, height: size, data: pixels })), place);
}

function placed(png: Buffer, { x, y, width }: { x: number; y: number; width: number }): string {
  const href = `data:image/png;base64,${png.toString('base64')}`;
  return (
    `<image x="${x}" y="${y}" width="${width}" height="${width}" image-rendering="optimizeSpeed" ` +
    `style="image-rendering:pixelated" href="${href}"/>`
  );
}
