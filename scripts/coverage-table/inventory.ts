/**
 * What there is to cover, read from the sources: every kernel factory, in whichever package, and every op that is
 * exported.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ops from '../../packages/tensor-core/src/ops/index.ts';
import * as kernels from '../../packages/wgsl-kernels/src/index.ts';

export const root = resolve(import.meta.dirname, '../..');

export interface Item {
  readonly name: string;
  /** Source file, relative to the workspace's root. */
  readonly source: string;
  /** What says the right answer: names of oracles, or words. */
  readonly oracle: string;
  /** Test files that name it, relative to the workspace's root. */
  readonly tests: readonly string[];
  /** True if it has a gradient (ops) or computes one (kernels). */
  readonly gradient: boolean;
}

/** Exported builders that other kernels are made with: no kernels of their own. */
const builders = new Set([
  'linearKernel',
  'mapKernel',
  'concatPlans',
  'singleKernel',
  'blockKernel',
  'buildTuned',
]);

/** Kernels whose oracle has another name than they, because several share one, or because they only move data. */
const kernelOracles: Readonly<Record<string, string>> = {
  batchNormGradientMerge: 'batchNormGradientOracle',
  batchNormGradientSums: 'batchNormGradientOracle',
  batchNormInputGradient: 'batchNormGradientOracle',
  batchNormMerge: 'batchNormRunningOracle',
  conv2dForwardPlain: 'conv2dForwardOracle',
  conv2dForwardWorkgroup: 'conv2dForwardOracle',
  conv2dInputGradientPlain: 'conv2dInputGradientOracle',
  conv2dInputGradientWorkgroup: 'conv2dInputGradientOracle',
  conv2dWeightGradientPacked: 'conv2dWeightGradientOracle',
  conv2dWeightGradientPlain: 'conv2dWeightGradientOracle',
  convTranspose2dBiasGradient: 'conv2dBiasGradientOracle',
  expand: 'broadcastOracle',
  fill: 'the value itself',
  gradientNormPartials: 'gradientNormOracle',
  matmulWorkgroup: 'matmulOracle',
  pointwiseLossForward: 'pointwiseLossOracle',
  relayout: 'the same elements',
  reshape: 'the same elements',
  transposeFilter: 'the same elements',
  winogradForward: 'conv2dForwardOracle',
  winogradInputGradient: 'conv2dInputGradientOracle',
  winogradWeightGradient: 'conv2dWeightGradientOracle',
  zero: 'zeros',
};

/** Ops whose oracle is not named after them. */
const opOracles: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(kernels.unaryOps).map((op) => [op, 'unaryForwardOracle'])),
  ...Object.fromEntries(Object.keys(kernels.binaryOps).map((op) => [op, 'binaryForwardOracle'])),
  ...Object.fromEntries(['clamp', 'pow'].map((op) => [op, 'unaryForwardOracle'])),
  ...Object.fromEntries(['sum', 'mean', 'max', 'min', 'sumToSize'].map((op) => [op, 'reduceOracle'])),
  ...Object.fromEntries(
    ['mseLoss', 'l1Loss', 'huberLoss', 'smoothL1Loss', 'bceWithLogits'].map((op) => [
      op,
      'pointwiseLossOracle',
    ]),
  ),
  ...Object.fromEntries(['softmax', 'logSoftmax'].map((op) => [op, 'softmaxForwardOracle'])),
  ...Object.fromEntries(
    ['interpolate', 'pad', 'adaptiveAvgPool2d', 'flip', 'roll'].map((op) => [op, 'resampleOracle']),
  ),
  ...Object.fromEntries(
    ['pixelShuffle', 'pixelUnshuffle', 'permute', 'transpose'].map((op) => [op, 'permuted']),
  ),
  ...Object.fromEntries(
    ['reshape', 'flatten', 'toLayout', 'contiguous'].map((op) => [op, 'the same elements']),
  ),
  adamStep: 'adamOracle',
  adaptiveMaxPool2d: 'the largest of each window',
  argmax: 'argMaxOracle',
  storeImages: 'gatherImagesOracle',
  storeLabels: 'gatherLabelsOracle',
  compare: 'binaryForwardOracle',
  concat: 'concatenated',
  chunk: 'sliced',
  expand: 'broadcastOracle',
  full: 'the value itself',
  linear: 'matmulOracle',
  ...Object.fromEntries(['gather', 'indexSelect', 'embedding'].map((op) => [op, 'takeOracle'])),
  topk: 'topKOracle',
  select: 'sliced',
  ...Object.fromEntries(
    [
      'klDiv',
      'cosineSimilarity',
      'cosineEmbeddingLoss',
      'focalLoss',
      'diceLoss',
      'scaledDotProductAttention',
      'affineGrid',
    ].map((op) => [op, 'its formula']),
  ),
  sgdStep: 'sgdOracle',
  updateStep: 'updateOracle',
  slice: 'sliced',
  split: 'sliced',
  stack: 'the tensors side by side',
};

/** Ops without a gradient, and why. */
export const withoutGradient: Readonly<Record<string, string>> = {
  adjustImages: 'augmentation',
  affineImages: 'augmentation',
  eraseImages: 'augmentation',
  mixImages: 'augmentation',
  randomBoxes: 'random',
  randomMixes: 'random',
  randomMatrices: 'random',
  adamStep: 'updates parameters',
  argmax: 'gives positions',
  storeImages: 'data',
  storeLabels: 'data',
  cast: 'to integers',
  clipGradients: 'updates gradients',
  compare: 'is 0 or 1',
  full: 'a constant',
  gatherImages: 'data',
  gatherLabels: 'data',
  gradientNorm: 'of gradients',
  oneHot: 'is 0 or 1',
  randomNormal: 'random',
  randomUniform: 'random',
  sgdStep: 'updates parameters',
  updateStep: 'updates parameters',
  sumToSize: 'part of gradients',
};

/** Ops that put data on the device for another op to read: that op's test tests them. */
export const readBy: Readonly<Record<string, string>> = {
  storeImages: 'gatherImages',
  storeLabels: 'gatherLabels',
};

function sources(pattern: string): { file: string; text: string }[] {
  return globSync(pattern, { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
}

const mentions = (text: string, name: string) => new RegExp(`\\b${name}\\b`).test(text);

/** True if a file imports this name from a package or module. */
function imports(text: string, name: string, from: RegExp): boolean {
  const lists = [...text.matchAll(/import (?:type )?\{([^}]*)\} from '([^']+)'/g)];
  return lists.some(([, names, path]) => from.test(path) && mentions(names, name));
}

/** True if a test runs over all rows of the table that this op is in. */
function runsOver(text: string, name: string): boolean {
  const tables = { unaryOps: kernels.unaryOps, binaryOps: kernels.binaryOps };
  return Object.entries(tables).some(
    ([table, rows]) =>
      name in rows && new RegExp(`Object\\.(keys|values|entries)\\b.*\\b${table}\\)`).test(text),
  );
}

/** Every function that returns a kernel or several: of `wgsl-kernels` those that it exports, of other packages all. */
export function kernelItems(): Item[] {
  const tests = sources('packages/tensor-core/test/kernels/**/*.test.ts');
  const declaration =
    /export function (\w+)(?:<[^>]*>)?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\): (?:Kernel|KernelPlan) \{/g;
  const exported = new Set(Object.keys(kernels));
  const found: Item[] = [];
  for (const { file, text } of sources('packages/*/src/**/*.ts')) {
    for (const [, name] of text.matchAll(declaration)) {
      const helper = file.startsWith('packages/wgsl-kernels/') && !exported.has(name);
      if (helper || builders.has(name)) continue;
      const own = `${name}Oracle`;
      found.push({
        name,
        source: file,
        oracle: exported.has(own) || declares(text, own) ? own : (kernelOracles[name] ?? ''),
        tests: tests
          .filter(({ text }) => imports(text, name, /wgsl-kernels|\/src\//))
          .map((test) => test.file),
        gradient: /Gradient(?!s$)/.test(name) || name === 'crossEntropy',
      });
    }
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** Every exported op. */
export function opItems(): Item[] {
  const files = sources('packages/tensor-core/src/{ops,primitives}/**/*.ts');
  const tests = sources('packages/tensor-core/test/ops/**/*.test.ts');
  const names = Object.entries(ops).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  return names.sort().map((name) => {
    const source = files.find(({ text }) => new RegExp(`export (?:function|const) ${name}\\b`).test(text));
    const own = [`${name}Oracle`, `${name}ForwardOracle`].find((oracle) => oracle in kernels);
    const naming = tests.filter(({ text }) => imports(text, name, /ops\/index/) || runsOver(text, name));
    return {
      name,
      source: source?.file ?? '',
      oracle: opOracles[name] ?? own ?? '',
      // Others use it on their way; the test that is named like the op's own file tests it.
      tests: naming.map(({ file }) => file).filter((file) => source && file.endsWith(testName(source.file))),
      gradient: !(name in withoutGradient),
    };
  });
}

function testName(source: string): string {
  return `/${source.split('/').at(-1)!.replace(/\.ts$/, '.test.ts')}`;
}

const declares = (text: string, name: string) => new RegExp(`export function ${name}\\b`).test(text);

/** True if an item's oracle is a function that exists, or says in words what is right. */
export function oracleExists({ oracle, source }: Pick<Item, 'oracle' | 'source'>): boolean {
  if (/ |^zeros$/.test(oracle)) return true;
  const files = ['packages/tensor-core/test/ops/oracles.ts', source];
  const text = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  return oracle !== '' && (oracle in kernels || declares(text, oracle));
}

/** True if a test file compares an oracle's gradient with central differences. */
export function checksGradients(file: string): boolean {
  const path = join(root, file);
  return existsSync(path) && /centralDifferences|central differences/.test(readFileSync(path, 'utf8'));
}
