import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that Pillow wrote, and what it reads in them (`record.py`). */
export const fixtures = join(import.meta.dirname, 'fixtures');

/** Numbers as record.py keeps them. */
export interface Pixels {
  readonly shape: readonly number[];
  readonly data: string;
}

export const pillow = JSON.parse(readFileSync(join(fixtures, 'pictures.json'), 'utf8')) as {
  readonly decoded: Readonly<Record<string, Pixels>>;
  readonly resized: readonly { readonly from: Pixels; readonly size: number; readonly to: Pixels }[];
  readonly luma: { readonly from: Pixels; readonly to: Pixels };
};

/** Their 16-bit numbers. */
export function pixelsOf({ shape, data }: Pixels): { shape: readonly number[]; values: Uint16Array } {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  return { shape, values: new Uint16Array(bytes.buffer) };
}
