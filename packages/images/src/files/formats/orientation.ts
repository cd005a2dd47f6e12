import type { Picture } from '../../picture.ts';

/**
 * The orientation in an EXIF segment (tag 0x0112 of the first directory): 1 to 8.
 * @returns undefined where there is none, or what is there makes no sense.
 */
export function exifOrientation(segment: Uint8Array): number | undefined {
  const mark = 'Exif\0\0';
  if (segment.length < 14 || [...mark].some((letter, at) => segment[at] !== letter.charCodeAt(0)))
    return undefined;
  const tiff = segment.subarray(mark.length);
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return undefined;
  const entries = view.getUint16(directory, little);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > tiff.length) return undefined;
    if (view.getUint16(at, little) !== 0x0112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

/** The picture as it is meant to be seen. Orientation 5 to 8 exchange width and height. */
export function turned(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const { width, height, channels } = picture;
  const swapped = orientation >= 5;
  const [w, h] = swapped ? [height, width] : [width, height];
  const data = picture.data.slice();
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      // Where the pixel of the result lies in the file.
      let [column, row] = swapped ? [y, x] : [x, y];
      if ([2, 3, 7, 8].includes(orientation)) column = width - 1 - column;
      if ([3, 4, 6, 7].includes(orientation)) row = height - 1 - row;
      const [from, to] = [(row * width + column) * channels, (y * w + x) * channels];
      for (let channel = 0; channel < channels; channel++) data[to + channel] = picture.data[from + channel];
    }
  }
  return { ...picture, width: w, height: h, data };
}
