/** The command line of `npm run medmnist`. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { brief, integer, oneOfWords, parseCommandLine, UsageError } from '@glassbox/host/command-line';
import {
  type DatasetName,
  datasetNames,
  type ImageSize,
  imageSizes,
  isDatasetName,
} from '@glassbox/medmnist';
import { type ChosenDevice, chosenDevice, deviceFlags, deviceHelp } from '@glassbox/tensor-core/command-line';
import { largestSeed } from '../run/options.ts';
import { type BenchmarkNet, benchmarkNets, smallestFor } from './nets.ts';
import { largeSize, type Mode, modes, neighbours, type ProtocolName, protocols } from './protocol.ts';

/** What `npm run medmnist` was asked for. */
export interface MedmnistOptions extends ChosenDevice {
  /** Names of published sets, and paths of files in their layout. */
  readonly sets: readonly string[];
  readonly nets: readonly BenchmarkNet[];
  readonly protocol: ProtocolName;
  readonly sizes: readonly ImageSize[];
  /** Height and width that 28-pixel images are enlarged to by nearest neighbour; 224 is the paper's "224". */
  readonly resize: number | undefined;
  readonly modes: readonly Mode[];
  /** Number of seeds: seed … seed+seeds-1. */
  readonly seeds: number;
  /** The first seed. */
  readonly seed: number;
  readonly epochs: number;
  /** Compute blocks of nets again in the backward pass: less memory, more time, the same bits. */
  readonly activationCheckpointing: boolean;
  /** File of the weights that the plus protocol begins with. */
  readonly weights: string | undefined;
  /** `auto`, or the folder that holds the sets' files. */
  readonly data: string;
  readonly out: string | undefined;
  readonly resume: string | undefined;
}

const fallbackSet: DatasetName = 'breastmnist';

export const medmnistHelp = `
npm run medmnist -- [SET…] [options]

Trains nets on MedMNIST's sets by the benchmark's own protocol, scores them as its evaluator does, and shows published
results beside them. Writes report.html, results.json, figures, weights, and files of predictions that
python -m medmnist evaluate scores again.

Sets: ${datasetNames.slice(0, 6).join(' ')}
      ${datasetNames.slice(6).join(' ')}
      (default ${fallbackSet}, the smallest; all: every one), or FILE.npz in the layout of one, with its name in front

Nets: ${benchmarkNets.join(' ')}

  --net NAME,NAME,…              default resnet18. A ResNet has the form of the protocol's script: MedMNIST's for
                                 small images, torchvision's for 224 pixels
  --protocol official|plus       official (default): MedMNIST v2's, Adam and 100 epochs; the epoch with the highest
                                 validation AUC is scored, and the last one beside it, which the published script kept
                                 until May 2023. plus: MedMNIST+'s, AdamW, at most 100 epochs, images padded to 224
  --size 28|64|128|224,…         height and width of the images (default 28; with plus 64)
  --resize N                     official: enlarge 28-pixel images to N, for nets that need larger ones; 224 is the
                                 paper's "224"
  --mode MODE,MODE,…             plus: ${modes.join(', ')} (default: all). A linear probe and
                                 k-NN (k = ${neighbours}) need an encoder: that of --weights, else the one that
                                 end-to-end has trained in this run
  --weights FILE                 plus: begin with these weights (.pth or .safetensors, PyTorch's names)
  --seeds N                      train each net with N seeds (default 1; the published cells are means of 3)
  --seed N                       the first of them (default 0)
  --epochs N                     at most (default 100); the rate falls in proportion
  --activation-checkpointing on|off   compute each block of a net again in the backward pass (default off): more
                                 time, much less memory, the same bits. For nets that do not fit, such as
                                 resnet50 on wasm; a run that ran out of memory may --resume with it

  --data auto|DIR                auto (default): $MEDMNIST_ROOT or ~/.medmnist, else fetched from Zenodo; DIR: a folder
                                 that holds the sets' files
${deviceHelp(33)}
  --out DIR                      run folder (default runs/<time>)
  --resume DIR                   go on with an interrupted run, to the same bits; its own options apply (--data says
                                 where the same files lie now)
  --help

Examples:
  npm run medmnist -- breastmnist --seeds 3
  npm run medmnist -- pneumoniamnist --net resnet18,resnet50 --epochs 10
  npm run medmnist -- pneumoniamnist --protocol plus --size 64,128 --weights resnet18.pth
  npm run medmnist -- --resume runs/2026-01-31-120000
`.trim();

const flags = {
  ...deviceFlags,
  net: { type: 'string', default: 'resnet18' },
  protocol: { type: 'string', default: 'official' },
  size: { type: 'string' },
  resize: { type: 'string' },
  mode: { type: 'string' },
  weights: { type: 'string' },
  seeds: { type: 'string', default: '1' },
  seed: { type: 'string', default: '0' },
  epochs: { type: 'string' },
  'activation-checkpointing': { type: 'string', default: 'off' },
  data: { type: 'string', default: 'auto' },
  out: { type: 'string' },
  resume: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * @param base where relative paths begin
 * @throws UsageError that names the flag or set.
 */
export function parseMedmnistOptions(args: readonly string[], base = process.cwd()): MedmnistOptions {
  const { values, positionals } = parseCommandLine(args, flags);
  const path = (flag: 'weights' | 'data' | 'out' | 'resume') => {
    const value = values[flag];
    if (value === '' || value?.includes('\0')) throw new UsageError(`--${flag}: expected a path`);
    return value === undefined ? undefined : resolve(base, value);
  };
  const protocol = oneOfWords('--protocol', values.protocol, ['official', 'plus']);
  const weights = path('weights');
  const { modes: own, epochs } = protocols[protocol];
  if (protocol === 'official' && (values.mode !== undefined || weights !== undefined)) {
    const flag = values.mode === undefined ? 'weights' : 'mode';
    throw new UsageError(
      `--${flag} is for --protocol plus: the official protocol trains all layers from fresh weights`,
    );
  }
  const sizes = listOf(
    '--size',
    values.size ?? (protocol === 'official' ? '28' : '64'),
    imageSizes.map(String),
  ).map((size) => Number(size) as ImageSize);
  const resize = values.resize === undefined ? undefined : integer('--resize', values.resize, 29, largeSize);
  if (resize !== undefined && (protocol !== 'official' || String(sizes) !== '28')) {
    throw new UsageError(
      '--resize enlarges 28-pixel images for --protocol official; leave --size and --protocol out',
    );
  }
  const nets = listOf('--net', values.net, benchmarkNets);
  const seen = protocol === 'plus' ? largeSize : (resize ?? Math.min(...sizes));
  for (const net of nets) checkSize(net, seen, protocol === 'plus' || resize === largeSize);
  const chosen = listOf('--mode', values.mode ?? own.join(','), own);
  if (protocol === 'plus' && weights === undefined && !chosen.includes('end-to-end')) {
    throw new UsageError(
      `--mode ${chosen}: these need an encoder; give its --weights, or add end-to-end, which trains one`,
    );
  }
  return {
    ...chosenDevice(values),
    sets: setsOf(positionals, base),
    nets,
    protocol,
    sizes,
    resize,
    modes: own.filter((mode) => chosen.includes(mode)),
    seeds: integer('--seeds', values.seeds, 1, 100),
    seed: integer('--seed', values.seed, 0, largestSeed),
    epochs: integer('--epochs', values.epochs ?? String(epochs), 1, 100_000),
    activationCheckpointing:
      oneOfWords('--activation-checkpointing', values['activation-checkpointing'], ['on', 'off']) === 'on',
    weights,
    data: values.data === 'auto' ? 'auto' : path('data')!,
    out: path('out'),
    resume: path('resume'),
  };
}

/** @throws UsageError if a net cannot take images so small. */
function checkSize(net: BenchmarkNet, pixels: number, large: boolean): void {
  const smallest = smallestFor(net, large);
  if (pixels < smallest) {
    throw new UsageError(
      `--net ${net} takes images of ${smallest} pixels or more, not of ${pixels}; choose a larger --size, or ` +
        `--resize ${Math.max(32, smallest)}`,
    );
  }
}

/** Words with commas between them, each once. */
function listOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T[] {
  return [...new Set(value.split(',').map((word) => oneOfWords(flag, word, allowed)))];
}

function setsOf(positionals: readonly string[], base: string): string[] {
  if (positionals.length === 0) return [fallbackSet];
  if (positionals.includes('all')) {
    if (positionals.length > 1) throw new UsageError('all: every set is meant; leave the other names out');
    return [...datasetNames];
  }
  const sets = positionals.map((word) => {
    if (isDatasetName(word)) return word;
    if (!word.endsWith('.npz')) {
      throw new UsageError(
        `There is no set ${brief(word)}: expected ${datasetNames.join(', ')}, all, or FILE.npz`,
      );
    }
    const file = resolve(base, word);
    if (!existsSync(file)) throw new UsageError(`${file} is not there`);
    return file;
  });
  return [...new Set(sets)];
}

/**
 * The command line that asks for the same, as `config.json` keeps it. Paths are given from the run's folder: they name
 * nobody's home.
 */
export function argsOf(options: MedmnistOptions, folder: string): string[] {
  const { out: _, resume: __, sets, nets, sizes, resize, modes: chosen, weights, data, ...rest } = options;
  const seen = (path: string) => {
    const way = relative(folder, path).replaceAll('\\', '/');
    return way.startsWith('.') ? way : `./${way}`;
  };
  return [
    ...sets.map((set) => (isDatasetName(set) ? set : seen(set))),
    ...Object.entries(rest).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [`--${flagOf(name)}=${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}`],
    ),
    `--net=${nets.join(',')}`,
    `--size=${sizes.join(',')}`,
    ...(resize === undefined ? [] : [`--resize=${resize}`]),
    ...(options.protocol === 'plus' ? [`--mode=${chosen.join(',')}`] : []),
    ...(weights === undefined ? [] : [`--weights=${seen(weights)}`]),
    `--data=${data === 'auto' ? data : seen(data)}`,
  ];
}

const flagOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
