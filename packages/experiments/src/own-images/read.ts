/** Images from their files, scaled to what the net takes. */
import { createHash } from 'node:crypto';
import { bar, StatusLine } from '@glassbox/host';
import { UsageError } from '@glassbox/host/command-line';
import { isGrey, PictureError, pictureBytes } from '@glassbox/images';
import { readPictures } from '@glassbox/images/files';
import { DataError } from '@glassbox/medmnist';
import type { LabelledFile } from './find.ts';

/** All images of a data set as the net sees them. */
export interface ReadImages {
  readonly files: readonly LabelledFile[];
  /** (N,H,W) or (N,H,W,3). */
  readonly images: Uint8Array;
  readonly channels: 1 | 3;
  /** SHA-256 of each image's bytes: the same for images that the net cannot tell apart. */
  readonly digests: readonly string[];
  /** Why a file was left out. */
  readonly unreadable: readonly string[];
}

/** How images are read. */
export interface ReadImagesOptions {
  readonly size: number;
  readonly channels: 'auto' | 'grey' | 'rgb';
  readonly skipUnreadable: boolean;
  readonly signal: AbortSignal;
}

/** Bytes of all images together: what one array holds. */
const mostBytes = 2 ** 31 - 1;
/** Unreadable files that an error names. */
const shown = 10;

/**
 * Reads and scales every image.
 * @throws UsageError that names the files which cannot be read, unless they are to be skipped.
 */
export async function readImages(
  files: readonly LabelledFile[],
  { size, channels, skipUnreadable, signal }: ReadImagesOptions,
): Promise<ReadImages> {
  const line = new StatusLine();
  const kept: LabelledFile[] = [];
  const scaled: Uint8Array[] = [];
  const unreadable: string[] = [];
  let total = 0;
  for (const [index, file] of files.entries()) {
    if (signal.aborted) break;
    line.draw(() => `reading images ${bar(index / files.length, 20)} ${index} of ${files.length}`);
    try {
      const pictures = await readPictures(file.path);
      if (pictures.length !== 1) {
        throw new PictureError(
          file.name,
          `holds ${pictures.length} pictures`,
          'Save each as a file of its own.',
        );
      }
      const [{ picture }] = pictures;
      const wanted = channels === 'rgb' || (channels === 'auto' && !isGrey(picture)) ? 3 : 1;
      scaled.push(pictureBytes(picture, { size, channels: wanted }));
      kept.push(file);
      total += scaled.at(-1)!.length;
    } catch (error) {
      if (!(error instanceof PictureError || error instanceof DataError)) throw error;
      unreadable.push(error.message);
    }
    if (total > mostBytes) throw tooMany(files.length, size);
  }
  line.clear();
  if (unreadable.length > 0 && !skipUnreadable) {
    throw new UsageError(
      `${unreadable.length} of ${files.length} files cannot be read:\n  ${unreadable.slice(0, shown).join('\n  ')}\n` +
        `${unreadable.length > shown ? `  and ${unreadable.length - shown} more\n` : ''}` +
        'Mend or remove them, or leave them out with --skip-unreadable',
    );
  }
  const pixels = size * size;
  const all = scaled.some(({ length }) => length > pixels) ? 3 : 1;
  if (scaled.length * pixels * all > mostBytes) throw tooMany(files.length, size);
  const images = new Uint8Array(scaled.length * pixels * all);
  const digests = scaled.map((bytes, n) => {
    const own = bytes.length < pixels * all ? threefold(bytes) : bytes;
    images.set(own, n * pixels * all);
    return createHash('sha256').update(own).digest('hex');
  });
  return { files: kept, images, channels: all, digests, unreadable };
}

const tooMany = (count: number, size: number) =>
  new UsageError(`${count} images of ${size} x ${size} pixels are more than 2 GB; give a smaller --size`);

function threefold(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(3 * grey.length);
  for (let i = 0; i < grey.length; i++) rgb.fill(grey[i], 3 * i, 3 * i + 3);
  return rgb;
}
