/** Task 1c: the autoencoder, and whether its weights help. */
import { mean, summariseSeeds } from '../../metrics/summary.ts';
import { type Context, figure, rowsTable, type Section, variantsOf } from '../context.ts';
import { answered, html, type Part, paragraph, table } from '../html.ts';
import { compared, decimal, duration, each, list, percent, seedCount, signed, whole } from '../phrases.ts';
import type { AutoencoderResult } from '../results.ts';
import { untrained } from './stopping.ts';

/** Task 1c. */
export function autoencoder(context: Context): Section | undefined {
  const { autoencoders } = context.results;
  const tuned = variantsOf(context, ['1c'], 'chest');
  if (autoencoders.length === 0 && tuned.length === 0) return undefined;
  const compareWith = variantsOf(context, ['1a', '1c', '2'], 'chest');
  return {
    id: 'task-1c',
    title: '1c  Autoencoder',
    body: html`
<p class="asks">The sheet asks: write an autoencoder compatible with the net, with dropout; plot inputs and reconstructions; pre-train on the unlabelled images, transfer the weights, fine-tune on the 300 labels.</p>
${autoencoders.length > 0 ? pretraining(context, autoencoders) : undefined}
${tuned.length > 0 ? rowsTable(compareWith) : undefined}
${figure(context, 'chest-comparison')}
${autoencoders.length > 0 ? answered('Does the autoencoder work?', ...worksAnswer(autoencoders)) : undefined}
${tuned.length > 0 ? answered('Comment on the fine-tuned result.', ...tunedAnswer(context)) : undefined}`,
  };
}

function pretraining(context: Context, runs: readonly AutoencoderResult[]): Part {
  const [first] = runs;
  const over = (key: 'psnr' | 'ssim' | 'mse'): string => {
    const { mean: value, std, n } = summariseSeeds(runs.map((run) => run[key]));
    const digits = key === 'psnr' ? 2 : key === 'ssim' ? 3 : 5;
    return n > 1 ? `${decimal(value, digits)} ± ${std.toFixed(digits)}` : decimal(value, digits);
  };
  return html`${paragraph(
    `The encoder has the convolutions of the classifier; transposed convolutions lead back to ${first.size} by ${first.size} pixels. It saw ${whole(first.trainImages)} images without labels and trained for ${each(runs.map((run) => run.epochs))} epochs (${duration(mean(runs.map((run) => run.trainSeconds)))} each run).`,
    first.transferred?.length
      ? `The classifier then took over ${first.transferred.length} tensors: ${list(first.transferred)}.`
      : undefined,
  )}
${table(
  ['Reconstruction of test images', 'PSNR (dB)', 'SSIM', 'mean squared error (range 1)'],
  [
    [`autoencoder, ${seedCount(runs.length)}`, over('psnr'), over('ssim'), over('mse')],
    [
      'mean training image for all',
      decimal(first.meanImage.psnr, 2),
      decimal(first.meanImage.ssim),
      decimal(first.meanImage.mse, 5),
    ],
  ],
  `PSNR is a mean over images; from the mean squared error of all images together it is ${decimal(mean(runs.map((run) => -10 * Math.log10(run.mse))), 2)} dB. An earlier submission of this exercise reports PSNR 24.4 dB and SSIM .836 for its own choice of images`,
)}
${figure(context, 'autoencoder-reconstructions')}
${figure(context, 'autoencoder-curves')}`;
}

function worksAnswer(runs: readonly AutoencoderResult[]): Part[] {
  const psnr = mean(runs.map((run) => run.psnr));
  const ssim = mean(runs.map((run) => run.ssim));
  const floor = mean(runs.map((run) => run.meanImage.psnr));
  const floorSsim = mean(runs.map((run) => run.meanImage.ssim));
  const gain = psnr - floor;
  const kept = runs.flatMap((run) =>
    run.examples.map((e) => sharpness(e.reconstruction, run.size) / sharpness(e.input, run.size)),
  );
  const detail = kept.length > 0 ? mean(kept) : undefined;
  const verdict =
    gain > 3 && ssim > floorSsim
      ? html`<b>Yes.</b> The reconstructions are of the patient at hand, not of the average patient`
      : gain > 0.5
        ? html`<b>Partly.</b> The reconstructions improve on the average image, but not by much`
        : html`<b>No.</b> The reconstructions are no better than the average training image`;
  const last = runs.map((run) => run.bestEpoch === run.epochs);
  return [
    paragraph(
      html`${verdict}: PSNR ${decimal(psnr, 1)} dB against ${decimal(floor, 1)} dB for the mean image (${signed(gain, 1)} dB), SSIM ${decimal(ssim)} against ${decimal(floorSsim)}.`,
      gain > 0.5 &&
        detail !== undefined &&
        (detail < 0.9
          ? `They are smoother than the inputs: the differences between neighbouring pixels have ${percent(detail, 0)} of their size in the inputs. Squared error pays for being right on average, so edges that cannot be placed exactly are blurred, and with them whatever is as small as they are wide.`
          : `Fine detail survives: the differences between neighbouring pixels have ${percent(detail, 0)} of their size in the inputs.`),
      last.every(Boolean) &&
        `The best epoch was the last one in every run, so longer pre-training would probably still have lowered the error.`,
    ),
  ];
}

/** Root mean square difference of neighbouring pixels. */
function sharpness(pixels: readonly number[], size: number): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = y * size + x;
      if (x + 1 < size) sum += (pixels[at + 1] - pixels[at]) ** 2;
      if (y + 1 < size) sum += (pixels[at + size] - pixels[at]) ** 2;
      count += 2;
    }
  }
  return Math.sqrt(sum / count);
}

function tunedAnswer(context: Context): Part[] {
  const { analysis } = context;
  const tuned = analysis.find('1c-autoencoder');
  const scratch = analysis.find('1a-scratch');
  if (!tuned) return [];
  const names = ['With autoencoder weights', 'from scratch'] as const;
  const auc = analysis.difference('1c-autoencoder', '1a-scratch', 'auc');
  const poor = context.results.autoencoders.some((run) => run.psnr - run.meanImage.psnr <= 0.5);
  const steadier =
    scratch && tuned.seeds.length > 1
      ? tuned.test.auc.std < scratch.test.auc.std
        ? `The deviation over seeds falls from ${decimal(scratch.test.auc.std)} to ${decimal(tuned.test.auc.std)} in AUC: starting from trained filters depends less on luck.`
        : `The deviation over seeds does not shrink (AUC ${decimal(scratch.test.auc.std)} from scratch, ${decimal(tuned.test.auc.std)} with the weights).`
      : undefined;
  const verdict =
    auc?.verdict === 'higher'
      ? `The same ${whole(tuned.rows[0].training.trainImages)} labels are worth more when the encoder starts from weights that have seen unlabelled chests${poor ? ', although the autoencoder itself reconstructs poorly' : ': its filters need not be learnt from those labels'}.`
      : auc?.verdict === 'lower'
        ? `The weights hurt here; a likely reason is that what serves to reconstruct (exposure, outline) is not what tells disease, and that fresh batch-norm layers meet convolutions trained without them.`
        : auc
          ? `Whatever the weights gain is smaller than the noise of ${seedCount(tuned.seeds.length)} and this test set. A likely reason: reconstructing rewards exposure and outline, which say little about the label.`
          : undefined;
  return [
    paragraph(
      compared(analysis, '1c-autoencoder', '1a-scratch', 'auc', names),
      compared(analysis, '1c-autoencoder', '1a-scratch', 'accuracy', names),
    ),
    paragraph(verdict, steadier),
    paragraph(
      untrained(tuned.rows),
      compared(analysis, '1c-autoencoder-kept-by-auc', '1a-scratch-kept-by-auc', 'auc', [
        'Both kept by validation AUC, with autoencoder weights',
        'from scratch',
      ]),
    ),
    paragraph(
      compared(analysis, '2-chest-all', '1c-autoencoder', 'auc', [
        'All labels from scratch',
        '300 labels with autoencoder weights',
      ]),
    ),
  ];
}
