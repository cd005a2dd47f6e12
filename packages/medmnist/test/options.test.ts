import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  dataFolders,
  downloadFile,
  encodeNpz,
  loadDataset,
  locateDataset,
  montage,
  Npz,
  openDataset,
  phantomDataset,
  readNpz,
  writeNpz,
  writeStandIn,
} from '../src/index.ts';

type Extra = Record<string, never>;

const nowhere = join(tmpdir(), 'glassbox-no-such-file');
const pixels = { images: new Uint8Array(16), imageSize: 4, channels: 1 } as const;
const counts = { train: 1, val: 1, test: 1 };
const file = await encodeNpz({ a: new Float32Array(2) });

/** Each must fail for the option's name, not because there is no such file. */
const calls: Record<string, (extra: Extra) => unknown> = {
  loadDataset: (extra) => loadDataset({ file: nowhere, ...extra }),
  openDataset: (extra) => openDataset({ file: nowhere, ...extra }),
  'Npz.rows': async (extra) => (await Npz.open(file)).rows('a', { scratch: tmpdir(), ...extra }),
  writeStandIn: (extra) => writeStandIn(join(nowhere, 'x.npz'), { name: 'breastmnist', ...extra }),
  locateDataset: (extra) => locateDataset('chestmnist', { root: nowhere, download: false, ...extra }),
  'transfer of locateDataset': (extra) =>
    locateDataset('chestmnist', { root: nowhere, download: false, transfer: { ...extra } }),
  dataFolders: (extra) => dataFolders({ ...extra }),
  downloadFile: (extra) => downloadFile('http://127.0.0.1:9/x', nowhere, { tries: 1, ...extra }),
  'Npz.open': (extra) => Npz.open(file, { ...extra }),
  readNpz: (extra) => readNpz(file, { ...extra }),
  encodeNpz: (extra) => encodeNpz({ a: new Float32Array(2) }, { ...extra }),
  writeNpz: (extra) => writeNpz(join(nowhere, 'x.npz'), { a: new Float32Array(2) }, { ...extra }),
  montage: (extra) => montage(pixels, { ...extra }),
  'input of montage': (extra) => montage({ ...pixels, ...extra }),
  phantomDataset: (extra) => phantomDataset({ domain: 'chest', counts, size: 8, ...extra }),
  'counts of phantomDataset': (extra) =>
    phantomDataset({ domain: 'chest', counts: { ...counts, ...extra }, size: 8 }),
};

const run = async (call: () => unknown) => call();

describe('options of data sets', () => {
  it.each(Object.entries(calls))('%s refuses what does not exist', async (_, call) => {
    await expect(run(() => call({ xyzzy: 1 } as unknown as Extra))).rejects.toThrow(
      /there is no option 'xyzzy'/,
    );
  });

  it.each([
    [
      () => loadDataset('chestmnist' as never),
      /loadDataset: options are given as an object.*not as 'chestmnist'/,
    ],
    [() => loadDataset({ name: 'chestmnist', size: 32 as never }), /size must be 28 or/],
    [
      () => phantomDataset({ domain: 'brain' as never }),
      /domain must be 'chest' or 'pneumonia', not 'brain'/,
    ],
    [() => phantomDataset({ domain: 'chest', n: 3 } as never), /no option 'n'/],
    [() => phantomDataset({} as never), /domain is missing/],
    [() => montage(pixels, { columns: 0 }), /columns must be a whole number above 0, not 0/],
    [() => montage(pixels, { scale: 1.5 }), /scale must be a whole number/],
    [() => writeNpz(nowhere, {}, { compressed: true } as never), /did you mean 'compress'/],
  ])('%s', async (call, message) => {
    await expect(run(call)).rejects.toThrow(message);
  });
});
