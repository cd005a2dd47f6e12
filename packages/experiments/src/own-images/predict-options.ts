/** The command line of `npm run predict`. */
import { brief, integer, parseCommandLine, UsageError } from '@glassbox/host/command-line';
import { type ChosenDevice, chosenDevice, deviceFlags, deviceHelp } from '@glassbox/tensor-core/command-line';

/** What `npm run predict` was asked for. */
export interface PredictCommand {
  readonly device: ChosenDevice;
  /** The classifier's file, or the folder of the run that made it. */
  readonly checkpoint: string;
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
                 npm run practical
  IMAGE…         PNG, JPEG, DICOM, npy or npz files, and folders of them. An npz file may hold many images: its array
                 'images' or 'test_images' is taken, FILE.npz#NAME takes another one
  --top K        only the K most probable classes of each image
  --json         one JSON document: image, class and probabilities
  --csv          a table for other programs
${deviceHelp(17)}
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
    images,
    format: values.json ? 'json' : values.csv ? 'csv' : 'table',
    top: values.top === undefined ? undefined : integer('--top', values.top, 1),
  };
}
