import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { checkSize, type Picture, PictureError, withoutAlpha } from '../../picture.ts';

const damaged = 'The file is damaged: write or fetch it again.';

/**
 * A PNG file (ISO/IEC 15948), decoded by `pngjs`: every bit depth, palettes, interlaced. 16 bits stay 16 bits; alpha
 * is dropped, as by Pillow's `convert('RGB')`.
 */
export function decodePng(bytes: Uint8Array, name: string, maxPixels: number): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw new PictureError(name, 'is cut off within its header', damaged);
  const [width, height, depth, colour] = [view.getUint32(16), view.getUint32(20), bytes[24], bytes[25]];
  checkSize(name, width, height, maxPixels);
  try {
    if (bytes[28] === 1) checkInterlaced(bytes, view, width, height);
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // The types lack `skipRescale`, which keeps 16 bits.
    const { data } = PNG.sync.read(file, { skipRescale: depth === 16 } as object);
    const channels = colour === 0 || colour === 4 ? 1 : 3;
    if (depth === 16) {
      const words = data as unknown as Uint16Array;
      return { width, height, channels, data: withoutAlpha(Uint16Array.from(words), channels), white: 65535 };
    }
    return { width, height, channels, data: withoutAlpha(new Uint8Array(data), channels), white: 255 };
  } catch (error) {
    throw new PictureError(name, `is no whole PNG file (${(error as Error).message})`, damaged, {
      cause: error,
    });
  }
}

/**
 * `pngjs` unpacks an interlaced file without a limit: a small file could fill the memory. So it is unpacked here once
 * before, up to what seven passes of such a picture can hold.
 */
function checkInterlaced(bytes: Uint8Array, view: DataView, width: number, height: number): void {
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x49444154) parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  // 8 bytes a pixel at most, and a byte for each line of a pass.
  inflateSync(Buffer.concat(parts), { maxOutputLength: 8 * width * height + 16 * height + 1024 });
}
