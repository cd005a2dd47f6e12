/** The command line of `npm run predict`. */
import { type ClassifierSpec, netNames, smallestImage } from '@glassbox/classifier';
import { brief, integer, oneOfWords, parseCommandLine, UsageError } from '@glassbox/host/command-line';
import { type ChosenDevice, chosenDevice, deviceFlags, deviceHelp } from '@glassbox/tensor-core/command-line';
import { netsHelp } from './nets-help.ts';

/** What `npm run predict` was asked for. */
export interface PredictCommand {
  readonly device: ChosenDevice;
  /** The classifier's file, or the folder of the run that made it. */
  readonly checkpoint: string;
  /** What the weights are of, where their file does not say so. */
  readonly spec: ClassifierSpec | undefined;
  /** Files and folders. */
  readonly images: readonly string[];
  readonly format: 'table' | 'json' | 'csv';
  /** Classes that are shown for each image, the most probable first; undefined: all, in their own order. */
  readonly top: number | undefined;
}

export const predictHelp = `
npm run predict -- CHECKPOINT IMAGE… [options]

Prints what a classifier makes of images, with the probability of each class.

  CHECKPOINT     classifier.safetensors of npm run train, or the folder of its run; or checkpoints/*.safetensors of
                 npm run practical; or with --net and --classes weights from elsewhere (safetensors, .pt, .pth), trained
                 on images from -1 to 1
  IMAGE…         PNG, JPEG, DICOM, npy or npz files, and folders of them. An npz file may hold many images: its array
                 'images' or 'test_images' is taken, FILE.npz#NAME takes another one

  --top K                        only the K most probable classes of each image
  --json                         one JSON document: image, class and probabilities
  --csv                          a table for other programs
  --net NET                      the net of weights from elsewhere:
${netsHelp(33)}
                                 with it:
  --classes A,B,…                names of its outputs
  --size N                       height and width of its images (default 28)
  --rgb                          its images have colours
${deviceHelp(33)}
  --help

Exit status: 0 if every image was answered; 1 if some could not be read (the others are answered, the errors are on
stderr); 2 if the command line or the checkpoint is wrong.

Examples:
  npm run predict -- runs/mine/classifier.safetensors scan.png
  npm run predict -- runs/mine scans/ --csv > answers.csv
`.trim();

/** @throws UsageError that names what is wrong. */
export function parsePredictOptions(args: readonly string[]): PredictCommand {
  const { values, positionals } = parseCommandLine(args, {
    ...deviceFlags,
    top: { type: 'string' },
    json: { type: 'boolean', default: false },
    csv: { type: 'boolean', default: false },
    net: { type: 'string' },
    classes: { type: 'string' },
    size: { type: 'string' },
    rgb: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  const [checkpoint, ...images] = positionals;
  if (checkpoint === undefined) throw new UsageError('No checkpoint: npm run predict -- CHECKPOINT IMAGE…');
  if (images.length === 0)
    throw new UsageError(`No images for ${brief(checkpoint)}: npm run predict -- CHECKPOINT IMAGE…`);
  if (values.json && values.csv) throw new UsageError('--json and --csv: give one of them');
  return {
    device: chosenDevice(values),
    checkpoint,
    spec: specFrom(values),
    images,
    format: values.json ? 'json' : values.csv ? 'csv' : 'table',
    top: values.top === undefined ? undefined : integer('--top', values.top, 1),
  };
}

/** @throws UsageError if only a part of it is said. */
function specFrom(values: {
  net?: string;
  classes?: string;
  size?: string;
  rgb?: boolean;
}): ClassifierSpec | undefined {
  const { net, classes, size = '28', rgb = false } = values;
  if (net === undefined || classes === undefined) {
    const given = Object.entries({ ...values }).find(
      ([name, value]) => ['net', 'classes', 'size', 'rgb'].includes(name) && value !== undefined,
    );
    if (given) throw new UsageError(`--${given[0]}: give --net and --classes, both of them`);
    return undefined;
  }
  const name = oneOfWords('--net', net, netNames);
  return {
    net: name,
    classes: classes.split(','),
    size: integer('--size', size, smallestImage(name), 1024),
    channels: rgb ? 3 : 1,
  };
}
