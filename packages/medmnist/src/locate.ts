import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DataError, mistakenFile } from '@glassbox/files';
import { anything, checkOptions, flag, type OptionTable, oneOf, table, text } from '@glassbox/options';
import {
  type DatasetName,
  datasetFileName,
  datasetInfo,
  datasetUrl,
  type ImageSize,
  imageSizes,
  unpackedBytes,
} from './catalogue.ts';
import { type DownloadOptions, downloadFile, downloadNames } from './download.ts';
import { md5File } from './md5.ts';

/** Where to look for data and whether to fetch them. */
export interface LocateOptions {
  /** Height and width of the images in pixels. Default 28. */
  readonly size?: ImageSize;
  /** Look in this folder only, and download into it. */
  readonly root?: string;
  /** Environment to read MEDMNIST_ROOT from. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Home folder whose `.medmnist` is searched. Default the user's. */
  readonly home?: string;
  /** Fetch what is not found. Default true. */
  readonly download?: boolean;
  /** Address to fetch from instead of Zenodo, for instance `http://mirror.local/medmnist`. */
  readonly mirror?: string;
  /** Time-outs, retries and progress of the download. */
  readonly transfer?: Omit<DownloadOptions, 'md5' | 'maxBytes'>;
}

const { md5: _, maxBytes: __, ...transferNames } = downloadNames;

/** See `@glassbox/options`. */
export const locateNames: OptionTable<LocateOptions> = {
  size: oneOf(...imageSizes),
  root: text,
  env: anything,
  home: text,
  download: flag,
  mirror: text,
  transfer: table<NonNullable<LocateOptions['transfer']>>(transferNames),
};

/** A data set's file on this machine. */
export interface LocatedFile {
  /** Its path. */
  readonly file: string;
  /** MD5 of its content, as 32 hexadecimal digits. */
  readonly md5: string;
  /** True if this call has fetched it. */
  readonly downloaded: boolean;
}

/**
 * Folders in the order in which they are searched: `$MEDMNIST_ROOT`, then `~/.medmnist`, which the Python package
 * `medmnist` uses too, so that files are shared. A download goes into the first.
 */
export function dataFolders(options: LocateOptions = {}): string[] {
  checkOptions('dataFolders', options, locateNames);
  if (options.root !== undefined) return [options.root];
  const fromEnvironment = (options.env ?? process.env)['MEDMNIST_ROOT'];
  const shared = join(options.home ?? homedir(), '.medmnist');
  return fromEnvironment ? [fromEnvironment, shared] : [shared];
}

/**
 * Finds the published file of a data set, or downloads it. Whatever is returned has the published MD5.
 *
 * @throws DataError when a file of that name has another MD5, when nothing is found and `download` is false, or
 *   when the download fails.
 */
export async function locateDataset(name: DatasetName, options: LocateOptions = {}): Promise<LocatedFile> {
  checkOptions('locateDataset', options, locateNames);
  const size = options.size ?? 28;
  const info = datasetInfo(name);
  const fileName = datasetFileName(name, size);
  const folders = dataFolders(options);
  for (const folder of folders) {
    const file = join(folder, fileName);
    if (!existsSync(file)) continue;
    const md5 = await md5File(file);
    if (md5 !== info.md5[size]) {
      const mistaken = await mistakenFile(file);
      throw new DataError(
        file,
        `is not the published file: its MD5 is ${md5} instead of ` +
          `${info.md5[size]}${mistaken ? `, and it ${mistaken.looks}` : ''}`,
        'Delete it to have it fetched again, or name it as a file of your own to use it as it is.',
      );
    }
    return { file, md5, downloaded: false };
  }
  if (options.download === false) {
    throw new DataError(
      fileName,
      `was not found in ${folders.join(' or ')}`,
      `Allow the download, or put the file there from ${datasetUrl(name, size)}.`,
    );
  }
  const file = join(folders[0], fileName);
  const url =
    options.mirror === undefined
      ? datasetUrl(name, size)
      : `${options.mirror.replace(/\/$/, '')}/${fileName}`;
  await downloadFile(url, file, {
    ...options.transfer,
    md5: info.md5[size],
    // Deflate adds at most a few bytes to what it cannot shrink; more than this is not the file.
    maxBytes: Math.ceil(unpackedBytes(info, size) * 1.01) + 1_000_000,
  });
  return { file, md5: info.md5[size], downloaded: true };
}
