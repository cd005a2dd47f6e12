/** Tables of the practical's results, from the run folder of `npm run practical`. */
import type { RunResults } from '@glassbox/experiments';
import { type Column, markdownTable } from '../output/table.ts';
import type { Run } from '../results/file.ts';
import { readRuns, wrap } from './data.ts';

/** What is kept of one trained net. */
interface Net {
  readonly variant: string;
  readonly name: string;
  readonly seed: number;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly auc: number;
  readonly accuracy: number;
  readonly accuracyAtValThreshold: number;
}

/** What is kept of one autoencoder. */
interface Reconstruction {
  readonly autoencoder: number;
  readonly psnr: number;
  readonly ssim: number;
}

/** What is kept of the run as a whole. */
interface Whole {
  readonly startedAt: string;
  readonly device: string;
  readonly adapter: string;
  readonly durationSeconds: number;
  readonly data: string;
}

type Kept = Net | Reconstruction | Whole;

/** The same protocol in PyTorch. */
interface PyTorchNet {
  readonly variant: string;
  /** Mean and deviation over seeds. */
  readonly auc: readonly [number, number];
  readonly accuracy: readonly [number, number];
}

/** The figures of a run's `results.json` that pages show: no images, no outputs of nets. */
export function practicalRun(results: RunResults): Run<Kept> {
  const { command, startedAt, device, adapter, durationSeconds } = results;
  const data = results.data
    .map(
      ({ file, images }) =>
        `${file}: ${Object.entries(images)
          .map(([split, count]) => `${count} ${split}`)
          .join(', ')}`,
    )
    .join('; ');
  const nets = results.rows.map(({ variant, name, seed, epochs, bestEpoch, test }): Net => {
    const { auc, accuracy, accuracyAtValThreshold } = test;
    return { variant, name, seed, epochs, bestEpoch, auc, accuracy, accuracyAtValThreshold };
  });
  const reconstructions = results.autoencoders.map(
    ({ seed, psnr, ssim }): Reconstruction => ({ autoencoder: seed, psnr, ssim }),
  );
  return {
    command: (command ?? 'npm run practical').replace(/ --out \S+/, ''),
    results: [{ startedAt, device, adapter, durationSeconds, data }, ...nets, ...reconstructions],
  };
}

/** All nets of one name. */
interface Row {
  readonly nets: readonly Net[];
  readonly pytorch?: PyTorchNet;
}

const columns: readonly Column<Row>[] = [
  { title: 'net', value: ({ nets }) => nets[0].name },
  { title: 'test AUC', value: ({ nets }) => overSeeds(nets.map(({ auc }) => auc)) },
  { title: 'accuracy', value: ({ nets }) => overSeeds(nets.map(({ accuracy }) => accuracy)) },
  {
    title: "accuracy, validation's threshold",
    value: ({ nets }) => overSeeds(nets.map(({ accuracyAtValThreshold }) => accuracyAtValThreshold)),
  },
  { title: 'epochs', value: ({ nets }) => mean(nets.map(({ epochs }) => epochs)) },
];

/** The rows that PyTorch has too. */
const besidePyTorch: readonly Column<Row>[] = [
  ...columns.slice(0, 3),
  { title: 'PyTorch AUC', value: ({ pytorch }) => plusMinus(...pytorch!.auc) },
  { title: 'PyTorch accuracy', value: ({ pytorch }) => plusMinus(...pytorch!.accuracy) },
];

/** Every row, the run that it comes from, and how well the autoencoders reconstruct. */
export function practicalTable(): string {
  const [run] = readRuns<Kept>('practical');
  const whole = run.results.find((result): result is Whole => 'startedAt' in result)!;
  const images = run.results.filter((result): result is Reconstruction => 'autoencoder' in result);
  const minutes = Math.round(whole.durationSeconds / 60);
  const [psnr, ssim] = [images.map((one) => one.psnr), images.map((one) => one.ssim)];
  const trainings = rows().reduce((sum, { nets }) => sum + nets.length, 0);
  return [
    `\`\`\`sh\n${run.command}\n\`\`\``,
    wrap(
      `${whole.startedAt.slice(0, 10)}, ${whole.device} (${whole.adapter}). ${trainings} trainings, latent spaces` +
        ` and report took ${minutes} minutes. Images: ${whole.data}.`,
    ),
    markdownTable(rows(), columns),
    wrap(
      `The ${images.length} autoencoders reconstruct at a PSNR of ${Math.min(...psnr).toFixed(1)} to ` +
        `${Math.max(...psnr).toFixed(1)} dB (means over images) and an SSIM of ${short(Math.min(...ssim), 2)} to ` +
        `${short(Math.max(...ssim), 2)}.`,
    ),
  ].join('\n\n');
}

export function practicalSummary(): string {
  return markdownTable(
    rows().filter(({ pytorch }) => pytorch),
    besidePyTorch,
  );
}

function rows(): readonly Row[] {
  const [run] = readRuns<Kept>('practical');
  const [pytorch] = readRuns<PyTorchNet>('practical-pytorch');
  const nets = run.results.filter((result): result is Net => 'variant' in result);
  return [...Map.groupBy(nets, ({ variant }) => variant)].map(([variant, ofVariant]) => ({
    nets: ofVariant,
    pytorch: pytorch.results.find((one) => one.variant === variant),
  }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `.693 ± .025`: mean and deviation over seeds (of the sample). */
function overSeeds(values: readonly number[]): string {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return plusMinus(middle, Math.sqrt(squares / (values.length - 1)));
}

function plusMinus(middle: number, deviation: number): string {
  return `${short(middle)} ± ${short(deviation)}`;
}

/** `.693` */
function short(value: number, digits = 3): string {
  return value.toFixed(digits).replace(/^0/, '');
}
