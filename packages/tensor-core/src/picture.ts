/** Tensors as pictures, for notebooks and pages. Only who imports `picture` has this file. */
import { checkOptions, list, number, type OptionTable, whole } from '@glassbox/options';
import { showsAs } from './display.ts';
import { encodePng } from './png.ts';
import { requireTensor } from './primitives/operands.ts';
import type { Tensor } from './tensor.ts';

/** How numbers become pixels. */
export interface PictureOptions {
  /** The values that become black and white. Default: the least and the greatest finite one of the tensor. */
  readonly range?: readonly [low: number, high: number];
  /** Images in a row of a batch. Default: about as many as there are rows. */
  readonly columns?: number;
  /** Width and height of the square that a pixel becomes. Default: so that an image is at least 96 wide or high. */
  readonly scale?: number;
}

const optionNames: OptionTable<PictureOptions> = {
  range: list(number, 2),
  columns: whole(1),
  scale: whole(1),
};

/** Pixels between the images of a batch, and at the least this side of an image by default. */
const gap = 2;
const leastSide = 96;
/** More pixels than this are no picture to look at, and may be more than a page can hold. */
const mostPixels = 2 ** 24;

/** A picture, as the bytes of a PNG file. A notebook shows it. */
export class Picture {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** The file: 8 bits each of red, green and blue. */
  readonly png: Uint8Array<ArrayBuffer>;

  /** @param png a whole PNG file of this size */
  constructor(width: number, height: number, png: Uint8Array<ArrayBuffer>) {
    this.width = width;
    this.height = height;
    this.png = png;
  }

  static {
    showsAs(Picture.prototype, String, (picture) => ({
      'text/plain': String(picture),
      'image/png': picture.base64,
    }));
  }

  /** The file as an address that a page can show: `img.src = picture.dataUrl`. */
  get dataUrl(): string {
    return `data:image/png;base64,${this.base64}`;
  }

  /** Its size: a console shows no pixels. */
  toString(): string {
    return `Picture ${this.width}x${this.height}, ${this.png.length} bytes of PNG`;
  }

  /** The file in base 64, as notebooks and addresses of data want it. */
  get base64(): string {
    let text = '';
    for (let at = 0; at < this.png.length; at += 0x8000)
      text += String.fromCharCode(...this.png.subarray(at, at + 0x8000));
    return btoa(text);
  }
}

/**
 * Reads a tensor and draws it: an image [H,W], [1,H,W] (gray) or [3,H,W] (red, green, blue), or a batch [N,1,H,W] or
 * [N,3,H,W] as a grid. Values outside of the range are drawn as its ends, and what is no number in magenta.
 * `await picture(images)` as the last line of a notebook's cell shows it.
 * @throws RangeError if the shape is none of these or the picture would have more than 16,777,216 pixels; TypeError
 *   for what is no tensor; Error if its memory was freed
 */
export async function picture(x: Tensor, options: PictureOptions = {}): Promise<Picture> {
  requireTensor('picture', x);
  checkOptions('picture', options, optionNames);
  if (options.range && !(options.range[0] < options.range[1])) {
    throw new RangeError(
      `picture: range goes from the lower value to the higher one, not [${options.range}]`,
    );
  }
  const { count, channels, height, width } = imagesOf(x);
  const columns = Math.min(count, options.columns ?? Math.ceil(Math.sqrt(count)));
  const rows = Math.ceil(count / columns);
  const scale = options.scale ?? Math.max(1, Math.ceil(leastSide / Math.max(height, width)));
  const [outerWidth, outerHeight] = [
    columns * (width * scale + gap) - gap,
    rows * (height * scale + gap) - gap,
  ];
  if (outerWidth * outerHeight > mostPixels) {
    throw new RangeError(
      `picture: [${x.shape}] would have ${outerWidth} x ${outerHeight} pixels; take fewer images, x.slice(0, 0, 64), ` +
        'or a smaller scale',
    );
  }
  const values = await x.array();
  const [low, high] = options.range ?? rangeOf(values);
  const rgb = new Uint8Array(outerWidth * outerHeight * 3).fill(128);
  for (let image = 0; image < count; image++) {
    const left = (image % columns) * (width * scale + gap);
    const top = Math.floor(image / columns) * (height * scale + gap);
    const plane = height * width;
    for (let at = 0; at < plane; at++) {
      const first = image * channels * plane + at;
      const last = first + (channels - 1) * plane;
      const pixel = colour(values[first], values[(first + last) / 2], values[last], low, high);
      const [y, x] = [top + Math.floor(at / width) * scale, left + (at % width) * scale];
      for (let down = y; down < y + scale; down++)
        for (let across = x; across < x + scale; across++) rgb.set(pixel, (down * outerWidth + across) * 3);
    }
  }
  return new Picture(outerWidth, outerHeight, await encodePng(outerWidth, outerHeight, rgb));
}

/** @throws RangeError unless the shape is that of an image or of a batch of images. */
function imagesOf({ shape }: Tensor): { count: number; channels: number; height: number; width: number } {
  const [width = 0, height = 0, channels = 1, count = 1] = [...shape].reverse();
  const isImage = (channels === 1 || channels === 3) && shape.length >= 2 && shape.length <= 4;
  if (isImage && count * height * width > 0) return { count, channels, height, width };
  throw new RangeError(
    `picture: [${shape}] is neither an image [H,W], [1,H,W] or [3,H,W] nor a batch [N,1,H,W] or [N,3,H,W] of them; ` +
      'one channel c of [N,C,H,W] is x.slice(1, c, c + 1)',
  );
}

function rangeOf(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}

/** Bytes of red, green and blue. */
function colour(red: number, green: number, blue: number, low: number, high: number): number[] {
  if (Number.isNaN(red + green + blue) && [red, green, blue].some(Number.isNaN)) return [255, 0, 255];
  const byte = (value: number) => {
    const share = high > low ? (value - low) / (high - low) : Number(value > low);
    return Math.round(255 * Math.min(1, Math.max(0, share)));
  };
  return [byte(red), byte(green), byte(blue)];
}
