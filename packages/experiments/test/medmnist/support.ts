import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DatasetName,
  datasetFileName,
  datasetInfo,
  type MedMnistDataset,
  type SplitName,
  saveDataset,
  splitNames,
} from '@glassbox/medmnist';
import { random } from '@glassbox/metrics';
import { parseMedmnistOptions } from '../../src/medmnist/options.ts';
import type { BenchmarkResults } from '../../src/medmnist/results.ts';
import { runBenchmark, type Watch } from '../../src/medmnist/run.ts';

/** The program under test. */
export const cli = join(import.meta.dirname, '../../src/cli/medmnist.ts');

/** Images of each split in these tests: one more batch than one of 128. */
export const counts: Readonly<Record<SplitName, number>> = { train: 150, val: 40, test: 60 };

/** A set in the layout of a published one, with few images, whose classes or findings can be learnt a little. */
export function smallSet(name: DatasetName, size = 28, images = counts): MedMnistDataset {
  const { task, channels, labels: labelNames } = datasetInfo(name);
  const multiLabel = task === 'multi-label, binary-class';
  const labelCount = multiLabel ? labelNames.length : 1;
  const rng = random(7);
  const split = (count: number) => {
    const labels = Uint8Array.from({ length: count * labelCount }, (_, at) =>
      multiLabel ? Number(rng.below(3) === 0) : at < labelNames.length ? at : rng.below(labelNames.length),
    );
    const length = size * size * channels;
    const pixels = new Uint8Array(count * length);
    for (let n = 0; n < count; n++) {
      const own = labels.subarray(n * labelCount, (n + 1) * labelCount);
      for (let i = 0; i < length; i++) {
        const band = Math.floor((i / length) * labelNames.length);
        const bright = multiLabel ? own[band] === 1 : own[0] === band;
        pixels[n * length + i] = rng.below(240) + (bright ? 15 : 0);
      }
    }
    return { images: pixels, labels, count, labelCount };
  };
  return {
    name,
    source: { file: 'test', md5: '', real: true, published: false },
    task,
    imageSize: size,
    channels,
    splits: Object.fromEntries(
      splitNames.map((one) => [one, split(images[one])]),
    ) as MedMnistDataset['splits'],
    labelNames,
  };
}

/** Writes sets as files of a folder, under their published names. */
export async function writeSets(
  folder: string,
  names: readonly DatasetName[],
  size: 28 | 64 = 28,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of names)
    await saveDataset(join(folder, datasetFileName(name, size)), smallSet(name, size));
}

/** Runs the benchmark in this process. */
export function benchmark(args: readonly string[], watch: Partial<Watch> = {}) {
  const options = parseMedmnistOptions(['--device', 'wasm', ...args]);
  return runBenchmark(options, { signal: new AbortController().signal, note: () => {}, ...watch }, 'test');
}

/** What a run wrote. */
export const resultsOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as BenchmarkResults;

/** Bytes of predictions and weights by name, and the results without times. */
export function repeatable(folder: string) {
  const files = ['predictions', 'checkpoints'].flatMap((sub) =>
    readdirSync(join(folder, sub)).map((name) => [
      `${sub}/${name}`,
      readFileSync(join(folder, sub, name), 'base64'),
    ]),
  );
  const { startedAt: _, durationSeconds: __, command: ___, cells, ...results } = resultsOf(folder);
  return { files, results, cells: cells.map(({ trainSeconds: _, ...cell }) => cell) };
}
