/** Task 2b: the transferred encoder trained on. */
import { mean } from '@glassbox/metrics';
import { dotRowsFigure } from '../figures/compact.ts';
import { COLOURS } from '../figures/style.ts';
import { place } from '../report/code.ts';
import { aucDots, type Context, curves, figure, rowsTable, variantsOf } from '../report/context.ts';
import { headline, standing, summaryLine } from '../report/headline.ts';
import { answered, html, type Part, paragraph } from '../report/html.ts';
import { latentOf, separationTable, spaceOf, taskSpaces } from '../report/latent.ts';
import {
  type Conclusion,
  compared,
  conclude,
  decimal,
  forOneSeed,
  imagesUsed,
  whole,
} from '../report/phrases.ts';
import type { VariantSummary } from '../report/statistics.ts';
import { wholeNet } from '../training/recipe.ts';
import { chestAll, pneumoniaScratch, transfer } from './2-transfer.ts';
import { betterFrozen, frozenEval, frozenReestimated } from './2a-frozen.ts';
import type { Task } from './task.ts';

export const fineTuned = '2b-trainable';

export const trainable = {
  id: '2b',
  title: 'Trainable encoder',
  asks: 'the same, left trainable; examine the latent space again.',
  builtOn: [transfer],
  recipes: (protocol) => [
    {
      variant: fineTuned,
      name: 'Pneumonia, trainable encoder',
      target: 'pneumonia',
      colour: COLOURS.orange,
      encoderOf: chestAll,
      phases: [wholeNet(protocol)],
    },
  ],
  latentSpaces: () => [{ title: 'Pneumonia, trainable encoder', target: 'pneumonia', weightsOf: fineTuned }],
  figures(context) {
    const title = 'Training after the transfer, frozen and trainable';
    return [
      curves(context, 'pneumonia-curves-2ab', title, variantsOf(context, ['2a', '2b'])),
      taskSpaces(context, '2b', 'pneumonia', 'trainable'),
    ];
  },
  summary({ analysis }) {
    const found = headline(analysis, fineTuned);
    const ending = standing(analysis, fineTuned, pneumoniaScratch);
    return [found && summaryLine(analysis.find(fineTuned)!.name, found, ending)];
  },
  section,
  questions: [
    {
      id: 'trainable',
      question: 'Trainable encoder: which worked better, and why?',
      code: [
        place('the recipe', 'experiments/src/tasks/2b-trainable.ts', 'variant: fineTuned,'),
        place('paired intervals', 'experiments/src/report/statistics.ts', 'export function analyse('),
      ],
      answer,
    },
  ],
} as const satisfies Task;

function section(context: Context): Part {
  const variants = variantsOf(context, ['2b'], 'pneumonia');
  if (variants.length === 0) return undefined;
  const others = variantsOf(context, ['2', '2a'], 'pneumonia');
  return html`${rowsTable(context, [...others, ...variants])}
${figure(context, 'pneumonia-curves-2ab')}
${figure(context, 'pneumonia-latent-2b')}
${separationTable(
  context,
  variants.map((v) => v.variant),
)}
${answered('Which worked better, and why?', ...whichBetter(context))}
${answered(
  'What does the latent space show now?',
  ...latentOf(
    context,
    variants.map((v) => v.variant),
  ),
)}
${figure(context, 'pneumonia-val-test')}`;
}

function whichBetter(context: Context): Part[] {
  const { analysis } = context;
  const free = analysis.find(fineTuned);
  const best = betterFrozen(context);
  const scratch = analysis.find(pneumoniaScratch);
  if (!free) return [];
  const parts: Part[] = [];
  if (best) {
    const conclusion = conclude(analysis, fineTuned, best.variant);
    parts.push(
      paragraph(
        html`<b>${betterOfTwo(conclusion)}</b>`,
        compared(analysis, fineTuned, best.variant, 'auc', ['Trainable', `“${best.name}”`]),
        compared(analysis, fineTuned, best.variant, 'accuracy', ['Trainable', 'frozen']),
      ),
    );
    const images = free.rows[0].training.trainImages;
    if (conclusion?.kind === 'better') {
      parts.push(
        paragraph(
          `${whole(images)} labelled target images are enough to adapt all the filters, and the ` +
            'source’s are not quite what the target needs: frozen, they leave the head no more than is ' +
            `linearly readable from them${probes(context, best.variant)}.`,
          best.bestEpoch > free.bestEpoch &&
            `The frozen head also needs more epochs to its best state (${decimal(best.bestEpoch, 0)} ` +
              `against ${decimal(free.bestEpoch, 0)}${onAverage(free)}).`,
        ),
      );
    } else if (conclusion?.kind === 'worse') {
      parts.push(
        paragraph(
          `With ${whole(images)} labels, adapting everything lost more than it gained; a likely reason ` +
            `is that the head alone has fewer parameters to overfit${gapOf(free)}.`,
        ),
      );
    }
  }
  if (scratch) {
    const conclusion = conclude(analysis, fineTuned, pneumoniaScratch);
    parts.push(
      paragraph(
        compared(analysis, fineTuned, pneumoniaScratch, 'auc', ['Transferred and trainable', 'from scratch']),
        conclusion?.kind === 'better'
          ? `So the chest images did teach something that the target’s own labels did not.`
          : conclusion?.kind === 'worse'
            ? `So on this target the source was worse than no source.`
            : conclusion?.kind === 'undecided'
              ? 'So in final quality nothing shows that the transfer was needed: the target has enough ' +
                'labels for a net of this size.'
              : conclusion &&
                `The scores do not agree on the use of the transfer (${conclusion.words}), so this run ` +
                  'does not settle it.',
        speed(free, scratch),
      ),
    );
  }
  return parts;
}

/** The answer to “which worked better”, from all scores together. */
function betterOfTwo(conclusion: Conclusion | undefined): string {
  const seed = conclusion ? forOneSeed(conclusion.seeds) : '';
  switch (conclusion?.kind) {
    case 'better':
      return `Trainable worked better${seed}.`;
    case 'worse':
      return `Frozen worked better${seed}.`;
    case 'mixed':
      return `The scores do not agree on which worked better: trainable against frozen, ${conclusion.words}.`;
    default:
      return 'Neither is shown to work better, by AUC or by accuracy.';
  }
}

/** What a linear probe reads from the frozen and from the adapted features, where both were measured. */
function probes(context: Context, frozenId: string): string {
  const [frozen, free] = [frozenId, fineTuned].map((id) => spaceOf(context, id));
  if (!frozen || !free) return '';
  return ` (probe AUC ${decimal(frozen.separation.probeAuc)}, after adapting ${decimal(free.separation.probeAuc)})`;
}

function gapOf(v: VariantSummary): string {
  const known = v.rows.filter((row) => row.train !== undefined);
  if (known.length === 0) return '';
  return (
    ` (accuracy ${decimal(mean(known.map((row) => row.train!.accuracy)))} on training images, ` +
    `${decimal(v.test.accuracy.mean)} on test)`
  );
}

const onAverage = ({ seeds }: VariantSummary): string => (seeds.length > 1 ? ' on average' : '');

/** Whether transfer saves time: validation loss after the first epoch and epochs to the best. */
function speed(free: VariantSummary, scratch: VariantSummary): string | undefined {
  const first = (v: VariantSummary): number[] =>
    v.rows.flatMap((row) => row.history.slice(0, 1).map((r) => r.valLoss));
  const [a, b] = [first(free), first(scratch)];
  if (a.length === 0 || b.length === 0) return undefined;
  return (
    `After one epoch the validation loss is ${decimal(mean(a))} with the transfer and ${decimal(mean(b))} ` +
    `without; the best epoch comes at ${decimal(free.bestEpoch, 0)} against ` +
    `${decimal(scratch.bestEpoch, 0)}${onAverage(free)}.`
  );
}

function answer(context: Context) {
  const { analysis } = context;
  const free = analysis.find(fineTuned);
  if (!free) return undefined;
  const best = betterFrozen(context);
  const conclusion = best && conclude(analysis, fineTuned, best.variant);
  const images = imagesUsed(free.rows[0].training);
  const why = {
    better:
      `With ${images} every filter can be adapted; frozen, the source’s filters leave the head only what ` +
      'is linearly readable from them.',
    worse: `With ${images} adapting everything lost more than it gained.`,
    mixed: 'AUC judges the ranking, accuracy also where the threshold falls.',
    undecided: `The features of the source already hold much of what ${images} of the target can teach.`,
  };
  return {
    text: paragraph(
      best && html`<b>${betterOfTwo(conclusion)}</b>`,
      conclusion && why[conclusion.kind],
      best && compared(analysis, fineTuned, best.variant, 'auc', ['Trainable', 'frozen']),
      compared(analysis, fineTuned, pneumoniaScratch, 'auc', ['Trainable', 'from scratch']),
    ),
    figure: dotRowsFigure(
      'answer-trainable',
      `Test AUC on ${context.names.pneumonia.short}`,
      aucDots(context, [pneumoniaScratch, frozenEval, frozenReestimated, fineTuned]),
      'AUC',
    ),
  };
}
