import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DatasetName,
  datasetFileName,
  datasetInfo,
  datasetNames,
  datasetUrl,
  findByMd5,
  imageSizes,
  isDatasetName,
  unpackedBytes,
} from '../src/catalogue.ts';
import { imageBytes, unlabelledCount } from '../src/dataset.ts';
import { loadDataset, syntheticMark } from '../src/load.ts';
import { dataFolders, locateDataset } from '../src/locate.ts';
import { md5File, sha256File } from '../src/md5.ts';
import type { NpyArray } from '../src/npy.ts';
import { type NpzInput, writeNpz } from '../src/npz.ts';
import { phantomDataset } from '../src/phantoms/generate.ts';
import { saveDataset } from '../src/save.ts';
import { BadServer } from './helpers/bad-server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glassbox-dataset-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const u8 = (shape: number[], fill: (i: number) => number = () => 0): NpyArray => ({
  dtype: 'u8',
  shape,
  data: Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => fill(i)),
});

/** A small sound set, with some arrays replaced or (undefined) left out. */
function arraysOf(change: Record<string, NpyArray | undefined> = {}): NpzInput {
  const sound: Record<string, NpyArray | undefined> = {
    train_images: u8([6, 28, 28], (i) => i & 255),
    train_labels: u8([6, 1], (i) => i % 2),
    val_images: u8([2, 28, 28]),
    val_labels: u8([2, 1]),
    test_images: u8([3, 28, 28]),
    test_labels: u8([3, 1], () => 1),
    ...change,
  };
  return Object.fromEntries(Object.entries(sound).filter(([, array]) => array)) as Record<string, NpyArray>;
}

let files = 0;
async function fileWith(change: Record<string, NpyArray | undefined> = {}, prefix = 'mine'): Promise<string> {
  const file = join(folder, `${prefix}-${files++}.npz`);
  await writeNpz(file, arraysOf(change));
  return file;
}

describe('catalogue', () => {
  it('has the twelve sets with a well-formed MD5 at each size', () => {
    expect(datasetNames.length).toBe(12);
    const md5s = new Set<string>();
    for (const name of datasetNames) {
      for (const size of imageSizes) {
        const md5 = datasetInfo(name).md5[size];
        expect(md5).toMatch(/^[0-9a-f]{32}$/);
        md5s.add(md5);
        expect(findByMd5(md5)).toEqual({ name, size });
      }
    }
    expect(md5s.size).toBe(48);
    expect(findByMd5('0'.repeat(32))).toBeUndefined();
  });

  it('knows names, files and addresses as the Python package does', () => {
    expect(datasetFileName('chestmnist')).toBe('chestmnist.npz');
    expect(datasetFileName('chestmnist', 64)).toBe('chestmnist_64.npz');
    expect(datasetUrl('chestmnist')).toBe(
      'https://zenodo.org/records/10519652/files/chestmnist.npz?download=1',
    );
    expect(datasetInfo('chestmnist')).toMatchObject({
      channels: 1,
      samples: { train: 78468, val: 11219, test: 22433 },
    });
    expect(datasetInfo('chestmnist').labels.length).toBe(14);
    expect(unpackedBytes(datasetInfo('pneumoniamnist'), 28)).toBe(5856 * 785);
    expect(isDatasetName('toString')).toBe(false);
    expect(() => datasetInfo('chestmist')).toThrow(
      /no data set 'chestmist'; known are pathmnist, chestmnist/,
    );
  });
});

describe('loadDataset', () => {
  it('loads a file and says where it comes from', async () => {
    const file = await fileWith({}, 'pneumoniamnist');
    const set = await loadDataset({ file });
    expect(set).toMatchObject({
      name: 'pneumoniamnist',
      task: 'binary-class',
      imageSize: 28,
      channels: 1,
      labelNames: ['normal', 'pneumonia'],
      source: { file, md5: await md5File(file), real: true, published: false },
    });
    expect(set.splits.train).toMatchObject({ count: 6, labelCount: 1 });
    expect(set.splits.train.images.length).toBe(6 * imageBytes(set));
    expect([...set.splits.train.labels]).toEqual([0, 1, 0, 1, 0, 1]);
    expect(set.unlabelled).toBeUndefined();
    expect(unlabelledCount(set)).toBe(0);
  });

  it('takes unlabelled images along', async () => {
    const set = await loadDataset({ file: await fileWith({ unlabelled_images: u8([4, 28, 28], () => 9) }) });
    expect(unlabelledCount(set)).toBe(4);
    expect(set.unlabelled!.every((value) => value === 9)).toBe(true);
  });

  it('loads sets outside of the catalogue: colour, other sizes, label types, one-dimensional labels', async () => {
    const set = await loadDataset({
      file: await fileWith({
        train_images: u8([6, 32, 32, 3]),
        val_images: u8([2, 32, 32, 3]),
        test_images: u8([3, 32, 32, 3]),
        train_labels: { dtype: 'i64', shape: [6], data: BigInt64Array.of(0n, 1n, 2n, 3n, 0n, 1n) },
        val_labels: { dtype: 'f32', shape: [2, 1], data: Float32Array.of(0, 1) },
        test_labels: { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 1, 1) },
      }),
    });
    expect(set).toMatchObject({
      imageSize: 32,
      channels: 3,
      task: 'multi-class',
      labelNames: ['0', '1', '2', '3'],
    });
    expect([...set.splits.train.labels]).toEqual([0, 1, 2, 3, 0, 1]);
  });

  it('calls a file synthetic when it says so, whatever its name', async () => {
    const set = await loadDataset({ file: await fileWith({ [syntheticMark]: u8([1]) }, 'chestphantom') });
    expect(set.source.real).toBe(false);
  });

  const chestLabels = { train_labels: u8([6, 14]), val_labels: u8([2, 14]), test_labels: u8([3, 14]) };
  it('reads a chestmnist with 14 findings by its name', async () => {
    const set = await loadDataset({ file: await fileWith(chestLabels, 'chestmnist-nih-subset') });
    expect(set).toMatchObject({ name: 'chestmnist', task: 'multi-label, binary-class' });
    expect(set.labelNames[1]).toBe('cardiomegaly');
  });

  it.each<[string, string, Record<string, NpyArray | undefined>, RegExp]>([
    [
      'a missing array',
      'mine',
      { val_labels: undefined },
      /has no array 'val_labels'; it has 'train_images'/,
    ],
    [
      'images of floats',
      'mine',
      { train_images: { dtype: 'f32', shape: [6, 28, 28], data: new Float32Array(4704) } },
      /'train_images': has dtype f32; images are uint8.*astype\(np\.uint8\)/,
    ],
    [
      'images that are not square',
      'mine',
      { train_images: u8([6, 28, 27]) },
      /shape \[6,28,27\]; images are/,
    ],
    ['images of two channels', 'mine', { train_images: u8([6, 28, 28, 2]) }, /shape \[6,28,28,2\]/],
    ['flat images', 'mine', { train_images: u8([6, 784]) }, /shape \[6,784\]/],
    [
      'splits of different sizes',
      'mine',
      { val_images: u8([2, 32, 32]) },
      /'val_images': has shape \[2,32,32\], but 'train_images' has/,
    ],
    [
      'unlabelled images of another size',
      'mine',
      { unlabelled_images: u8([2, 32, 32]) },
      /'unlabelled_images'/,
    ],
    ['an empty split', 'mine', { val_images: u8([0, 28, 28]), val_labels: u8([0, 1]) }, /holds no image/],
    [
      'more images than labels',
      'mine',
      { train_labels: u8([5, 1]) },
      /'train_labels': has shape \[5,1\]; with 6 images/,
    ],
    [
      'splits with different labels',
      'mine',
      { val_labels: u8([2, 2]) },
      /1 labels an image in train and 2 in val/,
    ],
    [
      'a label out of range',
      'pneumoniamnist',
      { test_labels: u8([3, 1], (i) => i) },
      /'test_labels': holds the label 2 for image 2; the largest allowed is 1/,
    ],
    [
      'a finding that is not 0 or 1',
      'chestmnist',
      { ...chestLabels, val_labels: u8([2, 14], (i) => (i === 15 ? 3 : 0)) },
      /holds the label 3 for image 1/,
    ],
    [
      'a fractional label',
      'mine',
      { val_labels: { dtype: 'f32', shape: [2, 1], data: Float32Array.of(0.5, 0) } },
      /holds the label 0\.5/,
    ],
    [
      'a negative label',
      'mine',
      { val_labels: { dtype: 'i8', shape: [2, 1], data: Int8Array.of(-1, 0) } },
      /holds the label -1/,
    ],
    [
      'a label that is not a number',
      'mine',
      { val_labels: { dtype: 'f64', shape: [2, 1], data: Float64Array.of(Number.NaN, 0) } },
      /holds the label NaN/,
    ],
    ['too few findings', 'chestmnist', {}, /has 1 labels an image; chestmnist has 14/],
    [
      'colour where gray is due',
      'pneumoniamnist',
      { train_images: u8([6, 28, 28, 3]), val_images: u8([2, 28, 28, 3]), test_images: u8([3, 28, 28, 3]) },
      /3 channels; pneumoniamnist has 1/,
    ],
  ])('refuses %s, naming file and array', async (_, prefix, change, message) => {
    const file = await fileWith(change, prefix);
    await expect(loadDataset({ file })).rejects.toThrow(message);
    await expect(loadDataset({ file })).rejects.toThrow(file);
  });

  it('refuses a size or a set other than asked for, and unknown names', async () => {
    const file = await fileWith();
    await expect(loadDataset({ file, size: 64 })).rejects.toThrow(/holds 28x28 images, not 64x64/);
    await expect(loadDataset({ file, name: 'chestmnist' })).rejects.toThrow(
      /1 labels an image; chestmnist has 14/,
    );
    await expect(loadDataset({ file, name: 'nomnist' })).rejects.toThrow(/no data set 'nomnist'/);
    await expect(loadDataset({})).rejects.toThrow(/neither name nor file.*chestmnist/);
    await expect(loadDataset({ file: join(folder, 'absent.npz') })).rejects.toThrow(/no such file/);
  });

  it('refuses a file that unpacks to far more than its data set', async () => {
    // 110,000 honest black images: 0.1 MB on the disk.
    const images: NpyArray = { dtype: 'u8', shape: [110_000, 28, 28], data: new Uint8Array(110_000 * 784) };
    const huge = await fileWith({ unlabelled_images: images }, 'pneumoniamnist-bomb');
    await expect(loadDataset({ file: huge })).rejects.toThrow(
      /unpacks to 86\.2 MB, more than the 82\.4 MB that its data set allows\. If you trust the file, raise the limit/,
    );
    expect(unlabelledCount(await loadDataset({ file: huge, maxBytes: 1e8 }))).toBe(110_000);
  });
});

describe('saveDataset', () => {
  it('writes what loadDataset reads back, marked as synthetic where it is', async () => {
    const made = phantomDataset({ domain: 'chest', counts: { train: 12, val: 3, test: 4 }, unlabelled: 2 });
    const file = join(folder, 'chestmnist-phantoms.npz');
    await saveDataset(file, made);
    const read = await loadDataset({ file });
    expect(read.source.real).toBe(false);
    expect(read).toMatchObject({
      name: 'chestmnist',
      task: made.task,
      imageSize: 28,
      labelNames: made.labelNames,
    });
    for (const split of ['train', 'val', 'test'] as const) {
      expect(Buffer.from(read.splits[split].images).equals(made.splits[split].images)).toBe(true);
      expect(Buffer.from(read.splits[split].labels).equals(made.splits[split].labels)).toBe(true);
    }
    expect(Buffer.from(read.unlabelled!).equals(made.unlabelled!)).toBe(true);
    const own = await loadDataset({ file: await fileWith({}, 'pneumoniamnist') });
    await saveDataset(join(folder, 'pneumoniamnist-copy.npz'), own);
    expect((await loadDataset({ file: join(folder, 'pneumoniamnist-copy.npz') })).source.real).toBe(true);
  });
});

describe('where data are looked for', () => {
  it('is $MEDMNIST_ROOT, then ~/.medmnist', () => {
    expect(dataFolders({ env: { MEDMNIST_ROOT: '/data' }, home: '/home/x' })).toEqual([
      '/data',
      join('/home/x', '.medmnist'),
    ]);
    expect(dataFolders({ env: {}, home: '/home/x' })).toEqual([join('/home/x', '.medmnist')]);
    expect(dataFolders({ env: { MEDMNIST_ROOT: '/data' }, root: '/only' })).toEqual(['/only']);
  });

  it('says where it looked when it may not download', async () => {
    const options = { env: { MEDMNIST_ROOT: join(folder, 'r') }, home: folder, download: false };
    await expect(locateDataset('octmnist', options)).rejects.toThrow(
      new RegExp(
        String.raw`octmnist\.npz: was not found in .*r or .*\.medmnist\. Allow the download, or put the file ` +
          'there from https://zenodo',
      ),
    );
  });

  it('refuses a file with a published name and another MD5', async () => {
    const root = join(folder, 'wrong');
    await mkdir(root);
    await copyFile(await fileWith(), join(root, 'pneumoniamnist.npz'));
    await expect(loadDataset({ name: 'pneumoniamnist', root })).rejects.toThrow(
      new RegExp(
        String.raw`wrong.pneumoniamnist\.npz: is not the published file: its MD5 is .* instead of ` +
          '28209eda.*Delete it to have it fetched again',
      ),
    );
  });

  it('downloads into the first folder and refuses what a mirror makes up', async () => {
    const server = new BadServer(Buffer.alloc(5000, 3));
    await server.start();
    const home = join(folder, 'home');
    const options = { env: {}, home, mirror: `${server.url}/medmnist/`, transfer: { pauseMs: 1 } };
    await expect(locateDataset('breastmnist', options)).rejects.toThrow(/instead of 750601b1/);
    expect(server.requests[0].url).toBe('/medmnist/breastmnist.npz');
    await server.stop();
  });
});

describe('hashes of files', () => {
  it('match known values', async () => {
    const file = join(folder, 'abc');
    await writeFile(file, 'abc');
    expect(await md5File(file)).toBe('900150983cd24fb0d6963f7d28e17f72');
    expect(await sha256File(file)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    await expect(md5File(join(folder, 'none'))).rejects.toThrow(/no such file/);
  });
});

// GLASSBOX_DATA: a folder with the published pneumoniamnist.npz and breastmnist.npz.
const data = process.env['GLASSBOX_DATA'];
describe.runIf(data)('the published files (GLASSBOX_DATA)', () => {
  it.each<[DatasetName, number, number]>([
    ['pneumoniamnist', 4708, 3494],
    ['breastmnist', 546, 399],
  ])('%s is found by name and holds what is published', async (name, train, positive) => {
    const set = await loadDataset({ name, root: data!, download: false });
    expect(set.source).toMatchObject({ published: true, real: true });
    expect(set.splits.train.count).toBe(train);
    expect(set.splits.train.labels.reduce((sum, label) => sum + label, 0)).toBe(positive);
    const { samples } = datasetInfo(name);
    expect([set.splits.val.count, set.splits.test.count]).toEqual([samples.val, samples.test]);
  });

  it('are fetched from a mirror, through breaks, into an empty folder', async () => {
    const { readFile } = await import('node:fs/promises');
    const server = new BadServer(await readFile(join(data!, 'breastmnist.npz')));
    await server.start();
    server.script({ cutAfter: 200_000 }, { status: 503, headers: { 'retry-after': '0' } }, {});
    const home = join(folder, 'fetched');
    const set = await loadDataset({
      name: 'breastmnist',
      env: {},
      home,
      mirror: server.url,
      transfer: { pauseMs: 1 },
    });
    expect(set.source).toMatchObject({ file: join(home, '.medmnist', 'breastmnist.npz'), published: true });
    expect(server.requests.length).toBe(3);
    await server.stop();
  });
});
