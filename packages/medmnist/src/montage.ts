import {
  anything,
  callback,
  checkOptions,
  type OptionTable,
  oneOf,
  required,
  whole,
} from '@glassbox/options';
import { PNG } from 'pngjs';

/** How a montage is laid out. */
export interface MontageOptions {
  /** Images in a row. Default: about square. */
  readonly columns?: number;
  /** Each pixel becomes scale x scale. Default 4. */
  readonly scale?: number;
  /** Pixels between images and around them, before scaling. Default 1. */
  readonly gap?: number;
  /** Gray value of the gaps. Default 0. */
  readonly background?: number;
  /** Colour (red, green, blue) of a frame in the gap round an image, or undefined for none. */
  readonly frame?: (index: number) => readonly [number, number, number] | undefined;
}

/** Pixels with their size; 3 bytes a pixel. */
export interface RgbImage {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** height x width x 3 bytes: red, green and blue of each pixel, row by row. */
  readonly data: Uint8Array;
}

/** Images to lay out. */
export interface MontageInput {
  /** N x S x S x channels bytes. */
  readonly images: Uint8Array;
  /** S: height and width of each image in pixels. */
  readonly imageSize: number;
  /** 1 = grayscale, 3 = RGB. */
  readonly channels: 1 | 3;
  /** Default: as many as there are bytes for. */
  readonly count?: number;
}

const optionNames: OptionTable<MontageOptions> = {
  columns: whole(1),
  scale: whole(1),
  gap: whole(0),
  background: whole(0, 255),
  frame: callback,
};
const inputNames: OptionTable<MontageInput> = {
  images: required(anything),
  imageSize: required(whole(1)),
  channels: required(oneOf(1, 3)),
  count: whole(1),
};

/** Lays images out in a grid, enlarged without smoothing so that pixels can be seen. */
export function montage(input: MontageInput, options: MontageOptions = {}): RgbImage {
  checkOptions('montage', input, inputNames);
  checkOptions('montage', options, optionNames);
  const { images, imageSize, channels } = input;
  const bytes = imageSize * imageSize * channels;
  const count = input.count ?? Math.floor(images.length / bytes);
  if (!(count >= 1) || count * bytes > images.length) {
    throw new RangeError(
      `montage: ${images.length} bytes do not hold ${count} images of ${imageSize}x${imageSize}x${channels}`,
    );
  }
  const { columns = Math.ceil(Math.sqrt(count)), scale = 4, gap = 1, background = 0, frame } = options;
  const cell = imageSize + gap;
  const rows = Math.ceil(count / columns);
  const across = Math.min(columns, count) * cell + gap;
  const down = rows * cell + gap;
  const small = new Uint8Array(across * down * 3).fill(background);
  for (let i = 0; i < count; i++) {
    const top = Math.floor(i / columns) * cell + gap;
    const left = (i % columns) * cell + gap;
    const colour = frame?.(i);
    if (colour) drawFrame(small, across, left - gap, top - gap, cell + gap, gap, colour);
    for (let y = 0; y < imageSize; y++) {
      for (let x = 0; x < imageSize; x++) {
        const from = i * bytes + (y * imageSize + x) * channels;
        const to = ((top + y) * across + left + x) * 3;
        for (let c = 0; c < 3; c++) small[to + c] = images[from + (channels === 3 ? c : 0)];
      }
    }
  }
  return enlarge({ width: across, height: down, data: small }, scale);
}

/** A montage as a PNG file's bytes. */
export function montagePng(input: MontageInput, options: MontageOptions = {}): Uint8Array {
  return encodePng(montage(input, options));
}

/** Bytes of a PNG file. */
export function encodePng(image: RgbImage): Uint8Array {
  const png = new PNG({ width: image.width, height: image.height, colorType: 2 });
  for (let i = 0, n = image.width * image.height; i < n; i++) {
    png.data.set(image.data.subarray(3 * i, 3 * i + 3), 4 * i);
    png.data[4 * i + 3] = 255;
  }
  return PNG.sync.write(png, { colorType: 2 });
}

function drawFrame(
  data: Uint8Array,
  width: number,
  left: number,
  top: number,
  side: number,
  thickness: number,
  colour: readonly [number, number, number],
): void {
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const inside = x >= thickness && x < side - thickness && y >= thickness && y < side - thickness;
      if (!inside) data.set(colour, ((top + y) * width + left + x) * 3);
    }
  }
}

function enlarge(image: RgbImage, scale: number): RgbImage {
  if (scale === 1) return image;
  const width = image.width * scale;
  const height = image.height * scale;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / scale) * image.width;
    for (let x = 0; x < width; x++) {
      const from = (row + Math.floor(x / scale)) * 3;
      const to = (y * width + x) * 3;
      data[to] = image.data[from];
      data[to + 1] = image.data[from + 1];
      data[to + 2] = image.data[from + 2];
    }
  }
  return { width, height, data };
}
