/** Task 2a: the transferred encoder frozen. */
import { COLOURS } from '../figures/style.ts';
import { place } from '../report/code.ts';
import { type Context, figure, rowsTable, variantsOf } from '../report/context.ts';
import { headline, standing, summaryLine } from '../report/headline.ts';
import { answered, html, type Part, paragraph } from '../report/html.ts';
import {
  latentOf,
  separationInShort,
  separationTable,
  spaceOf,
  spaceStrip,
  taskSpaces,
} from '../report/latent.ts';
import { compared, conclude, scored, whole } from '../report/phrases.ts';
import type { VariantSummary } from '../report/statistics.ts';
import { limitNote } from '../report/stopping.ts';
import { headOnly } from '../training/recipe.ts';
import { chestAll, pneumoniaScratch, transfer } from './2-transfer.ts';
import type { Task } from './task.ts';

export const frozenEval = '2a-frozen-bn-eval';
export const frozenReestimated = '2a-frozen-bn-reestimated';
const variants = [frozenEval, frozenReestimated];

export const frozen = {
  id: '2a',
  title: 'Frozen encoder',
  asks: 'transfer the chest encoder, freeze all but the fully connected head, examine the latent space.',
  builtOn: [transfer],
  recipes: (protocol) => [
    {
      variant: frozenEval,
      name: 'Pneumonia, frozen encoder (batch norm frozen)',
      target: 'pneumonia',
      colour: COLOURS.blue,
      encoderOf: chestAll,
      phases: [headOnly(protocol)],
    },
    {
      variant: frozenReestimated,
      name: 'Pneumonia, frozen encoder (batch norm re-estimated)',
      target: 'pneumonia',
      colour: COLOURS.sky,
      encoderOf: chestAll,
      phases: [{ ...headOnly(protocol), batchNorm: 'reestimate' }],
    },
  ],
  latentSpaces: () => [
    { title: 'Pneumonia, frozen encoder', target: 'pneumonia', weightsOf: frozenEval },
    {
      title: 'Pneumonia, frozen, batch norm re-estimated',
      target: 'pneumonia',
      weightsOf: frozenReestimated,
    },
  ],
  figures: (context) => [taskSpaces(context, '2a', 'pneumonia', 'frozen')],
  summary: ({ analysis }) =>
    variants.map((id) => {
      const found = headline(analysis, id);
      return found && summaryLine(analysis.find(id)!.name, found, standing(analysis, id, pneumoniaScratch));
    }),
  section,
  questions: [
    {
      id: 'frozen',
      question: 'Frozen encoder: why is this often done in the literature, and what is tested?',
      code: [
        place('freezing', 'experiments/src/training/train.ts', 'function freezeAllBut('),
        place('the recipe', 'experiments/src/tasks/2a-frozen.ts', 'variant: frozenEval,'),
      ],
      answer,
    },
  ],
} as const satisfies Task;

function section(context: Context): Part {
  const own = variantsOf(context, ['2a'], 'pneumonia');
  if (own.length === 0) return undefined;
  const { trainableParameters: trained, totalParameters: total } = own[0].rows[0].training;
  const scratch = context.analysis.find(pneumoniaScratch);
  const ids = own.map((v) => v.variant);
  return html`${paragraph(
    'Frozen means frozen: no gradient is computed for the encoder and the optimiser does not hold its ' +
      `parameters${
        trained !== undefined && total !== undefined
          ? ` (${whole(trained)} of ${whole(total)} parameters are trained)`
          : ''
      }.`,
    'Batch norm’s scale and shift are frozen in both rows; its running statistics either stay those of ' +
      'the chest images (evaluation mode) or are re-estimated on the target’s.',
  )}
${rowsTable(context, scratch ? [scratch, ...own] : own)}
${figure(context, 'pneumonia-latent-2a')}
${separationTable(context, [...ids])}
${answered('Why is this often done in the literature? What is tested?', ...whyFrozen(context))}
${answered('What does the latent space show?', ...latentOf(context, ids))}`;
}

/** The frozen recipe with the higher mean validation AUC: chosen without looking at test. */
export function betterFrozen(context: Context): VariantSummary | undefined {
  const found = variants.map((id) => context.analysis.find(id)).filter((v) => v !== undefined);
  return found.reduce<VariantSummary | undefined>(
    (best, v) => (best === undefined || v.val.auc.mean > best.val.auc.mean ? v : best),
    undefined,
  );
}

function whyFrozen(context: Context): Part[] {
  const { analysis } = context;
  const best = betterFrozen(context);
  if (!best) return [];
  const statistics = compared(analysis, frozenReestimated, frozenEval, 'auc', [
    'Re-estimated statistics',
    'evaluation mode',
  ]);
  const verdict = conclude(analysis, frozenReestimated, frozenEval, ['auc'])?.kind;
  const settings = best.rows[0].training;
  return [
    paragraph(
      html`<b>It tests the representation, not the training.</b> With the encoder fixed, the head is a
      logistic regression on its features: the score says how much about the target is linearly readable
      from what the source taught. It is cheap (the features could be computed once), has few parameters
      to
      overfit${settings.trainableParameters !== undefined ? ` (${whole(settings.trainableParameters)})` : ''},
      and compares pre-trainings on equal terms, hence its use as the “linear probe” of the literature.`,
    ),
    paragraph(
      'Here ' +
        `“${best.name}”${variants.every((id) => analysis.find(id)) ? ', the better of the two on validation,' : ''} ` +
        `reaches ${scored(best, 'auc')} and ${scored(best, 'accuracy')}.`,
      compared(analysis, best.variant, pneumoniaScratch, 'auc', ['Frozen', 'training from scratch']),
      limitNote(
        variants.flatMap((id) => analysis.find(id)?.rows ?? []),
        'frozen nets',
      ),
    ),
    statistics &&
      paragraph(
        statistics,
        verdict === 'better'
          ? 'A likely reason: the two domains differ in exposure and anatomy, so the chest’s statistics ' +
              'do not normalise the target’s activations; adapting a few means and variances without labels ' +
              'repairs part of it.'
          : verdict === 'worse'
            ? 'Changing the statistics moves the features away from what the source’s convolutions and ' +
              'scales were fitted to.'
            : undefined,
      ),
  ];
}

function answer(context: Context) {
  const { analysis, results } = context;
  const best = betterFrozen(context);
  if (!best) return undefined;
  const { trainableParameters } = best.rows[0].training;
  const space = spaceOf(context, best.variant);
  const points = results.embeddedPoints.pneumonia;
  return {
    text: paragraph(
      html`<b>It tests the representation, not the training:</b> with the encoder fixed the head is a
      logistic
      regression${trainableParameters === undefined ? '' : ` of ${whole(trainableParameters)} parameters`}
      on its features, so the score is what of the target can be read linearly from them. It is cheap,
      hard to overfit, and compares pre-trainings on equal terms.`,
      `Here: ${scored(best, 'auc')}, ${scored(best, 'accuracy')}.`,
      compared(analysis, best.variant, pneumoniaScratch, 'auc', ['Frozen', 'from scratch']),
      ...(space ? separationInShort(space) : []),
    ),
    figure:
      space && points
        ? spaceStrip(
            'answer-frozen',
            `Frozen encoder, ${space.n} test images of ${context.names.pneumonia.short}`,
            space,
            points,
          )
        : undefined,
  };
}
