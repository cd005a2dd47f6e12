import { decode } from 'jpeg-js';
import { checkSize, type Picture, PictureError, withoutAlpha } from '../../picture.ts';
import { exifOrientation, turned } from './orientation.ts';

const damaged = 'The file is damaged: write or fetch it again.';

/** What the frame header says. */
interface Frame {
  readonly kind: number;
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly orientation: number;
}

/** Kinds of frames by their marker, for errors. */
const kinds: Readonly<Record<number, string>> = {
  195: 'lossless',
  197: 'hierarchical',
  198: 'hierarchical progressive',
  199: 'hierarchical lossless',
  201: 'with arithmetic coding',
  202: 'progressive with arithmetic coding',
  203: 'lossless with arithmetic coding',
  247: 'JPEG-LS',
};

/**
 * A JPEG file (ISO/IEC 10918-1) with 8 bits, baseline or progressive, decoded by `jpeg-js`. Grey stays grey; CMYK and
 * YCCK become RGB. The picture is turned as its EXIF orientation says, unless `upright` is false.
 */
export function decodeJpeg(bytes: Uint8Array, name: string, maxPixels: number, upright = true): Picture {
  const frame = readFrame(bytes, name);
  const { kind, precision, width, height, components, orientation } = frame;
  if (kind > 0xc2 || precision !== 8) {
    throw new PictureError(
      name,
      `is a JPEG file ${kinds[kind] ?? ''}${precision === 8 ? '' : ` of ${precision} bits`}, which is not read`,
      'Save it as PNG, or as a usual JPEG (baseline or progressive, 8 bits).',
    );
  }
  checkSize(name, width, height, maxPixels);
  let data: Uint8Array;
  try {
    ({ data } = decode(bytes, {
      useTArray: true,
      tolerantDecoding: false,
      maxResolutionInMP: Math.ceil(maxPixels / 1e6) + 1,
      maxMemoryUsageInMB: 2048,
    }));
  } catch (error) {
    throw new PictureError(name, `is no whole JPEG file (${(error as Error).message})`, damaged, {
      cause: error,
    });
  }
  const channels = components === 1 ? 1 : 3;
  const picture: Picture = { width, height, channels, data: withoutAlpha(data, channels), white: 255 };
  return upright ? turned(picture, orientation) : picture;
}

/** Walks over the segments up to the frame header. */
function readFrame(bytes: Uint8Array, name: string): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    // Bytes 0xff before a marker are filling; these markers stand alone.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    const isFrame =
      (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
    if (isFrame && at + 10 <= bytes.length) {
      return {
        kind: marker,
        precision: bytes[at + 4],
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components: bytes[at + 9],
        orientation,
      };
    }
    if (marker === 0xe1)
      orientation = exifOrientation(bytes.subarray(at + 4, at + 2 + length)) ?? orientation;
    if (marker === 0xda || marker === 0xd9) break;
    at += 2 + length;
  }
  throw new PictureError(name, 'begins as a JPEG file but has no picture in it', damaged);
}
