/** Reads images that somebody dropped. Nothing leaves the page. */
import { DataError, formatBytes, type NpyHeader, Npz } from '@glassbox/medmnist';
import { imageSize } from '../playground/spec.ts';
import type { Strings } from '../strings/index.ts';
import type { InspectedImage } from './inspected.ts';

/** Files that are looked at of a folder, and images that are shown of them. */
const maxFiles = 500;
const maxImages = 200;
/** Larger files are refused: a page has little memory. */
const maxBytes = { image: 30e6, npz: 500e6 };

/** What came of files. */
export interface ReadImages {
  readonly images: readonly InspectedImage[];
  readonly problems: readonly string[];
}

/** Reads PNG, JPEG and npz files, in the order of their names; other files are passed over. */
export async function readFiles(files: readonly File[], strings: Strings): Promise<ReadImages> {
  const say = strings.fileProblems;
  const images: InspectedImage[] = [];
  const problems: string[] = [];
  const inOrder = files.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  for (const file of inOrder.slice(0, maxFiles)) {
    const kind = /\.npz$/i.test(file.name) ? 'npz' : /\.(png|jpe?g)$/i.test(file.name) ? 'image' : undefined;
    if (!kind || images.length >= maxImages) continue;
    if (file.size > maxBytes[kind]) {
      problems.push(say.size(file.name, formatBytes(maxBytes[kind])));
    } else if (kind === 'npz') {
      try {
        const found = await readNpzImages(file);
        images.push(...found);
        if (found.length === 0) problems.push(say.npz(file.name, say.noImages));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        problems.push(say.npz(file.name, error.message));
      }
    } else {
      const pixels = await readImage(file).catch(() => undefined);
      if (pixels) images.push({ pixels, name: file.name });
      else problems.push(say.image(file.name));
    }
  }
  if (images.length === 0 && problems.length === 0) problems.push(say.none);
  return { images: images.slice(0, maxImages), problems };
}

/** Files of what was dropped, folders opened. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files: File[] = [];
  const visit = async (entry: FileSystemEntry): Promise<void> => {
    if (files.length >= maxFiles) return;
    if (entry.isFile) {
      files.push(await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail)));
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
      if (some.length === 0) return;
      for (const each of some) await visit(each);
    }
  };
  for (const entry of entries) await visit(entry);
  return files;
}

async function readImage(source: ImageBitmapSource): Promise<Uint8Array> {
  const whole = await createImageBitmap(source, { colorSpaceConversion: 'none' });
  const fits = whole.width === imageSize && whole.height === imageSize;
  const bitmap = fits
    ? whole
    : await createImageBitmap(whole, {
        resizeWidth: imageSize,
        resizeHeight: imageSize,
        resizeQuality: 'high',
      });
  const context = new OffscreenCanvas(imageSize, imageSize).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  whole.close();
  const { data } = context.getImageData(0, 0, imageSize, imageSize);
  // Luminance of ITU-R BT.601; a grey pixel keeps its value.
  return Uint8Array.from({ length: imageSize * imageSize }, (_, i) =>
    Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]),
  );
}

const preferred = ['test_images', 'val_images', 'train_images', 'images'];

async function readNpzImages(file: File): Promise<InspectedImage[]> {
  const npz = await Npz.open(new Uint8Array(await file.arrayBuffer()), { maxBytes: 2e9, name: file.name });
  const names = preferred.filter((name) => npz.names.includes(name)).concat(npz.names);
  for (const name of names) {
    const header = await npz.header(name);
    if (!holdsImages(header)) continue;
    const [count, height, width, channels = 1] = header.shape;
    const { data } = await npz.get(name);
    const labels = await labelsFor(npz, name, count);
    const size = height * width;
    const images: InspectedImage[] = [];
    for (let n = 0; n < Math.min(count, maxImages); n++) {
      const rgba = new ImageData(width, height);
      for (let i = 0; i < size; i++) {
        for (let c = 0; c < 3; c++) {
          rgba.data[4 * i + c] = Number(data[(n * size + i) * channels + (channels === 3 ? c : 0)]);
        }
        rgba.data[4 * i + 3] = 255;
      }
      images.push({ pixels: await readImage(rgba), name: `${name}[${n}]`, label: labels?.[n] });
    }
    return images;
  }
  return [];
}

function holdsImages({ dtype, shape }: NpyHeader): boolean {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  const sizes = count > 0 && height > 0 && width > 0 && height <= 4096 && width <= 4096;
  return dtype === 'u8' && sizes && (shape.length === 3 || (shape.length === 4 && channels === 3));
}

/** Labels of the same split where they are 0 or 1. */
async function labelsFor(npz: Npz, images: string, count: number): Promise<number[] | undefined> {
  const name = images.replace('images', 'labels');
  if (name === images || !npz.names.includes(name)) return undefined;
  const { data, shape } = await npz.get(name);
  const numbers = Array.from(data, Number);
  const isBinary = shape[0] === count && numbers.length === count && numbers.every((n) => n === 0 || n === 1);
  return isBinary ? numbers : undefined;
}
