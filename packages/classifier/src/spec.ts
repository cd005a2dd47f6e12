import { CheckpointError, type NetName, netNames, smallestImage } from '@glassbox/nn';

/** What has to be known of a classifier beside its weights. */
export interface ClassifierSpec {
  /** Which net the weights are of. */
  readonly net: NetName;
  /** Names of the classes, in the order of the net's outputs. */
  readonly classes: readonly string[];
  /** Height and width of its images in pixels. */
  readonly size: number;
  /** 1: grey, 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** Seed of the training; what else its maker wanted to say (scores, data) may stand beside it. */
  readonly seed?: number;
}

/** How images become the net's input: a byte x becomes (x / 255 - mean) / std. The kernels know only these. */
const normalisation = { mean: 0.5, std: 0.5 };
const version = 1;
/** Under this name the JSON lies in a safetensors file's metadata. */
const key = 'classifier';
const mostClasses = 10_000;
const largestImage = 4096;

/**
 * The metadata of a classifier's safetensors file: the same for Python, `json.loads(f.metadata()['classifier'])`.
 * @param more is kept beside it.
 */
export function classifierMetadata(
  { net, classes, size, channels, seed }: ClassifierSpec,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  const spec = {
    version,
    net,
    classes,
    size,
    channels,
    ...normalisation,
    resize: 'bilinear, antialiased',
    seed,
  };
  return { [key]: JSON.stringify({ ...more, ...spec }) };
}

/**
 * The classifier that a file's metadata describe. Nothing in it is trusted.
 * @param file for errors
 * @throws CheckpointError if there is none, or it cannot be built.
 */
export function specOf(metadata: ReadonlyMap<string, string>, file: string): ClassifierSpec {
  const fail = (problem: string): never => {
    throw new CheckpointError(
      file,
      problem,
      'Give a classifier that npm run train or npm run practical wrote, or say which net, classes, size and channels ' +
        'it has.',
    );
  };
  const text = metadata.get(key);
  if (text === undefined) {
    return fail(
      metadata.has('fit')
        ? 'is the state of a training in progress, not its result'
        : 'holds weights but does not say of which net and classes',
    );
  }
  let spec: Record<string, unknown>;
  try {
    spec = JSON.parse(text);
  } catch (error) {
    return fail(`describes a classifier in what is no JSON (${(error as Error).message})`);
  }
  if (typeof spec !== 'object' || spec === null) return fail('describes no classifier');
  const { net, classes, size, channels, mean, std, seed } = spec;
  if (spec.version !== version) return fail(`describes a classifier of a version other than ${version}`);
  if (!netNames.includes(net as NetName)) {
    return fail(`describes a net with an unknown name; there are ${netNames.join(', ')}`);
  }
  const least = smallestImage(net as NetName);
  if (!(Number.isInteger(size) && (size as number) >= least && (size as number) <= largestImage)) {
    return fail(`describes images of a size that is no whole number from ${least} to ${largestImage}`);
  }
  if (channels !== 1 && channels !== 3) return fail('describes images that have neither 1 channel nor 3');
  if (mean !== normalisation.mean || std !== normalisation.std) {
    return fail('was trained on images that were normalised otherwise than by mean 0.5 and deviation 0.5');
  }
  const named = Array.isArray(classes) && classes.every((name) => typeof name === 'string' && name !== '');
  if (
    !named ||
    classes.length < 2 ||
    classes.length > mostClasses ||
    new Set(classes).size < classes.length
  ) {
    return fail(`does not name its classes: 2 to ${mostClasses} different names`);
  }
  return {
    net: net as NetName,
    classes: classes as string[],
    size: size as number,
    channels,
    ...(Number.isSafeInteger(seed) ? { seed: seed as number } : {}),
  };
}
