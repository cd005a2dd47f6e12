/** A value in an error: short, and told apart from others that print alike. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') {
    const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'the class' : 'the function';
    return value.name ? `${kind} ${value.name}` : 'a function';
  }
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    return value.length > 4 || value.some((item) => typeof item === 'object')
      ? `a list of ${value.length}`
      : `[${value.map(show).join(', ')}]`;
  }
  const { name } = (value as { constructor?: { name?: string } }).constructor ?? {};
  if (!name || name === 'Object') return `{ ${Object.keys(value).slice(0, 4).join(', ')} }`;
  const { shape } = value as { shape?: unknown };
  return Array.isArray(shape) ? `a ${name} of shape [${shape}]` : `a ${name}`;
}

/** What people say for a name that a library happens to spell otherwise. */
const synonyms: readonly (readonly string[])[] = [
  ['lr', 'learningRate', 'rate', 'stepSize', 'alpha'],
  ['kernelSize', 'kernel', 'filterSize', 'windowSize', 'poolSize'],
  ['stride', 'strides', 'step'],
  ['padding', 'pad'],
  ['weightDecay', 'decay', 'l2'],
  ['batchSize', 'batch', 'bs'],
  ['numClasses', 'classes', 'outputs', 'outChannels'],
  ['inChannels', 'channels', 'inputs'],
  ['imageSize', 'size', 'side', 'inputSize'],
  ['dim', 'axes', 'axis', 'dims', 'dimensions'],
  ['keepdim', 'keepdims'],
  ['bias', 'useBias'],
  ['correction', 'ddof', 'unbiased'],
  ['p', 'rate', 'probability'],
  ['epochs', 'numEpochs', 'maxEpochs', 'nEpochs', 'iterations'],
  ['iterations', 'nIter', 'maxIter', 'epochs'],
  ['val', 'validation', 'valid', 'validationData', 'valData'],
  ['train', 'training', 'trainData', 'data', 'dataset'],
  ['loss', 'criterion', 'lossFn', 'objective'],
  ['optimizer', 'optim', 'opt', 'optimiser'],
  ['schedule', 'scheduler', 'lrScheduler'],
  ['clipNorm', 'clip', 'gradClip', 'maxNorm', 'maxGradNorm'],
  ['seed', 'randomState', 'manualSeed'],
  ['mean', 'loc'],
  ['std', 'scale', 'stddev'],
  ['parameters', 'params'],
  ['checkpoint', 'save', 'onCheckpoint'],
  ['onEpoch', 'onEpochEnd', 'callback', 'callbacks'],
  ['threads', 'numThreads', 'workers', 'numWorkers'],
  ['eps', 'epsilon'],
  ['betas', 'beta', 'beta1', 'beta2'],
  ['labelSmoothing', 'smoothing'],
  ['minDelta', 'delta', 'minimumDelta', 'threshold'],
];

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * The name among `known` that was most likely meant: the same but for case and signs, a synonym, or few letters away.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name);
  const same = known.find((candidate) => plain(candidate) === wanted);
  if (same) return same;
  for (const words of synonyms) {
    if (known.includes(words[0]) && words.some((word) => plain(word) === wanted)) return words[0];
  }
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const other = plain(candidate);
    const distance = edits(wanted, other);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Letters to insert, remove, replace or exchange with their neighbour to make one word of the other. */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
  }
  return last[b.length];
}

/**
 * PyTorch's names for what this project does not do (everywhere): leaving them out changes nothing only at their
 * default.
 */
const notHere = new Set(
  `groups dilation paddingMode dampening amsgrad maximize foreach fused capturable differentiable ceilMode returnIndices
  countIncludePad divisorOverride affine trackRunningStats ignoreIndex sizeAverage reduce reduction inplace
  device dtype layout bias outputPadding negativeSlope approximate pinMemory numWorkers dropLast sampler
  lrDecay centered rho decoupledWeightDecay requiresGrad memoryFormat retainGraph createGraph assign
  errorIfNonfinite normType earlyExaggeration metric nJobs method angle init whiten svdSolver`
    .split(/\s+/)
    .map(plain),
);

/** True for an option that PyTorch or scikit-learn has somewhere. */
export function isElsewhere(name: string): boolean {
  return notHere.has(plain(name));
}
