import type { NpyArray } from '@glassbox/medmnist';
import { checkSize, type Picture, PictureError } from '../picture.ts';

const shapes = 'Pictures have the shape (H,W), (H,W,3), (N,H,W), (N,H,W,1) or (N,H,W,3).';

/**
 * The pictures in an array of numpy: bytes, 16-bit numbers (65535 is white), or floats from 0 to 1.
 * @throws PictureError for other shapes and types, and values that are no shade.
 */
export function picturesOfArray(
  { dtype, shape, data }: NpyArray,
  name: string,
  maxPixels: number,
): Picture[] {
  const colours = shape.at(-1) === 3 && shape.length >= 3;
  const rank = colours || (shape.length === 4 && shape[3] === 1) ? shape.length - 1 : shape.length;
  if ((rank !== 2 && rank !== 3) || shape.some((side) => side === 0)) {
    throw new PictureError(name, `has the shape (${shape.join(',')})`, shapes);
  }
  const channels = colours ? 3 : 1;
  const [count, height, width] = rank === 2 ? [1, shape[0], shape[1]] : shape;
  checkSize(name, width, height, maxPixels);
  const size = width * height * channels;
  if (dtype === 'u8' || dtype === 'u16') {
    const white = dtype === 'u8' ? 255 : 65535;
    const numbers = data as Uint8Array | Uint16Array;
    return Array.from({ length: count }, (_, n) => ({
      width,
      height,
      channels,
      data: numbers.slice(n * size, (n + 1) * size),
      white,
    }));
  }
  if (dtype !== 'f32' && dtype !== 'f64') {
    throw new PictureError(
      name,
      `holds ${dtype} numbers`,
      'Save pictures as uint8, uint16, or floats from 0 to 1.',
    );
  }
  const numbers = data as Float32Array | Float64Array;
  const bad = numbers.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad >= 0) {
    throw new PictureError(
      name,
      `holds ${numbers[bad]}`,
      'Floats are shades from 0 (black) to 1 (white): scale them.',
    );
  }
  return Array.from({ length: count }, (_, n) => ({
    width,
    height,
    channels,
    data: Uint16Array.from(numbers.subarray(n * size, (n + 1) * size), (value) => Math.round(65535 * value)),
    white: 65535,
  }));
}
