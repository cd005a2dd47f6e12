/** What task 1a answers. */
import { alwaysHealthy, mean } from '@glassbox/metrics';
import { dotRowsFigure, lossFigure, recipeDots } from '../../figures/compact.ts';
import { CLASS_COLOURS, NEUTRAL } from '../../figures/style.ts';
import { place } from '../../report/code.ts';
import type { Context } from '../../report/context.ts';
import { headline } from '../../report/headline.ts';
import { html, paragraph } from '../../report/html.ts';
import { keptUntrained } from '../../report/learning.ts';
import { against, decimal, imagesUsed, percent, spread, whole } from '../../report/phrases.ts';
import type { Question } from '../task.ts';
import { scratch } from './recipes.ts';

export const questions = [
  {
    id: 'accuracy',
    question: 'Is accuracy appropriate here? Argue from the data distribution.',
    code: [
      place('14 findings to one label', 'medmnist/src/labels.ts', 'export function toBinary('),
      place('accuracy', 'metrics/src/binary.ts', 'export function accuracyOf('),
      place('always healthy', 'metrics/src/labels.ts', 'export function alwaysHealthy('),
    ],
    answer: accuracy,
  },
  {
    id: 'selection',
    question: 'What selects a model better than a fixed number of steps, and how is the best one picked?',
    code: [
      place('early stopping', 'nn/src/fit/early-stopping.ts', 'export class EarlyStopping'),
      place('its use', 'experiments/src/training/train.ts', 'async function runPhase('),
    ],
    answer: selection,
  },
] as const satisfies readonly Question[];

function accuracy(context: Context): ReturnType<Question['answer']> {
  const { results, analysis } = context;
  const labels = results.truth.chest?.test;
  const head = headline(analysis, scratch);
  const net = head?.shown ?? analysis.find(scratch);
  if (!net || !labels?.length) return undefined;
  const data = context.names.chest.short;
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
    text: paragraph(
      larger < 0.6
        ? html`<b>As a first look, yes; as the only score, no.</b> With ${percent(1 - constant.accuracy)}
        of the test images diseased the classes are nearly balanced.`
        : html`<b>Not on its own.</b> One class makes up ${percent(larger)} of the test images.`,
      `Answering “healthy” always scores ${decimal(constant.accuracy)}; the net ` +
        `(${imagesUsed(net.rows[0].training)}${head?.shown && head.note ? ', kept by validation AUC' : ''}) ` +
        `scores ${spread(net.test.accuracy)}: ${place}.`,
      `It sees disease with sensitivity ${decimal(net.test.sensitivity.mean)} and specificity ` +
        `${decimal(net.test.specificity.mean)}, two errors that accuracy adds up as if they cost the ` +
        `same; AUC ${spread(net.test.auc)} needs no threshold.`,
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

function selection(context: Context): ReturnType<Question['answer']> {
  const { results, analysis } = context;
  const v = analysis.find(scratch);
  if (!v) return undefined;
  const { patience, epochLimit, monitor } = v.rows[0].training;
  const rows = results.rows.filter((row) => row.target === 'chest' && row.training.monitor === monitor);
  const stopped = rows.filter((row) => row.stopReason === 'patience').length;
  const best = rows.map((row) => row.bestEpoch);
  const early = rows.filter(keptUntrained);
  return {
    text: paragraph(
      html`<b>Early stopping on held-out data, the best state restored.</b> After each epoch the
      ${monitor} is computed and an improved state stored; after ${patience} epochs without one, training
      ends and the stored state returns. The limit of ${epochLimit} epochs then only bounds the time.`,
      `In this run it ended ${stopped} of ${rows.length} chest nets; the best epochs lie between ` +
        `${Math.min(...best)} and ${Math.max(...best)}.`,
      early.length > 0 &&
        `It can fail: ${early.length === 1 ? 'one net was' : `${early.length} nets were`} kept before anything ` +
          `was learnt (epoch ${[...new Set(early.map((row) => row.bestEpoch))].slice(0, 4).join(', ')}), because ` +
          `with ${whole(early[0].val.n)} validation images the loss was lowest there; validation AUC is the ` +
          'other thing to watch (rows “kept by AUC”).',
    ),
    figure: v.rows.some((row) => row.history.length > 1)
      ? lossFigure('answer-selection', `Loss by epoch: ${v.name} (${context.names.chest.short})`, v.rows)
      : undefined,
  };
}
