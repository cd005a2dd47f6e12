/** Numbers as colours: negative ones are blue, positive ones orange, 0 is the page's own background. */

import type { Values } from '../playground/training.ts';

type Colour = readonly [number, number, number];

const palettes: Readonly<Record<'light' | 'dark', { zero: Colour; positive: Colour; negative: Colour }>> = {
  light: { zero: [255, 255, 255], positive: [204, 85, 0], negative: [0, 90, 181] },
  dark: { zero: [16, 20, 26], positive: [255, 158, 74], negative: [92, 172, 255] },
};

/** The largest absolute value, which has the full colour. */
export function scaleOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > largest) largest = size;
  }
  return largest || 1;
}

/** A number from -1 to 1 as red, green and blue. */
export function colourOf(share: number, dark: boolean): Colour {
  const { zero, positive, negative } = palettes[dark ? 'dark' : 'light'];
  const end = share < 0 ? negative : positive;
  // A root lets small values be seen.
  const t = Math.sqrt(Math.min(1, Math.abs(share)));
  return [0, 1, 2].map((i) => zero[i] + (end[i] - zero[i]) * t) as unknown as Colour;
}

/** Colours of so many numbers from -1 to 1, each as the 32 bits of a pixel, red first in memory. */
const steps = 1024;
function tableOf(colour: (share: number) => Colour): Uint32Array {
  const bytes = new Uint8ClampedArray(4 * (steps + 1));
  for (let i = 0; i <= steps; i++) bytes.set([...colour((2 * i) / steps - 1), 255], 4 * i);
  return new Uint32Array(bytes.buffer);
}

const tables = {
  grey: tableOf((share) => [127.5 * (share + 1), 127.5 * (share + 1), 127.5 * (share + 1)]),
  light: tableOf((share) => colourOf(share, false)),
  dark: tableOf((share) => colourOf(share, true)),
};

/** What a canvas was painted from last: it is painted again and again in the same size. */
const images = new WeakMap<HTMLCanvasElement, ImageData>();

/** One pixel of the canvas for each value. `scale` 0 is for images: -1 is black and 1 is white. */
export function paint(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  size: { readonly width: number; readonly height: number },
  { scale, dark }: { readonly scale: number; readonly dark: boolean },
): void {
  const { width, height } = size;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  let image = images.get(canvas);
  if (image?.width !== width || image.height !== height) {
    image = new ImageData(width, height);
    images.set(canvas, image);
  }
  const table = tables[scale === 0 ? 'grey' : dark ? 'dark' : 'light'];
  const half = steps / 2;
  const factor = half / (scale || 1);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = table[Math.min(steps, Math.max(0, Math.round(half + values[i] * factor)))];
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

const inputs = new WeakMap<Uint8Array, Float32Array>();

/** Bytes of an X-ray as the net gets them: -1 to 1. Made once for each X-ray. */
export function inputOf(bytes: Uint8Array): Float32Array {
  let input = inputs.get(bytes);
  if (!input) {
    input = Float32Array.from(bytes, (byte) => byte / 127.5 - 1);
    inputs.set(bytes, input);
  }
  return input;
}

/** A tensor as one picture: maps or filters side by side with a line of zeros between, vectors folded into rows. */
export function montage({ shape, values }: Values): {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
} {
  const [height, width] = shape.length > 2 ? shape.slice(-2) : [1, 1];
  const gap = shape.length > 2 ? 1 : 0;
  const count = values.length / (height * width);
  // Filters [K,C,R,S]: a row for each of the K. Else about twice as high as wide, as columns of a table are.
  const columns =
    shape.length === 4 && shape[1] > 2 ? shape[1] : Math.max(1, Math.ceil(Math.sqrt(count / 2)));
  const rows = Math.ceil(count / columns);
  const [fullWidth, fullHeight] = [columns * (width + gap) - gap, rows * (height + gap) - gap];
  const picture = new Float32Array(fullWidth * fullHeight);
  for (let n = 0; n < count; n++) {
    const [top, left] = [Math.floor(n / columns) * (height + gap), (n % columns) * (width + gap)];
    for (let y = 0; y < height; y++) {
      const row = values.subarray((n * height + y) * width, (n * height + y + 1) * width);
      picture.set(row, (top + y) * fullWidth + left);
    }
  }
  return { values: picture, width: fullWidth, height: fullHeight };
}
