/** Numbers as colours: negative ones are blue, positive ones orange, 0 is the page's own background. */

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
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const grey = 127.5 * (values[i] + 1);
    const colour = scale === 0 ? [grey, grey, grey] : colourOf(values[i] / scale, dark);
    pixels.data.set([...colour, 255], 4 * i);
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
}

/** Bytes of an X-ray as the net gets them: -1 to 1. */
export function asInput(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 127.5 - 1);
}
