import { checkOptions, number, type OptionTable, oneOf, required, table } from '@glassbox/options';
import { datasetInfo, type SplitName, splitNames } from '../catalogue.ts';
import type { MedMnistDataset, Split } from '../dataset.ts';
import { md5Bytes } from '../md5.ts';
import { KeyedRandom } from '../random.ts';
import { chestDomain, type Domain, pneumoniaDomain, pneumoniaShare } from './domains.ts';
import { renderScene } from './render.ts';

/** Which published set the phantoms look like: ChestMNIST or PneumoniaMNIST. */
export type PhantomDomain = 'chest' | 'pneumonia';

/** What to generate. */
export interface PhantomOptions {
  /** Which set they look like, with its labels. */
  readonly domain: PhantomDomain;
  /**
   * Images in each split. Default: those of ChestMNIST (78,468 / 11,219 / 22,433) or PneumoniaMNIST
   * (4,708 / 524 / 624), times `fraction`.
   */
  readonly counts?: Partial<Readonly<Record<SplitName, number>>>;
  /** Share of the published counts where `counts` says nothing. Default 1. */
  readonly fraction?: number;
  /** The same seed gives the same images, on every machine. Default 0. */
  readonly seed?: number;
  /** Height and width in pixels, from 8. Default 28. */
  readonly size?: number;
  /** Images without labels, as the array `unlabelled_images` holds them. Default 0. */
  readonly unlabelled?: number;
}

const optionNames: OptionTable<PhantomOptions> = {
  domain: required(oneOf('chest', 'pneumonia')),
  counts: table({ train: number, val: number, test: number }),
  fraction: number,
  seed: number,
  size: number,
  unlabelled: number,
};

/** Changes whenever the same seed gives other pixels; part of a phantom's name in reports. */
export const phantomVersion = 1;

const domainNumber: Record<PhantomDomain, number> = { chest: 1, pneumonia: 2 };
const splitNumber = { train: 1, val: 2, test: 3, unlabelled: 4 } as const;

/**
 * Generates chest-like images with labels: a stand-in where no real data can be had. Image i of a split depends on
 * seed, domain, split and i alone, so a larger set begins with the images of a smaller one.
 *
 * What is and is not modelled: docs/data.md. Figures measured on phantoms say nothing about patients:
 * `source.real` is false, and the name begins with `phantom-`.
 *
 * @throws RangeError for counts, sizes or seeds that are not whole numbers in range.
 */
export function phantomDataset(options: PhantomOptions): MedMnistDataset {
  checkOptions('phantomDataset', options, optionNames);
  const { domain, seed = 0, size = 28, fraction = 1 } = options;
  const info = datasetInfo(domain === 'chest' ? 'chestmnist' : 'pneumoniamnist');
  checkWhole('size', size, 8, 4096);
  checkWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  if (!(fraction > 0)) throw new RangeError(`phantomDataset: fraction is ${fraction}; give more than 0`);
  const splits = {} as Record<SplitName, Split>;
  for (const split of splitNames) {
    const count = options.counts?.[split] ?? Math.max(1, Math.round(info.samples[split] * fraction));
    checkWhole(`counts.${split}`, count, 1, 10_000_000);
    splits[split] = phantomSplit(domain, split, count, seed, size);
  }
  const unlabelledCount = options.unlabelled ?? 0;
  checkWhole('unlabelled', unlabelledCount, 0, 10_000_000);
  const unlabelled =
    unlabelledCount > 0 ? phantomSplit(domain, 'unlabelled', unlabelledCount, seed, size).images : undefined;
  const md5 = md5Bytes(
    ...splitNames.flatMap((split) => [splits[split].images, splits[split].labels]),
    ...(unlabelled ? [unlabelled] : []),
  );
  return {
    name: `phantom-${domain}`,
    source: {
      file: `generated: phantom-${domain} v${phantomVersion}, seed ${seed}`,
      md5,
      real: false,
      published: false,
    },
    task: info.task,
    imageSize: size,
    channels: 1,
    splits,
    ...(unlabelled ? { unlabelled } : {}),
    labelNames: info.labels,
  };
}

/** Generates images `from` to `from + count - 1` of one split. */
export function phantomSplit(
  domain: PhantomDomain,
  split: SplitName | 'unlabelled',
  count: number,
  seed = 0,
  size = 28,
  from = 0,
): Split {
  const kind = domainOf(domain, split);
  const pixels = size * size;
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count * kind.labelCount);
  for (let i = 0; i < count; i++) {
    const random = new KeyedRandom(seed, domainNumber[domain], splitNumber[split], from + i);
    const scene = kind.draw(random, labels.subarray(i * kind.labelCount, (i + 1) * kind.labelCount));
    renderScene(scene, size, random, images.subarray(i * pixels, (i + 1) * pixels));
  }
  return { images, labels, count, labelCount: kind.labelCount };
}

function domainOf(domain: PhantomDomain, split: SplitName | 'unlabelled'): Domain {
  if (domain === 'chest') return chestDomain;
  return pneumoniaDomain(pneumoniaShare[split === 'unlabelled' ? 'train' : split]);
}

function checkWhole(what: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new RangeError(`phantomDataset: ${what} is ${value}; give a whole number from ${low} to ${high}`);
}
