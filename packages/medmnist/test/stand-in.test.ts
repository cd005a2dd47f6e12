import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type DatasetName,
  datasetInfo,
  datasetNames,
  imageSizes,
  loadDataset,
  Npz,
  openDataset,
  readImages,
  splitNames,
  writeStandIn,
} from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-stand-in-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const everySize = datasetNames.flatMap((name) => imageSizes.map((size) => [name, size] as const));

/** A share of a set of which little is left at any size: 2 to 16 images. */
function fractionOf(name: DatasetName, size: number): number {
  const { train } = datasetInfo(name).samples;
  return (size === 28 ? 16 : 4) / train;
}

describe('files of the shapes of published sets', () => {
  it.each(everySize)('%s at %i: is written, read whole, and read row by row', async (name, size) => {
    const file = join(folder, `${name}_${size}.npz`);
    const fraction = fractionOf(name, size);
    // Half of them as they are published, and half of them stored.
    const compress = (size / 4 + name.length) % 2 === 0;
    await writeStandIn(file, { name, size, fraction, compress });
    const whole = await loadDataset({ file });
    const { labels, samples, channels, task } = datasetInfo(name);
    expect(whole).toMatchObject({ name, imageSize: size, channels, task, labelNames: labels });
    expect(whole.source).toMatchObject({ real: false, published: false });
    const open = await openDataset({ file, maxResident: 0 });
    expect(open.streamed).toBe(true);
    for (const split of splitNames) {
      const { images, count, labels: own } = whole.splits[split];
      expect(count).toBe(Math.max(1, Math.round(samples[split] * fraction)));
      expect(open.splits[split].labels).toEqual(own);
      const rows = Array.from({ length: count }, (_, i) => (7 * i + 3) % count);
      expect(await readImages(open, open.splits[split].images, rows)).toEqual(
        await readImages(whole, images, rows),
      );
    }
    await open.close();
    rmSync(file);
  });

  it('have the published number of images, channels, labels and types', async () => {
    const file = join(folder, 'breastmnist.npz');
    await writeStandIn(file, { name: 'breastmnist' });
    const npz = await Npz.open(file);
    const shapes: Record<string, unknown> = {};
    for (const name of npz.names) {
      const { dtype, shape, fortranOrder } = await npz.header(name);
      shapes[name] = [dtype, shape, fortranOrder];
    }
    await npz.close();
    expect(shapes).toEqual({
      train_images: ['u8', [546, 28, 28], false],
      train_labels: ['u8', [546, 1], false],
      val_images: ['u8', [78, 28, 28], false],
      val_labels: ['u8', [78, 1], false],
      test_images: ['u8', [156, 28, 28], false],
      test_labels: ['u8', [156, 1], false],
      glassbox_synthetic: ['u8', [1], false],
    });
  });

  it('begin with the images of a smaller one, and depend on the seed', async () => {
    const write = async (name: string, fraction: number, seed: number) => {
      const file = join(folder, `${name}.npz`);
      await writeStandIn(file, { name: 'chestmnist', fraction, seed, compress: false });
      return (await loadDataset({ file, name: 'chestmnist' })).splits.train;
    };
    const [small, large, other] = [
      await write('a', 20 / 78468, 1),
      await write('b', 40 / 78468, 1),
      await write('c', 20 / 78468, 2),
    ];
    expect(large.images.subarray(0, small.images.length)).toEqual(small.images);
    expect(large.labels.subarray(0, small.labels.length)).toEqual(small.labels);
    expect(other.images).not.toEqual(small.images);
    // Each of the 14 findings is there.
    for (let j = 0; j < 14; j++) expect(small.labels[j * 14 + j]).toBe(1);
  });

  it('can be learnt: an image is nearer to the mean of its own class than to most others', async () => {
    const file = join(folder, 'bloodmnist.npz');
    await writeStandIn(file, { name: 'bloodmnist', fraction: 0.03 });
    const { splits, labelNames } = await loadDataset({ file });
    const [pixels, classes] = [28 * 28 * 3, labelNames.length];
    const means = labelNames.map(() => new Float64Array(pixels));
    const counts = new Float64Array(classes);
    const { train, test } = splits;
    train.images.forEach((value, i) => {
      means[train.labels[Math.floor(i / pixels)]][i % pixels] += value;
    });
    for (const label of train.labels) counts[label]++;
    means.forEach((mean, label) => {
      mean.forEach((sum, i) => {
        mean[i] = sum / counts[label];
      });
    });
    let right = 0;
    for (let row = 0; row < test.count; row++) {
      const image = test.images.subarray(row * pixels, (row + 1) * pixels);
      const distances = means.map((mean) => mean.reduce((sum, value, i) => sum + (value - image[i]) ** 2, 0));
      if (distances.indexOf(Math.min(...distances)) === test.labels[row]) right++;
    }
    expect(right / test.count).toBeGreaterThan(0.8);
  });

  it.each([
    [{ name: 'mnist' }, /there is no data set 'mnist'; known are pathmnist/],
    [{ name: 'chestmnist', size: 32 as never }, /size must be 28 or 64/],
    [{ name: 'chestmnist', fraction: 0 }, /fraction is 0; give a number above 0/],
    [{ name: 'chestmnist', fraction: Number.NaN }, /fraction must be a finite number/],
    [{ name: 'chestmnist', seed: -1 }, /seed is -1; give a whole number/],
    [{ name: 'chestmnist', share: 1 } as never, /there is no option 'share'/],
  ])('refuse %o', async (options, message) => {
    await expect(writeStandIn(join(folder, 'x.npz'), options)).rejects.toThrow(message);
  });

  it('leave nothing behind where they cannot be written', async () => {
    const before = readdirSync(folder);
    await expect(writeStandIn(join(folder, 'no', 'x.npz'), { name: 'breastmnist' })).rejects.toThrow(
      /its folder does not exist/,
    );
    await expect(writeStandIn('', { name: 'breastmnist' })).rejects.toThrow(/the path is empty/);
    expect(readdirSync(folder)).toEqual(before);
  });
});
