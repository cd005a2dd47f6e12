/** The answers on the chest images: tasks 1a to 1c. */

import { alwaysHealthy, mean } from '@glassbox/metrics';
import {
  dotRowsFigure,
  latentStripFigure,
  lossFigure,
  recipeDots,
  reconstructionStripFigure,
} from '../../figures/compact.ts';
import { CLASS_COLOURS, NEUTRAL } from '../../figures/style.ts';
import type { Context } from '../context.ts';
import { nameOf } from '../data-names.ts';
import { fairPair, headline } from '../headline.ts';
import { html, paragraph } from '../html.ts';
import { keptUntrained } from '../learning.ts';
import {
  against,
  compared,
  conclude,
  decimal,
  imagesUsed,
  noiseOf,
  percent,
  spread,
  whole,
} from '../phrases.ts';
import type { VariantId } from '../results.ts';
import { reconstructionVerdict } from '../sections/autoencoder.ts';
import { originOf, shownChestSpace } from '../sections/chest.ts';

import { type Answer, separation, variants } from './answer.ts';

/** Task 1a: accuracy. */
export function accuracy(context: Context): Answer | undefined {
  const { results, analysis } = context;
  const labels = results.truth.chest?.test;
  const head = headline(analysis, '1a-scratch');
  const net = head?.shown ?? analysis.find('1a-scratch');
  if (!net || !labels?.length) return undefined;
  const data = nameOf(results.data, 'chest').short;
  const constant = alwaysHealthy(labels);
  const larger = Math.max(constant.accuracy, 1 - constant.accuracy);
  const place = {
    above: 'its interval lies above that',
    below: 'its interval lies below that',
    undecided: 'its interval includes that, so accuracy cannot tell it from a net that never looks',
  }[against(net.test.accuracy, constant.accuracy)];
  const findings = results.labelDistributions.find((d) => d.target === 'chest' && d.findings.length > 0);
  const never = findings && mean(findings.findings.map(({ count }) => 1 - count / findings.n));
  return {
    id: 'accuracy',
    section: 'task-1a',
    task: '1a',
    question: 'Is accuracy appropriate here? Argue from the data distribution.',
    text: paragraph(
      larger < 0.6
        ? html`<b>As a first look, yes; as the only score, no.</b> With ${percent(1 - constant.accuracy)} of the test images diseased the classes are nearly balanced.`
        : html`<b>Not on its own.</b> One class makes up ${percent(larger)} of the test images.`,
      `Answering “healthy” always scores ${decimal(constant.accuracy)}; the net (${imagesUsed(net.rows[0].training)}${head?.shown && head.note ? ', kept by validation AUC' : ''}) scores ${spread(net.test.accuracy)}: ${place}.`,
      `It sees disease with sensitivity ${decimal(net.test.sensitivity.mean)} and specificity ${decimal(net.test.specificity.mean)}, two errors that accuracy adds up as if they cost the same; AUC ${spread(net.test.auc)} needs no threshold.`,
      never !== undefined && `On the single findings never reporting any would score ${decimal(never)}.`,
    ),
    figure: dotRowsFigure(
      'answer-accuracy',
      `Accuracy on the test images of ${data}`,
      [
        { label: 'Always healthy', value: constant.accuracy, colour: CLASS_COLOURS.healthy },
        { label: 'Always diseased', value: 1 - constant.accuracy, colour: CLASS_COLOURS.diseased },
        ...recipeDots([net], 'accuracy', () => NEUTRAL),
      ],
      'accuracy at 0.5',
    ),
  };
}

/** Task 1a: model selection. */
export function selection(context: Context): Answer | undefined {
  const { results, analysis } = context;
  const v = analysis.find('1a-scratch');
  if (!v) return undefined;
  const { patience, epochLimit, monitor } = v.rows[0].training;
  const rows = results.rows.filter((row) => row.target === 'chest' && row.training.monitor === monitor);
  const stopped = rows.filter((row) => row.stopReason === 'patience').length;
  const best = rows.map((row) => row.bestEpoch);
  const early = rows.filter(keptUntrained);
  return {
    id: 'selection',
    section: 'task-1a',
    task: '1a',
    question: 'What selects a model better than a fixed number of steps, and how is the best one picked?',
    text: paragraph(
      html`<b>Early stopping on held-out data, the best state restored.</b> After each epoch the ${monitor} is computed and an improved state stored; after ${patience} epochs without one, training ends and the stored state returns. The limit of ${epochLimit} epochs then only bounds the time.`,
      `In this run it ended ${stopped} of ${rows.length} chest nets; the best epochs lie between ${Math.min(...best)} and ${Math.max(...best)}.`,
      early.length > 0 &&
        `It can fail: ${early.length === 1 ? 'one net was' : `${early.length} nets were`} kept before anything was learnt (epoch ${[...new Set(early.map((row) => row.bestEpoch))].slice(0, 4).join(', ')}), because with ${whole(early[0].val.n)} validation images the loss was lowest there; validation AUC is the other thing to watch (rows “kept by AUC”).`,
    ),
    figure: v.rows.some((row) => row.history.length > 1)
      ? lossFigure(
          'answer-selection',
          `Loss by epoch: ${v.name} (${nameOf(results.data, 'chest').short})`,
          v.rows,
        )
      : undefined,
  };
}

/** Task 1b. */
export function latent(context: Context): Answer | undefined {
  const shownSpace = shownChestSpace(context);
  const points = context.results.embeddedPoints.chest;
  if (!shownSpace) return undefined;
  return {
    id: 'latent',
    section: 'task-1b',
    task: '1b',
    question: 'Latent space by PCA and t-SNE: what separates, what does not?',
    text: paragraph(originOf(context, shownSpace), ...separation(shownSpace)),
    figure:
      points &&
      latentStripFigure(
        'answer-latent',
        `The same ${shownSpace.n} test images of ${nameOf(context.results.data, 'chest').short} by PCA and t-SNE`,
        [
          { label: 'PCA', method: 'pca', situation: shownSpace, points },
          { label: 't-SNE', method: 'tsne', situation: shownSpace, points },
        ],
        'chest',
      ),
  };
}

/** Task 1c: the reconstructions. */
export function autoencoder({ results }: Context): Answer | undefined {
  const runs = results.autoencoders;
  if (runs.length === 0) return undefined;
  const example = runs.find(({ examples }) => examples.length > 0);
  return {
    id: 'autoencoder',
    section: 'task-1c',
    task: '1c',
    question: 'Does the autoencoder work?',
    text: paragraph(
      ...reconstructionVerdict(runs),
      `It saw ${whole(runs[0].trainImages)} images without labels.`,
    ),
    figure:
      example &&
      reconstructionStripFigure(
        'answer-autoencoder',
        `Test images of ${nameOf(results.data, 'chest').short} and their reconstructions`,
        example,
      ),
  };
}

/** Task 1c: the fine-tuned nets. */
export function tuned(context: Context): Answer | undefined {
  const { analysis, results } = context;
  const own = analysis.find('1c-autoencoder');
  if (!own) return undefined;
  const pair = fairPair(analysis, '1c-autoencoder', '1a-scratch');
  const conclusion = pair && conclude(analysis, pair.a, pair.b);
  const verdict = conclusion
    ? {
        better: `The weights help${conclusion.seeds === 1 ? ' for this one seed' : ''}: filters that have seen unlabelled chests need not be learnt from few labels.`,
        worse: `The weights hurt${conclusion.seeds === 1 ? ' for this one seed' : ''}: what serves to reconstruct is not what tells disease.`,
        mixed: `The scores do not agree (${conclusion.words}), so nothing is settled.`,
        undecided: `Neither score shows a difference beyond the noise of ${noiseOf(conclusion.seeds)}.`,
      }[conclusion.kind]
    : 'No trained nets are there to be compared.';
  const shownIds: VariantId[] = [
    '1a-scratch',
    '1a-scratch-kept-by-auc',
    '1c-autoencoder',
    '1c-autoencoder-kept-by-auc',
    '2-chest-all',
  ];
  return {
    id: 'tuned',
    section: 'task-1c',
    task: '1c',
    question: 'Comment on the fine-tuned result.',
    text: paragraph(
      html`<b>${verdict}</b>`,
      pair?.replaced &&
        'Some nets were kept before they had learnt, so both sides here are kept by validation AUC.',
      pair && compared(analysis, pair.a, pair.b, 'auc', ['Autoencoder weights', 'random ones']),
      pair && compared(analysis, pair.a, pair.b, 'accuracy', ['In accuracy, the same', 'random ones']),
    ),
    figure: dotRowsFigure(
      'answer-tuned',
      `Test AUC on ${nameOf(results.data, 'chest').short}`,
      variants(analysis, shownIds),
      'AUC',
      { value: 0.5, label: 'chance' },
    ),
  };
}
