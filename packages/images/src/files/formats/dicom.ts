import dicomParser, { type DataSet } from 'dicom-parser';
import { checkSize, type Picture, PictureError } from '../../picture.ts';
import { decodeJpeg } from './jpeg.ts';
import { grayWindow } from './window.ts';

/** How the pixels may be written (transfer syntaxes): those that are read, the rest by their names. */
const syntaxes: Readonly<Record<string, 'little' | 'big' | 'jpeg' | (string & {})>> = {
  '1.2.840.10008.1.2': 'little',
  '1.2.840.10008.1.2.1': 'little',
  '1.2.840.10008.1.2.2': 'big',
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.1.99': 'Deflated Explicit VR Little Endian',
  '1.2.840.10008.1.2.4.51': 'JPEG Extended (12 bits)',
  '1.2.840.10008.1.2.4.57': 'JPEG Lossless',
  '1.2.840.10008.1.2.4.70': 'JPEG Lossless, First-Order Prediction',
  '1.2.840.10008.1.2.4.80': 'JPEG-LS Lossless',
  '1.2.840.10008.1.2.4.81': 'JPEG-LS Near-Lossless',
  '1.2.840.10008.1.2.4.90': 'JPEG 2000 Lossless',
  '1.2.840.10008.1.2.4.91': 'JPEG 2000',
  '1.2.840.10008.1.2.4.201': 'High-Throughput JPEG 2000 Lossless',
  '1.2.840.10008.1.2.4.203': 'High-Throughput JPEG 2000',
  '1.2.840.10008.1.2.5': 'RLE Lossless',
};

const convert =
  'Convert it to uncompressed pixels first: gdcmconv --raw IN OUT (GDCM), or dcmdjpeg IN OUT (DCMTK) for JPEG.';
const damaged = 'The file is damaged, or leaves out what DICOM asks for: export it again.';

/** What the header says of the pixels. */
interface Layout {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly frames: number;
  readonly allocated: 8 | 16;
  readonly stored: number;
  readonly signed: boolean;
  /** Colours one plane after another, not pixel by pixel. */
  readonly planar: boolean;
}

/**
 * A DICOM file, parsed by `dicom-parser`; each frame is a picture. Uncompressed pixels (8 and 16 bits) and JPEG
 * Baseline are read. Grey values go through the rescale slope and intercept and the first window of the file, or from
 * the smallest to the largest value of the frame where the file has no window; MONOCHROME1 is inverted, so that
 * white is always bright. Other transfer syntaxes are refused by name.
 */
export function decodeDicom(bytes: Uint8Array, name: string, maxPixels: number): Picture[] {
  let header: DataSet;
  try {
    header = dicomParser.parseDicom(bytes);
  } catch (error) {
    const { exception } = error as { exception?: unknown };
    const said = error instanceof Error ? error.message : String(exception ?? error);
    throw new PictureError(name, `is no whole DICOM file (${said})`, damaged, { cause: error });
  }
  const syntax = header.string('x00020010') ?? '';
  const coding = syntaxes[syntax];
  if (coding === undefined || !['little', 'big', 'jpeg'].includes(coding)) {
    throw new PictureError(
      name,
      `is DICOM with the transfer syntax ${coding ?? 'that nobody here knows'} (${syntax})`,
      convert,
    );
  }
  const photometric = header.string('x00280004') ?? 'nothing';
  const layout = readLayout(header, name, photometric, coding === 'jpeg');
  checkSize(name, layout.width, layout.height * layout.frames, maxPixels);
  if (header.elements.x00283000) {
    throw new PictureError(name, 'has a table of values (Modality LUT) that is not read', convert);
  }
  const element = header.elements.x7fe00010;
  if (!element) throw new PictureError(name, 'is DICOM without pixels (no Pixel Data)', 'Give an image.');
  return Array.from({ length: layout.frames }, (_, frame) => {
    if (coding === 'jpeg') return jpegFrame(header, layout, frame, name, maxPixels, photometric);
    const values = rawFrame(bytes, element, layout, frame, name, coding === 'little');
    return finished(values, header, layout, photometric);
  });
}

function readLayout(header: DataSet, name: string, photometric: string, jpeg: boolean): Layout {
  const needed = (tag: string, what: string): number => {
    const value = header.uint16(tag);
    if (value === undefined) throw new PictureError(name, `is DICOM without ${what}`, damaged);
    return value;
  };
  const [height, width] = [needed('x00280010', 'Rows'), needed('x00280011', 'Columns')];
  const channels = header.uint16('x00280002') ?? 1;
  const allocated = needed('x00280100', 'Bits Allocated');
  const grey = /^MONOCHROME[12]$/.test(photometric);
  const colour = photometric === 'RGB' || (jpeg && photometric.startsWith('YBR_'));
  if (!(grey && channels === 1) && !(colour && channels === 3 && allocated === 8)) {
    throw new PictureError(
      name,
      `has ${channels} samples of ${allocated} bits for each pixel as ${photometric}; MONOCHROME1, MONOCHROME2 ` +
        'and RGB of 8 bits are read',
      'Export it as one of these, or as PNG.',
    );
  }
  if (allocated !== 8 && allocated !== 16) {
    throw new PictureError(
      name,
      `has ${allocated} bits for each pixel; 8 and 16 are read`,
      'Export it as PNG.',
    );
  }
  const frames = Number(header.string('x00280008') ?? '1');
  if (!Number.isInteger(frames) || frames < 1) {
    throw new PictureError(name, `says that it has ${frames} frames`, damaged);
  }
  const stored = header.uint16('x00280101') ?? allocated;
  if (!(stored >= 1 && stored <= allocated)) {
    throw new PictureError(name, `says that ${stored} of ${allocated} bits are used`, damaged);
  }
  const signed = header.uint16('x00280103') === 1;
  const planar = header.uint16('x00280006') === 1;
  return { width, height, channels: grey ? 1 : 3, frames, allocated, stored, signed, planar };
}

/** The numbers of an uncompressed frame: row-major, colours pixel by pixel. */
function rawFrame(
  bytes: Uint8Array,
  { dataOffset, length }: { dataOffset: number; length: number },
  layout: Layout,
  frame: number,
  name: string,
  littleEndian: boolean,
): Int32Array {
  const { width, height, channels, allocated, stored, signed, planar } = layout;
  const count = width * height * channels;
  const size = (count * allocated) / 8;
  const begin = dataOffset + frame * size;
  if ((frame + 1) * size > length || begin + size > bytes.length) {
    throw new PictureError(
      name,
      `has ${Math.min(length, bytes.length - dataOffset)} bytes of pixels, fewer than its header promises`,
      damaged,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + begin, size);
  const values = new Int32Array(count);
  const unused = 32 - stored;
  for (let i = 0; i < count; i++) {
    const word = allocated === 8 ? view.getUint8(i) : view.getUint16(2 * i, littleEndian);
    // The bits above those in use may hold anything.
    const value = signed ? (word << unused) >> unused : (word << unused) >>> unused;
    values[planar ? (i % (width * height)) * channels + Math.floor(i / (width * height)) : i] = value;
  }
  return values;
}

function jpegFrame(
  header: DataSet,
  layout: Layout,
  frame: number,
  name: string,
  maxPixels: number,
  photometric: string,
): Picture {
  const element = header.elements.x7fe00010;
  let bytes: Uint8Array;
  try {
    const { fragments = [], basicOffsetTable = [] } = element;
    if (basicOffsetTable.length > frame)
      bytes = dicomParser.readEncapsulatedImageFrame(header, element, frame);
    else if (layout.frames === 1) {
      bytes = dicomParser.readEncapsulatedPixelDataFromFragments(header, element, 0, fragments.length);
    } else bytes = dicomParser.readEncapsulatedPixelDataFromFragments(header, element, frame);
  } catch (error) {
    throw new PictureError(name, `has no whole frame ${frame} (${String(error)})`, damaged, { cause: error });
  }
  const picture = decodeJpeg(bytes, name, maxPixels, false);
  if (
    picture.width !== layout.width ||
    picture.height !== layout.height ||
    picture.channels !== layout.channels
  ) {
    throw new PictureError(
      name,
      `has another picture in it (${picture.width} x ${picture.height}) than it says`,
      damaged,
    );
  }
  return picture.channels === 3 ? picture : finished(picture.data, header, layout, photometric);
}

/** Values of the file as shades of grey; colours as they are. */
function finished(values: ArrayLike<number>, header: DataSet, layout: Layout, photometric: string): Picture {
  const { width, height, channels } = layout;
  if (channels === 3) return { width, height, channels, data: Uint8Array.from(values), white: 255 };
  const data = grayWindow(values, {
    slope: header.floatString('x00281053') ?? 1,
    intercept: header.floatString('x00281052') ?? 0,
    center: header.floatString('x00281050', 0),
    width: header.floatString('x00281051', 0),
    kind: header.string('x00281056') ?? 'LINEAR',
    inverted: photometric === 'MONOCHROME1',
  });
  return { width, height, channels, data, white: 65535 };
}
