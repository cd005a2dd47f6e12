import { fileKind } from '@glassbox/file-kinds';
import { checkOptions, type OptionTable, text, whole } from '@glassbox/options';
import { defaultMaxPixels, type Picture, PictureError } from '../picture.ts';
import { decodeDicom } from './formats/dicom.ts';
import { decodeJpeg } from './formats/jpeg.ts';
import { decodePng } from './formats/png.ts';

/** How a file is decoded. */
export interface DecodeOptions {
  /** How errors call the file. Default `the picture`. */
  readonly name?: string;
  /** Most pixels; a larger picture is refused before it is unpacked. Default 33,554,432 (8192 x 4096). */
  readonly maxPixels?: number;
}

const optionNames: OptionTable<DecodeOptions> = { name: text, maxPixels: whole(1) };

/**
 * The pictures in a file's bytes: one in PNG and JPEG, one for each frame in DICOM. The content decides which it is,
 * not the file's name.
 * @throws PictureError if it is none of these, damaged, cut off, too large, or coded in a way that is not read.
 */
export function decodePictures(bytes: Uint8Array, options: DecodeOptions = {}): Picture[] {
  checkOptions('decodePictures', options, optionNames);
  const { name = 'the picture', maxPixels = defaultMaxPixels } = options;
  switch (pictureKind(bytes)) {
    case 'png':
      return [decodePng(bytes, name, maxPixels)];
    case 'jpeg':
      return [decodeJpeg(bytes, name, maxPixels)];
    case 'dicom':
      return decodeDicom(bytes, name, maxPixels);
    default:
      throw noPicture(bytes, name);
  }
}

const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** What a file's first 132 bytes say that it is. */
export function pictureKind(bytes: Uint8Array): 'png' | 'jpeg' | 'dicom' | undefined {
  if (png.every((byte, at) => bytes[at] === byte)) return 'png';
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM') return 'dicom';
  return undefined;
}

function noPicture(bytes: Uint8Array, name: string): PictureError {
  if (bytes.length === 0) return new PictureError(name, 'is empty', 'Write or fetch it again.');
  const kind = fileKind(bytes.subarray(0, 512), bytes.subarray(-(2 ** 16)));
  const looks = kind ? ` It looks like ${kind.looks}.` : '';
  return new PictureError(name, `is neither PNG nor JPEG nor DICOM`, `Save it as PNG.${looks}`);
}
