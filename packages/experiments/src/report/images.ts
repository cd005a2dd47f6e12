/** Grey images as `results.json` holds them, and as one picture for a page. */
import { fromBase64, toBase64 } from '../figures/base64.ts';
import { greyPng } from '../figures/image.ts';
import { deflate, inflate } from '../platform/node.ts';
import type { TestImages } from './results.ts';

/**
 * Packs some images of a split.
 *
 * @param images bytes of the whole split, `size` squared each
 * @param rows their row numbers; each is kept once, in ascending order
 */
export function packImages(images: Uint8Array, size: number, rows: readonly number[]): TestImages {
  const pixels = size * size;
  const kept = [...new Set(rows)].sort((a, b) => a - b);
  const bytes = new Uint8Array(kept.length * pixels);
  kept.forEach((row, i) => {
    if (!Number.isInteger(row) || row < 0 || (row + 1) * pixels > images.length) {
      throw new Error(`packImages: row ${row} of ${images.length / pixels} images of ${size}x${size}`);
    }
    bytes.set(images.subarray(row * pixels, (row + 1) * pixels), i * pixels);
  });
  return { size, rows: kept, pixels: toBase64(deflate(bytes, 9)) };
}

/** The images' bytes, one after another in the order of `rows`. @throws if there are more or fewer than `rows` says */
export function unpackImages({ size, rows, pixels }: TestImages): Uint8Array {
  const bytes = inflate(fromBase64(pixels));
  if (bytes.length !== rows.length * size * size) {
    throw new Error(
      `unpackImages: ${bytes.length} bytes for ${rows.length} images of ${size}x${size}; results.json is damaged`,
    );
  }
  return bytes;
}

/** One PNG of all images, `columns` side by side; empty places at the end are black. */
export function sprite(images: TestImages, columns: number): Uint8Array {
  const { size, rows } = images;
  const bytes = unpackImages(images);
  const lines = Math.ceil(rows.length / columns);
  const all = new Uint8Array(columns * lines * size * size);
  for (let i = 0; i < rows.length; i++) {
    const [left, top] = [(i % columns) * size, Math.floor(i / columns) * size];
    for (let y = 0; y < size; y++) {
      const from = (i * size + y) * size;
      all.set(bytes.subarray(from, from + size), (top + y) * columns * size + left);
    }
  }
  return greyPng(all, columns * size, lines * size);
}
