/**
 * The typed model of one run of the practical: what the tasks write, what `results.json` holds, and the only
 * thing that the report and the figures read. Everything the report claims must be derivable from here.
 *
 * A run may be partial (some tasks, some seeds, interrupted): every list may be empty, optional parts absent.
 */

import type { Interval, MetricName, Separation, SplitMetrics } from '@glassbox/metrics';
import type { StopReason } from '@glassbox/nn';

/** Which binary problem a row is scored on: chest images healthy/diseased, or normal/pneumonia. */
export const TARGETS = ['chest', 'pneumonia'] as const;
export type Target = (typeof TARGETS)[number];

/** Name of the recipe that trains as `variant` does and keeps the epoch with the highest validation AUC. */
export const byAuc = (variant: string): string => `${variant}-kept-by-auc`;

/** One epoch of training as logged. `epoch` counts from 1 over the whole row, phases included. */
export interface LoggedEpoch {
  epoch: number;
  trainLoss: number;
  valLoss: number;
  trainAccuracy?: number;
  valAccuracy?: number;
  valAuc?: number;
  learningRate?: number;
  /** Name of the phase, where a recipe has several (linear probe, then fine-tune). */
  phase?: string;
}

/** How a row was trained: printed in the report's methods table. */
export interface TrainingSettings {
  /** For example `SGD, momentum 0.9`. */
  optimizer: string;
  learningRate: number;
  weightDecay?: number;
  batchSize: number;
  epochLimit: number;
  /** Epochs without improvement before stopping. */
  patience: number;
  /** What early stopping and best-model selection watch, for example `validation loss`. */
  monitor: string;
  trainImages: number;
  /** Labelled training images that the data hold; a quick budget takes part of them. */
  availableImages?: number;
  /** Where the starting weights came from, in words, for example `autoencoder (seed 0)`. */
  initialisation: string;
  trainableParameters?: number;
  totalParameters?: number;
  /** Anything else worth a line: layer groups and their rates, warm-up length. */
  notes?: string;
}

/** One net trained with one seed by one recipe and scored on validation and test. */
export interface ResultRow {
  /** Id of the task that the row belongs to. */
  task: string;
  /** Stable name of its recipe: the tasks recognise theirs to phrase comparisons, tables and charts show any. */
  variant: string;
  /** For people: shown in tables and legends. Rows that differ only in the seed share it. */
  name: string;
  target: Target;
  seed: number;
  /** Epochs run, the ones after the best included. */
  epochs: number;
  /** Epoch (from 1) whose weights were restored and scored. */
  bestEpoch: number;
  stopReason: StopReason;
  trainSeconds: number;
  val: SplitMetrics;
  test: SplitMetrics;
  /** Metrics on the training images at the best epoch, where computed: shows overfitting. */
  train?: { accuracy: number; auc?: number };
  /** The probability threshold that maximised validation accuracy (ties towards 0.5). */
  valThreshold: number;
  /** Percentile bootstrap over the test images of this one net, 95 %. */
  testIntervals: Partial<Record<MetricName, Interval>>;
  training: TrainingSettings;
  history: LoggedEpoch[];
  /**
   * Log-odds log(p/(1-p)) of the positive class for each image, in the order of `RunResults.truth[target]`:
   * curves, calibration and joint bootstrap are recomputed from these. Seven significant digits.
   */
  logOdds: { val: number[]; test: number[] };
}

/** One input and its reconstruction, bytes 0..255, row-major, `size` squared pixels each. */
export interface ReconstructionExample {
  input: number[];
  reconstruction: number[];
  psnr: number;
  ssim: number;
}

/** One pre-training of the autoencoder. Means over the test images, range 0..1 (PSNR in dB). */
export interface AutoencoderResult {
  seed: number;
  epochs: number;
  bestEpoch: number;
  trainSeconds: number;
  trainImages: number;
  /** `loss` is the mean squared error in the net's own input range. */
  history: LoggedEpoch[];
  training?: TrainingSettings;
  /** Pixels along one side. */
  size: number;
  psnr: number;
  ssim: number;
  mse: number;
  /** The same scores when every image is "reconstructed" by the mean training image: the floor to beat. */
  meanImage: { psnr: number; ssim: number; mse: number };
  examples: ReconstructionExample[];
  /** Names of the tensors that the classifier took over. */
  transferred?: string[];
}

/** Where the weights behind an embedding come from. */
export interface EmbeddedNet {
  /** The row's variant, `autoencoder`, or `untrained`. */
  variant: string;
  /** The row's name. */
  name: string;
  seed: number;
  /** The kept epoch, from 1; 0 for initial weights. */
  epoch: number;
  /** Epochs trained. */
  epochs: number;
  /** On the validation split at the kept epoch; absent where there are no labels or no training. */
  valAuc?: number;
}

/** The embedding of one set of images by one net, reduced for people to look at. */
export interface EmbeddingSituation {
  /** A variant id, or for nets without a row `chest-...`; unique in the run. */
  id: string;
  /** Panel title, for example `Pneumonia, frozen encoder (batch norm evaluated)`. */
  title: string;
  task: string;
  /** The images embedded (not the net's training domain): all situations of one target share their points. */
  target: Target;
  seed: number;
  /**
   * The net that was read out: not always the first seed's, if that learnt nothing. Absent in results of older runs.
   */
  net?: EmbeddedNet;
  n: number;
  /** Width of the embedding (512 for the sheet's net). */
  d: number;
  /** Coordinates x0,y0,x1,y1,... of the first two components. */
  pca: { xy: number[]; explainedVarianceRatio: number[] };
  tsne: { xy: number[]; klDivergence: number; perplexity: number; iterations: number };
  separation: Separation;
  /** Share of the width that is constant over all points (dead units). */
  deadShare: number;
  /** Participation ratio (sum l)^2 / sum l^2 of the covariance's eigenvalues: how many directions are in use. */
  effectiveDimensions: number;
  /** Pearson correlation of the first two components with the images' mean brightness, and with the label. */
  correlation: { brightness?: [number, number]; label: [number, number] };
}

/** The points that all situations of one target share. */
export interface EmbeddedPoints {
  split: 'train' | 'val' | 'test';
  /** Row numbers in that split. */
  indices: number[];
  /** 0 healthy/normal, 1 diseased/pneumonia. */
  labels: number[];
}

/** How alike two embeddings of the same points are. */
export interface EmbeddingSimilarity {
  a: string;
  b: string;
  /** Linear centred kernel alignment in [0, 1] (Kornblith et al. 2019); 1: equal up to rotation and scale. */
  cka: number;
  /** Mean share of each point's k nearest neighbours that the two embeddings have in common. */
  neighbourOverlap: number;
  k: number;
}

/** Some test images of a target as they were shown to the nets: for pictures of mistakes and of points. */
export interface TestImages {
  /** Pixels along one side. */
  size: number;
  /** Row numbers in the test split, ascending. */
  rows: number[];
  /** Their bytes one after another, row-major, deflated (zlib) and in base64. */
  pixels: string;
}

/** Label counts of one split. */
export interface LabelDistribution {
  target: Target;
  /** For example `train`, `train (300 used)`, `val`, `test`. */
  split: string;
  n: number;
  /** Images with label 1 of the binary task. */
  positives: number;
  /** Images per finding; an image may have several. Empty for pneumonia. */
  findings: { name: string; count: number }[];
}

/** A data file as used. `synthetic`: made by the phantom generator. */
export interface DataFile {
  target: Target;
  file: string;
  md5: string;
  kind: 'real' | 'synthetic';
  /** Name of the published set that the file is, told by its MD5 (`ChestMNIST`). Absent for every other file. */
  published?: string;
  /** Name of the published set whose layout a file has that is not published itself. */
  format?: string;
  /** Images per split; `unlabelled` is the autoencoder's extra array, where there is one. */
  images: { train: number; val: number; test: number; unlabelled?: number };
}

/** One run. `results.json` is this, serialised by `serializeResults`. */
export interface RunResults {
  schema: 1;
  /** ISO 8601, start of the run. */
  startedAt: string;
  durationSeconds: number;
  /**
   * True for a run that went on with an interrupted one: `startedAt` and `durationSeconds` are of this stretch alone.
   */
  resumed?: boolean;
  /** False when the run was interrupted; the report then says so. */
  complete: boolean;
  /** The command line as typed, without paths of the machine where possible. */
  command?: string;
  /** Device kind, for example `webgpu` or `wasm`. */
  device: string;
  /** Adapter or engine in words, for example `SwiftShader Device (LLVM 10.0.0)`. */
  adapter: string;
  /** True for a software adapter; undefined where the question makes no sense. */
  softwareAdapter?: boolean;
  /** Why this device was chosen. */
  deviceReason?: string;
  /**
   * Kernels built with tiles that `npm run tune` measured on this machine, those of them that add in another order
   * than the default, and a hash of the choices. Absent if every kernel had its default tile.
   */
  measuredTiles?: { count: number; differentBits: number; hash: string };
  /** For example `{ glassbox: '0.1.0', node: '26.10.0', webgpu: '0.6.2' }`. */
  versions: Record<string, string>;
  budget: string;
  tasks: string[];
  seeds: number[];
  data: DataFile[];
  /** Labels (0/1) of the scored splits, in the order of `ResultRow.logOdds`. */
  truth: Partial<Record<Target, { val: number[]; test: number[] }>>;
  labelDistributions: LabelDistribution[];
  rows: ResultRow[];
  autoencoders: AutoencoderResult[];
  /** Images that the report shows: those embedded, and those answered wrongly with the greatest confidence. */
  testImages?: Partial<Record<Target, TestImages>>;
  embeddedPoints: Partial<Record<Target, EmbeddedPoints>>;
  embeddings: EmbeddingSituation[];
  embeddingSimilarities: EmbeddingSimilarity[];
  /** What the user should know: a task skipped, a device downgraded, a NaN that stopped a row. */
  warnings: string[];
}

/** A run with nothing in it yet, to be filled task by task. */
export function emptyResults(
  identity: Pick<RunResults, 'startedAt' | 'device' | 'adapter' | 'budget' | 'tasks' | 'seeds' | 'versions'>,
): RunResults {
  return {
    schema: 1,
    durationSeconds: 0,
    complete: false,
    data: [],
    truth: {},
    labelDistributions: [],
    rows: [],
    autoencoders: [],
    embeddedPoints: {},
    embeddings: [],
    embeddingSimilarities: [],
    warnings: [],
    ...identity,
  };
}

/**
 * JSON with one member a line, but arrays of numbers on one line: readable in an editor and small in git.
 *
 * @throws if a number is not finite (JSON would silently turn it into null); the message names its path.
 */
export function serializeResults(results: RunResults): string {
  return `${write(results, '', 'results')}\n`;
}

function write(value: unknown, indent: string, path: string): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new Error(
        `results: ${path} is ${value}, which JSON cannot hold; leave the row out and add a line to warnings`,
      );
    }
    return JSON.stringify(value);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const parts = value.map((item, i) => write(item, inner, `${path}[${i}]`));
    if (value.every((item) => typeof item === 'number')) return `[${parts.join(',')}]`;
    return `[\n${parts.map((part) => inner + part).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  if (members.length === 0) return '{}';
  const parts = members.map(
    ([key, member]) => `${inner}${JSON.stringify(key)}: ${write(member, inner, `${path}.${key}`)}`,
  );
  return `{\n${parts.join(',\n')}\n${indent}}`;
}
