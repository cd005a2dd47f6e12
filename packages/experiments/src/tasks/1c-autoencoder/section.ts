/** What task 1c says in the report: the autoencoder, and whether its weights help. */
import { mean, portableMath, summariseSeeds } from '@glassbox/metrics';
import { type Context, figure, rowsTable, variantsOf } from '../../report/context.ts';
import { fairPair, standIn } from '../../report/headline.ts';
import { answered, html, type Part, paragraph, table } from '../../report/html.ts';
import {
  compared,
  conclude,
  decimal,
  duration,
  each,
  imagesUsed,
  list,
  noiseOf,
  percent,
  seedCount,
  signed,
  whole,
} from '../../report/phrases.ts';
import { type AutoencoderResult, byAuc } from '../../report/results.ts';
import { untrained } from '../../report/stopping.ts';
import { scratch } from '../1a-low-data/recipes.ts';
import { chestAll } from '../2-transfer.ts';
import { pretrained } from './recipes.ts';

export function section(context: Context): Part {
  const { autoencoders } = context.results;
  const tuned = variantsOf(context, ['1c'], 'chest');
  if (autoencoders.length === 0 && tuned.length === 0) return undefined;
  const compareWith = variantsOf(context, ['1a', '1c', '2'], 'chest');
  return html`${autoencoders.length > 0 ? pretraining(context, autoencoders) : undefined}
${tuned.length > 0 ? rowsTable(context, compareWith) : undefined}
${figure(context, 'chest-comparison')}
${autoencoders.length > 0 ? answered('Does the autoencoder work?', ...worksAnswer(autoencoders)) : undefined}
${tuned.length > 0 ? answered('Comment on the fine-tuned result.', ...tunedAnswer(context)) : undefined}`;
}

function pretraining(context: Context, runs: readonly AutoencoderResult[]): Part {
  const [first] = runs;
  const over = (key: 'psnr' | 'ssim' | 'mse'): string => {
    const { mean: value, std, n } = summariseSeeds(runs.map((run) => run[key]));
    const digits = key === 'psnr' ? 2 : key === 'ssim' ? 3 : 5;
    return n > 1 ? `${decimal(value, digits)} ± ${std.toFixed(digits)}` : decimal(value, digits);
  };
  return html`${paragraph(
    'The encoder has the convolutions of the classifier; transposed convolutions lead back to ' +
      `${first.size} by ${first.size} pixels. It saw ${whole(first.trainImages)} images without labels ` +
      `and trained for ${each(runs.map((run) => run.epochs))} epochs ` +
      `(${duration(mean(runs.map((run) => run.trainSeconds)))} each run).`,
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
  'PSNR is a mean over images; from the mean squared error of all images together it is ' +
    `${decimal(mean(runs.map((run) => -10 * portableMath.log10(run.mse))), 2)} dB. An earlier submission of this ` +
    'exercise reports PSNR 24.4 dB and SSIM .836 for its own choice of images',
)}
${figure(context, 'autoencoder-reconstructions')}
${figure(context, 'autoencoder-curves')}`;
}

/** Whether the reconstructions beat the mean image, and by how much: a sentence, and one on how sharp they are. */
export function reconstructionVerdict(runs: readonly AutoencoderResult[]): Part[] {
  const [psnr, ssim] = (['psnr', 'ssim'] as const).map((key) => mean(runs.map((run) => run[key])));
  const [floor, floorSsim] = (['psnr', 'ssim'] as const).map((key) =>
    mean(runs.map((run) => run.meanImage[key])),
  );
  const gain = psnr - floor;
  const detail = keptDetail(runs);
  const verdict =
    gain > 3 && ssim > floorSsim
      ? html`<b>Yes.</b> The reconstructions are of the patient at hand, not of the average patient`
      : gain > 0.5
        ? html`<b>Partly.</b> The reconstructions improve on the average image, but not by much`
        : html`<b>No.</b> The reconstructions are no better than the average training image`;
  return [
    html`${verdict}: PSNR ${decimal(psnr, 1)} dB against ${decimal(floor, 1)} dB for the mean image
    (${signed(gain, 1)} dB), SSIM ${decimal(ssim)} against ${decimal(floorSsim)}.`,
    gain > 0.5 &&
      detail !== undefined &&
      `${detail < 0.9 ? 'They are smoother than the inputs' : 'Fine detail survives'}: the differences ` +
        `between neighbouring pixels have ${percent(detail, 0)} of their size in the inputs.`,
  ];
}

function worksAnswer(runs: readonly AutoencoderResult[]): Part[] {
  const detail = keptDetail(runs);
  return [
    paragraph(
      ...reconstructionVerdict(runs),
      detail !== undefined &&
        detail < 0.9 &&
        'Squared error pays for being right on average, so edges that cannot be placed exactly are ' +
          'blurred, and with them whatever is as small as they are wide.',
      runs.every((run) => run.bestEpoch === run.epochs) &&
        'The best epoch was the last one in every run, so longer pre-training would probably still have ' +
          'lowered the error.',
    ),
  ];
}

/** Sharpness of the reconstructions as a share of the inputs'. */
function keptDetail(runs: readonly AutoencoderResult[]): number | undefined {
  const kept = runs.flatMap((run) =>
    run.examples.map((e) => sharpness(e.reconstruction, run.size) / sharpness(e.input, run.size)),
  );
  return kept.length > 0 ? mean(kept) : undefined;
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
  const tuned = analysis.find(pretrained);
  const fresh = analysis.find(scratch);
  if (!tuned) return [];
  const pair = fairPair(analysis, pretrained, scratch);
  const conclusion = pair && conclude(analysis, pair.a, pair.b);
  const labels = whole(tuned.rows[0].training.trainImages);
  const poor = context.results.autoencoders.some((run) => run.psnr - run.meanImage.psnr <= 0.5);
  const steadier =
    fresh && tuned.seeds.length > 1
      ? `Over seeds AUC deviates by ${decimal(fresh.test.auc.std)} from scratch and by ` +
        `${decimal(tuned.test.auc.std)} with the weights, of which so few seeds allow no verdict.`
      : undefined;
  const verdict =
    conclusion?.kind === 'better'
      ? `The same ${labels} labels are worth more when the encoder starts from weights that have seen ` +
        `unlabelled chests${
          poor
            ? ', although the autoencoder itself reconstructs poorly'
            : ': its filters need not be learnt from those labels'
        }.`
      : conclusion?.kind === 'worse'
        ? 'The weights hurt here; a likely reason is that what serves to reconstruct (exposure, outline) is not ' +
          'what tells disease, and that fresh batch-norm layers meet convolutions trained without them.'
        : conclusion?.kind === 'mixed'
          ? `The scores do not agree: ${conclusion.words}. AUC judges the ranking alone, accuracy also ` +
            'where the threshold of 0.5 happens to fall; so this settles neither that the weights help ' +
            'nor that they do not.'
          : conclusion?.kind === 'undecided'
            ? 'Neither score shows that the weights gain or cost anything beyond the noise of ' +
              `${noiseOf(conclusion.seeds)}. A likely reason: reconstructing rewards exposure and ` +
              'outline, which say little about the label.'
            : fresh
              ? 'With nets on either side that were kept before they had learnt, this comparison says ' +
                'nothing of the weights.'
              : undefined;
  const both = pair?.replaced ? 'Both kept by validation AUC, with' : 'With';
  const against = (a: string, b: string, start: string): Part[] =>
    (['auc', 'accuracy'] as const).map((metric) =>
      compared(analysis, a, b, metric, [`${start} autoencoder weights`, 'from scratch']),
    );
  const [all, few] = [chestAll, pretrained].map((id) => standIn(analysis, id));
  return [
    pair && paragraph(...against(pair.a, pair.b, both), verdict, steadier),
    !pair && paragraph(verdict, steadier),
    paragraph(
      untrained([...(fresh?.rows ?? []), ...tuned.rows]),
      pair?.replaced
        ? 'Hence the comparison above is of the same trainings kept by validation AUC.'
        : compared(analysis, byAuc(pretrained), byAuc(scratch), 'auc', [
            'Both kept by validation AUC, with autoencoder weights',
            'from scratch',
          ]),
    ),
    all &&
      few &&
      paragraph(
        compared(analysis, all.variant, few.variant, 'auc', [
          `From scratch on ${imagesUsed(all.rows[0].training)}`,
          `${labels} labels with autoencoder weights${few === tuned ? '' : ', kept by AUC'}`,
        ]),
      ),
  ];
}
