/** The command line of `npm run train`. */
import { relative, resolve } from 'node:path';
import { type NetName, netNames, smallestImage } from '@glassbox/classifier';
import { brief, integer, oneOfWords, parseCommandLine, UsageError } from '@glassbox/host/command-line';
import { type ChosenDevice, chosenDevice, deviceFlags, deviceHelp } from '@glassbox/tensor-core/command-line';
import { type Augmentation, augmentations, parseAugmentations } from './augment.ts';
import { netsHelp } from './nets-help.ts';

/** What `npm run train` was asked for. */
export interface TrainOptions extends ChosenDevice {
  /** Folder of the images; with `csv`, where its paths begin. */
  readonly images: string | undefined;
  readonly csv: string | undefined;
  readonly net: NetName;
  /** Height and width that images are scaled to. */
  readonly size: number;
  readonly channels: 'auto' | 'grey' | 'rgb';
  readonly epochs: number;
  /** Epochs without a better validation AUC before training stops. */
  readonly patience: number;
  readonly batch: number;
  readonly optimizer: 'adamw' | 'adam' | 'sgd';
  readonly lr: number;
  readonly classWeights: 'none' | 'balanced';
  /** How training images are changed at random. */
  readonly augment: readonly Augmentation[];
  /** Shares of the images that are held out where the data have no such split. */
  readonly val: number;
  readonly test: number;
  readonly seed: number;
  readonly skipUnreadable: boolean;
  readonly out: string | undefined;
  readonly resume: string | undefined;
}

export const trainHelp = `
npm run train -- --images DIR [options]

Trains a classifier on a folder of pictures (PNG, JPEG, DICOM), judges it on pictures that it has never seen, and writes
report.html, results.json, figures, and classifier.safetensors for npm run predict.

Images:
  --images DIR                   a folder with one folder for each class; or with the folders train, val and test, each
                                 with one for each class. What is missing of val and test is drawn from train
  --csv FILE                     a table with the columns path and label, and perhaps split (train, val, test) and group
                                 (or patient: images of one group stay in one split). Paths begin at --images, or at
                                 the table's folder
  --val SHARE --test SHARE       shares that are held out, of each class (default 0.15 each)
  --size N                       height and width that images are scaled to (default 28)
  --channels auto|grey|rgb       auto (default): rgb if any picture has colours
  --skip-unreadable              leave files out that cannot be read, and say which, instead of stopping

Training:
  --net NET                      default practical, the fastest. The nets:
${netsHelp(33)}
  --epochs N                     at most (default 30)
  --patience N                   epochs without a better validation AUC before it stops (default 8)
  --batch N                      images of a step (default 64)
  --optimizer adamw|adam|sgd     default adamw; sgd has momentum 0.9
  --lr RATE                      default 0.001 (sgd: 0.01)
  --class-weights none|balanced  balanced: rare classes count as much as frequent ones (default none)
  --augment none|WORD,WORD,…     each training image is changed at random, anew in each epoch (default none; see below)
  --seed N                       decides split, initial weights and order (default 0): same seed, same bits

${deviceHelp(33)}
  --out DIR                      run folder (default runs/<time>)
  --resume DIR                   go on with an interrupted run, to the same bits; its own options apply (--images and
                                 --csv say where the same images lie now, if they were moved)
  --help

Augmentation (--augment shift,rotate,zoom,brightness,contrast suits most X-rays):
${Object.entries(augmentations)
  .map(([name, about]) => `  ${name.padEnd(29)}  ${about}`)
  .join('\n')}

Examples:
  npm run train -- --images my-images
  npm run train -- --images my-images --augment shift,rotate,brightness
  npm run train -- --csv patients.csv --images scans --net medmnist --class-weights balanced
  npm run train -- --resume runs/2026-01-31-120000
`.trim();

const flags = {
  ...deviceFlags,
  images: { type: 'string' },
  csv: { type: 'string' },
  net: { type: 'string', default: 'practical' },
  size: { type: 'string', default: '28' },
  channels: { type: 'string', default: 'auto' },
  epochs: { type: 'string', default: '30' },
  patience: { type: 'string', default: '8' },
  batch: { type: 'string', default: '64' },
  optimizer: { type: 'string', default: 'adamw' },
  lr: { type: 'string' },
  'class-weights': { type: 'string', default: 'none' },
  augment: { type: 'string', default: 'none' },
  val: { type: 'string', default: '0.15' },
  test: { type: 'string', default: '0.15' },
  seed: { type: 'string', default: '0' },
  'skip-unreadable': { type: 'boolean', default: false },
  out: { type: 'string' },
  resume: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * @param base where relative paths begin
 * @throws UsageError that names the flag.
 */
export function parseTrainOptions(args: readonly string[], base = process.cwd()): TrainOptions {
  const { values, positionals } = parseCommandLine(args, flags);
  if (positionals.length > 0) {
    throw new UsageError(`${brief(positionals[0])}: the folder of images is given as --images DIR`);
  }
  const path = (flag: 'images' | 'csv' | 'out' | 'resume') => {
    const value = values[flag];
    if (value === '' || value?.includes('\0')) throw new UsageError(`--${flag}: expected a path`);
    return value === undefined ? undefined : resolve(base, value);
  };
  if (values.images === undefined && values.csv === undefined && values.resume === undefined) {
    throw new UsageError('Nothing to train on: give --images DIR, a folder with one folder for each class');
  }
  const net = oneOfWords('--net', values.net, netNames);
  const optimizer = oneOfWords('--optimizer', values.optimizer, ['adamw', 'adam', 'sgd']);
  return {
    ...chosenDevice(values),
    images: path('images'),
    csv: path('csv'),
    net,
    size: integer('--size', values.size, smallestImage(net), 1024),
    channels: oneOfWords('--channels', values.channels, ['auto', 'grey', 'rgb']),
    epochs: integer('--epochs', values.epochs, 1, 100_000),
    patience: integer('--patience', values.patience, 1, 100_000),
    batch: integer('--batch', values.batch, 1, 65_536),
    optimizer,
    lr: number('--lr', values.lr ?? (optimizer === 'sgd' ? '0.01' : '0.001'), 0, 100),
    classWeights: oneOfWords('--class-weights', values['class-weights'], ['none', 'balanced']),
    augment: parseAugmentations(values.augment),
    val: number('--val', values.val, 0, 0.5),
    test: number('--test', values.test, 0, 0.5),
    seed: integer('--seed', values.seed, 0, 2 ** 32 - 1),
    skipUnreadable: values['skip-unreadable'],
    out: path('out'),
    resume: path('resume'),
  };
}

/** A number above `low`, at most `high`. */
function number(flag: string, value: string, low: number, high: number): number {
  const number = Number(value);
  if (value.trim() !== '' && number > low && number <= high) return number;
  throw new UsageError(`${flag} ${brief(value)}: expected a number above ${low}, at most ${high}`);
}

/**
 * The command line that asks for the same, as `config.json` keeps it. Paths are given from the run's folder: they name
 * nobody's home.
 */
export function argsOf(options: TrainOptions, folder: string): string[] {
  const { out: _, resume: __, images, csv, classWeights, augment, skipUnreadable, ...rest } = options;
  const seen = (path: string) => relative(folder, path).replaceAll('\\', '/') || '.';
  const args = Object.entries(rest).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [`--${name}=${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}`];
  });
  args.push(`--class-weights=${classWeights}`);
  if (augment.length > 0) args.push(`--augment=${augment.join(',')}`);
  if (images !== undefined) args.push(`--images=${seen(images)}`);
  if (csv !== undefined) args.push(`--csv=${seen(csv)}`);
  if (skipUnreadable) args.push('--skip-unreadable');
  return args;
}
