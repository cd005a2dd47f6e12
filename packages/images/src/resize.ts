import {
  checkOptions,
  checkValue,
  type Kind,
  type OptionTable,
  oneOf,
  required,
  whole,
} from '@glassbox/options';
import type { Picture } from './picture.ts';

/** What a net wants of its pictures. */
export interface BytesOptions {
  /** Height and width of the result in pixels: the whole picture is scaled to a square. */
  readonly size: number;
  /** 1: grey, 3: red, green, blue. */
  readonly channels: 1 | 3;
}

const optionNames: OptionTable<BytesOptions> = { size: required(whole(1)), channels: required(oneOf(1, 3)) };

const aPicture: Kind = {
  what: 'a picture { width, height, channels, data, white }',
  fits: (value) => {
    const { width, height, channels, data, white } = (value ?? {}) as Partial<Picture>;
    return (
      (channels === 1 || channels === 3) &&
      (white === 255 || white === 65535) &&
      ArrayBuffer.isView(data) &&
      data.length === width! * height! * channels
    );
  },
};

/**
 * A picture as the bytes of a net's input: `size` x `size` pixels, (H,W) or (H,W,3), 255 is white.
 *
 * It is scaled as torchvision's `Resize((size, size), antialias=True)` and Pillow's `resize(…, BILINEAR)` do: each
 * pixel is the mean of the picture under a triangle whose half width is the scale (1 where the picture is enlarged),
 * horizontally, then vertically. We round once at the end, Pillow after each direction: bytes differ by 1 at most.
 * Grey of colours is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), as in Pillow's `convert('L')`.
 */
export function pictureBytes(picture: Picture, options: BytesOptions): Uint8Array {
  checkValue('pictureBytes', 'the picture', picture, aPicture);
  checkOptions('pictureBytes', options, optionNames);
  const { size, channels } = options;
  const { width, height, white } = picture;
  const values = inChannels(picture, channels);
  const scaled =
    width === size && height === size
      ? values
      : resizeRows(resizeColumns(values, width, height, channels, size), size, height, channels, size);
  if (white === 255 && scaled instanceof Uint8Array) return scaled;
  const bytes = new Uint8Array(size * size * channels);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor((255 / white) * scaled[i] + 0.5);
  return bytes;
}

/** True if every pixel of a picture is grey, though it may be written in colours. */
export function isGrey({ channels, data }: Picture): boolean {
  if (channels === 1) return true;
  for (let i = 0; i < data.length; i += 3)
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  return true;
}

/** The picture's numbers in so many channels. Bytes stay bytes. */
function inChannels({ channels, data, white }: Picture, wanted: 1 | 3): ArrayLike<number> {
  if (channels === wanted) return data;
  const pixels = data.length / channels;
  const round = white === 255 ? Uint8Array : Uint16Array;
  const values = new round(pixels * wanted);
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (wanted === 3) values.fill(data[pixel], 3 * pixel, 3 * pixel + 3);
    else {
      const [red, green, blue] = [data[3 * pixel], data[3 * pixel + 1], data[3 * pixel + 2]];
      values[pixel] = Math.floor(0.299 * red + 0.587 * green + 0.114 * blue + 0.5);
    }
  }
  return values;
}

/** For each pixel of the result: the first one that it sees, and the weights of those from there on. */
function triangles(
  from: number,
  to: number,
): { readonly first: number; readonly weights: readonly number[] }[] {
  const scale = from / to;
  const support = Math.max(1, scale);
  return Array.from({ length: to }, (_, at) => {
    const center = (at + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - support + 0.5));
    const end = Math.min(from, Math.floor(center + support + 0.5));
    const weights = Array.from({ length: end - first }, (_, i) =>
      Math.max(0, 1 - Math.abs((first + i - center + 0.5) / support)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function resizeColumns(
  values: ArrayLike<number>,
  width: number,
  height: number,
  channels: number,
  size: number,
): Float64Array {
  const out = new Float64Array(height * size * channels);
  triangles(width, size).forEach(({ first, weights }, x) => {
    for (let y = 0; y < height; y++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        let from = (y * width + first) * channels + channel;
        for (let i = 0; i < weights.length; i++, from += channels) sum += weights[i] * values[from];
        out[(y * size + x) * channels + channel] = sum;
      }
    }
  });
  return out;
}

function resizeRows(
  values: Float64Array,
  width: number,
  height: number,
  channels: number,
  size: number,
): Float64Array {
  const line = width * channels;
  const out = new Float64Array(size * line);
  triangles(height, size).forEach(({ first, weights }, y) => {
    weights.forEach((weight, i) => {
      const from = (first + i) * line;
      for (let x = 0; x < line; x++) out[y * line + x] += weight * values[from + x];
    });
  });
  return out;
}
