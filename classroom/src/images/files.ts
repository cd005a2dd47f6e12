/** Reads images that somebody dropped. Nothing leaves the page. */
import { pictureBytes, pictureFromImageData } from '@glassbox/images';
import { formatBytes, type NpyHeader, Npz } from '@glassbox/medmnist';
import { imageSize } from '../playground/spec.ts';
import type { Strings } from '../strings/index.ts';
import type { InspectedImage } from './inspected.ts';

/** Files that are looked at of a folder, and images that are shown of them. */
const maxFiles = 500;
const maxImages = 200;
/** Larger files are refused: a page has little memory. */
const maxBytes = { image: 30e6, npz: 500e6 };

/** Larger pictures are refused: 8192 x 4096. */
const maxPixels = 2 ** 25;

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
  if (files.length > maxFiles) problems.push(say.tooMany(maxFiles));
  const order = new Intl.Collator('en', { numeric: true });
  const inOrder = files.slice(0, maxFiles).sort((a, b) => order.compare(a.name, b.name));
  for (const file of inOrder) {
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
        // Also what is no DataError: the file cannot be read any more, or there is no memory for it.
        problems.push(say.npz(file.name, (error as Error).message));
      }
    } else {
      try {
        const { width, height } = await sizeOf(file);
        if (width * height > maxPixels) problems.push(say.pixels(file.name, width, height));
        else images.push({ pixels: await readImage(file), name: file.name });
      } catch {
        problems.push(say.image(file.name));
      }
    }
  }
  if (images.length === 0 && problems.length === 0) problems.push(say.none);
  return { images: images.slice(0, maxImages), problems };
}

/** Files of what was dropped, folders opened; one more than are looked at tells that there are too many. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files: File[] = [];
  const visit = async (entry: FileSystemEntry): Promise<void> => {
    if (files.length > maxFiles) return;
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

const inNet = { size: imageSize, channels: 1 } as const;

/** What an image's header says: an element reads that, and unpacks no pixel before it is drawn. */
async function sizeOf(file: File): Promise<{ readonly width: number; readonly height: number }> {
  const element = new Image();
  const url = URL.createObjectURL(file);
  try {
    await new Promise((done, fail) => {
      element.onload = done;
      element.onerror = fail;
      element.src = url;
    });
    return { width: element.naturalWidth, height: element.naturalHeight };
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function readImage(file: File): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none' });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return pictureBytes(pictureFromImageData(context.getImageData(0, 0, width, height)), inNet);
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
    const size = height * width * channels;
    const images: InspectedImage[] = [];
    for (let n = 0; n < Math.min(count, maxImages); n++) {
      const bytes = (data as Uint8Array).subarray(n * size, (n + 1) * size);
      const picture = { width, height, channels: channels === 3 ? 3 : 1, data: bytes, white: 255 } as const;
      images.push({ pixels: pictureBytes(picture, inNet), name: `${name}[${n}]`, label: labels?.[n] });
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
