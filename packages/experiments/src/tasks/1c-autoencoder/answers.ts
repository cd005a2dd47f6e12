/** What task 1c answers. */
import { dotRowsFigure, reconstructionStripFigure } from '../../figures/compact.ts';
import { place } from '../../report/code.ts';
import { aucDots, type Context } from '../../report/context.ts';
import { fairPair } from '../../report/headline.ts';
import { html, paragraph } from '../../report/html.ts';
import { compared, conclude, forOneSeed, noiseOf, whole } from '../../report/phrases.ts';
import { byAuc } from '../../report/results.ts';
import { scratch } from '../1a-low-data/recipes.ts';
import { chestAll } from '../2-transfer.ts';
import type { Question } from '../task.ts';
import { pretrained } from './recipes.ts';
import { reconstructionVerdict } from './section.ts';

export const questions = [
  {
    id: 'autoencoder',
    question: 'Does the autoencoder work?',
    code: [
      place('the net', 'nn/src/nets/autoencoder.ts', 'export class Autoencoder'),
      place('pre-training', 'experiments/src/training/autoencoder.ts', 'export function trainAutoencoder('),
      place('PSNR, SSIM', 'metrics/src/image.ts', 'export function scoreReconstructions('),
    ],
    answer: reconstructions,
  },
  {
    id: 'tuned',
    question: 'Comment on the fine-tuned result.',
    code: [
      place('weights handed over', 'experiments/src/training/train.ts', 'async function startingNet('),
      place('the verdict', 'experiments/src/report/phrases.ts', 'export function conclude('),
    ],
    answer: tuned,
  },
] as const satisfies readonly Question[];

function reconstructions({ results, names }: Context): ReturnType<Question['answer']> {
  const runs = results.autoencoders;
  if (runs.length === 0) return undefined;
  const example = runs.find(({ examples }) => examples.length > 0);
  return {
    text: paragraph(
      ...reconstructionVerdict(runs),
      `It saw ${whole(runs[0].trainImages)} images without labels.`,
    ),
    figure:
      example &&
      reconstructionStripFigure(
        'answer-autoencoder',
        `Test images of ${names.chest.short} and their reconstructions`,
        example,
      ),
  };
}

function tuned(context: Context): ReturnType<Question['answer']> {
  const { analysis, names } = context;
  const own = analysis.find(pretrained);
  if (!own) return undefined;
  const pair = fairPair(analysis, pretrained, scratch);
  const conclusion = pair && conclude(analysis, pair.a, pair.b);
  const verdict = conclusion
    ? {
        better:
          `The weights help${forOneSeed(conclusion.seeds)}: filters that have seen ` +
          'unlabelled chests need not be learnt from few labels.',
        worse: `The weights hurt${forOneSeed(conclusion.seeds)}: what serves to reconstruct is not what tells disease.`,
        mixed: `The scores do not agree (${conclusion.words}), so nothing is settled.`,
        undecided: `Neither score shows a difference beyond the noise of ${noiseOf(conclusion.seeds)}.`,
      }[conclusion.kind]
    : 'No trained nets are there to be compared.';
  const shown = [scratch, byAuc(scratch), pretrained, byAuc(pretrained), chestAll];
  return {
    text: paragraph(
      html`<b>${verdict}</b>`,
      pair?.replaced &&
        'Some nets were kept before they had learnt, so both sides here are kept by validation AUC.',
      pair && compared(analysis, pair.a, pair.b, 'auc', ['Autoencoder weights', 'random ones']),
      pair && compared(analysis, pair.a, pair.b, 'accuracy', ['In accuracy, the same', 'random ones']),
    ),
    figure: dotRowsFigure(
      'answer-tuned',
      `Test AUC on ${names.chest.short}`,
      aucDots(context, shown),
      'AUC',
      { value: 0.5, label: 'chance' },
    ),
  };
}
