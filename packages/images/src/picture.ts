/** A picture in memory: numbers in the order of numpy's (H,W) or (H,W,3). */
export interface Picture {
  /** Pixels of a row. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
  /** 1: grey. 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** From 0 (black) to `white`: row after row, and the channels of a pixel together. */
  readonly data: Uint8Array | Uint16Array;
  /** The value of white: 255, or 65535 where the file has more than 8 bits. */
  readonly white: 255 | 65535;
}

/** A file or array cannot be read as pictures. Its message says which one, what is wrong with it, and what to do. */
export class PictureError extends Error {
  override readonly name = 'PictureError';

  constructor(subject: string, problem: string, fix: string, options?: ErrorOptions) {
    super(`${subject}: ${problem}. ${fix}`, options);
  }
}

/** Most pixels of a picture unless told otherwise: 8192 x 4096. Decoded, it needs some hundred megabytes. */
export const defaultMaxPixels = 2 ** 25;

/** @throws PictureError if a picture has no pixels, or so many that it may be meant to fill the memory. */
export function checkSize(name: string, width: number, height: number, maxPixels: number): void {
  if (!(width >= 1 && height >= 1)) {
    throw new PictureError(name, `says that it has ${width} x ${height} pixels`, 'The file is damaged.');
  }
  if (width * height > maxPixels) {
    throw new PictureError(
      name,
      `has ${width} x ${height} pixels; at most ${maxPixels.toLocaleString('en')} are read`,
      'Make it smaller first, or raise maxPixels.',
    );
  }
}

/** Red, green, blue (and alpha) of each pixel without the alpha, or the first of them for a grey picture. */
export function withoutAlpha<T extends Uint8Array | Uint16Array>(rgba: T, channels: 1 | 3): T {
  const pixels = rgba.length / 4;
  const data = new (rgba.constructor as new (length: number) => T)(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      data[pixel * channels + channel] = rgba[pixel * 4 + channel];
    }
  }
  return data;
}

/** A picture's pixels as a browser gives them: `context.getImageData(0, 0, width, height)`. Alpha is dropped. */
export interface PixelsOfCanvas {
  /** Pixels of a row. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
  /** Red, green, blue, alpha of each pixel. */
  readonly data: Uint8ClampedArray | Uint8Array;
}

/**
 * A picture from a browser's `ImageData`.
 * @throws RangeError if there are not four bytes for each pixel.
 */
export function pictureFromImageData({ width, height, data }: PixelsOfCanvas): Picture {
  if (data.length !== 4 * width * height) {
    throw new RangeError(
      `pictureFromImageData: ${data.length} bytes for ${width} x ${height} pixels of 4 bytes`,
    );
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { width, height, channels: 3, data: withoutAlpha(bytes, 3), white: 255 };
}
