/** Task 2: the source and the target of the transfer. */
import { COLOURS } from '../figures/style.ts';
import { type Context, curves, figure, rowsTable, variantsOf } from '../report/context.ts';
import { headline, standIn, summaryLine } from '../report/headline.ts';
import { answered, html, type Part, paragraph } from '../report/html.ts';
import { compared, decimal, imagesUsed, scored, signed, spread, whole } from '../report/phrases.ts';
import { TARGETS } from '../report/results.ts';
import type { VariantSummary } from '../report/statistics.ts';
import { untrained } from '../report/stopping.ts';
import { wholeNet } from '../training/recipe.ts';
import { scratch } from './1a-low-data/recipes.ts';
import type { Task } from './task.ts';

export const chestAll = '2-chest-all';
export const pneumoniaScratch = '2-pneumonia-scratch';

export const transfer = {
  id: '2',
  title: 'Transfer: source and target',
  asks: 'train on ChestMNIST with all data; PneumoniaMNIST is the small target.',
  recipes: (protocol, { all }) => [
    {
      variant: chestAll,
      name: `Chest, ${all}`,
      target: 'chest',
      colour: COLOURS.green,
      baseline: true,
      encoderOf: 'random',
      phases: [wholeNet(protocol)],
    },
    {
      variant: pneumoniaScratch,
      name: 'Pneumonia, from scratch',
      target: 'pneumonia',
      colour: COLOURS.grey,
      baseline: true,
      encoderOf: 'random',
      phases: [wholeNet(protocol)],
    },
  ],
  latentSpaces: ({ all }) => [
    { title: `Chest, ${all}`, target: 'chest', weightsOf: chestAll },
    { title: 'Pneumonia, from scratch', target: 'pneumonia', weightsOf: pneumoniaScratch },
  ],
  figures: (context) =>
    TARGETS.map((target) => {
      const variants = variantsOf(context, ['2'], target);
      const title = `Training from scratch on ${imagesUsed(variants[0]?.rows[0].training)}`;
      return curves(context, `${target}-curves-2`, title, variants);
    }),
  summary({ analysis }) {
    const source = headline(analysis, chestAll);
    const base = headline(analysis, pneumoniaScratch);
    return [
      source?.note && summaryLine('The source net of every transfer', source),
      base && summaryLine('Pneumonia from scratch', base),
    ];
  },
  section,
} as const satisfies Task;

function section(context: Context): Part {
  const source = variantsOf(context, ['2'], 'chest');
  const baseline = variantsOf(context, ['2'], 'pneumonia');
  if (source.length === 0 && baseline.length === 0) return undefined;
  return html`${
    source.length > 0
      ? html`<h3>Source: ${context.names.chest.short},
  ${imagesUsed(source[0].rows[0].training)}</h3>${rowsTable(context, source)}${figure(context, 'chest-curves-2')}`
      : undefined
  }
${
  baseline.length > 0
    ? html`<h3>Target: ${context.names.pneumonia.short},
${imagesUsed(baseline[0].rows[0].training)}, from
scratch</h3>${rowsTable(context, baseline)}${figure(context, 'pneumonia-curves-2')}`
    : undefined
}
${answered('What do the two starting points look like?', ...startingPoints(context, source[0], baseline[0]))}`;
}

function startingPoints(context: Context, source?: VariantSummary, baseline?: VariantSummary): Part[] {
  const few = standIn(context.analysis, scratch);
  const all = standIn(context.analysis, chestAll);
  return [
    source &&
      paragraph(
        `The source net scores ${scored(source, 'auc')} on healthy against diseased, trained on ` +
          `${imagesUsed(source.rows[0].training)} of ${context.names.chest.long}.`,
        all &&
          few &&
          compared(context.analysis, all.variant, few.variant, 'auc', [
            `${whole(all.rows[0].training.trainImages)} labels`,
            `${whole(few.rows[0].training.trainImages)} labels${few.variant === scratch ? '' : ' kept by AUC'}`,
          ]),
      ),
    source && paragraph(untrained(source.rows)),
    baseline && paragraph(...fallAnswer(baseline, source), untrained(baseline.rows)),
  ];
}

/** Whether the AUC of a lies above that of b, on other images: no pairing, so their intervals may not meet. */
function apart(a: VariantSummary, b: VariantSummary): boolean {
  const [one, other] = [a.test.auc.interval, b.test.auc.interval];
  return one !== undefined && other !== undefined && one[0] > other[1];
}

/** What happens between validation and test, whose class balance may differ. */
function fallAnswer(v: VariantSummary, source?: VariantSummary): Part[] {
  const easier = source && apart(v, source);
  const fall = v.test.accuracy.mean - v.val.accuracy.mean;
  const aucFall = v.test.auc.mean - v.val.auc.mean;
  const bias = v.test.sensitivity.mean - v.test.specificity.mean;
  return [
    `${easier ? 'The target is the easier task (the intervals of the two AUCs do not meet)' : 'The target'}: ` +
      `${scored(v, 'auc')}, ${scored(v, 'accuracy')} from scratch on ${imagesUsed(v.rows[0].training)}.`,
    `From validation to test, accuracy at 0.5 changes by ${signed(fall)} (${decimal(v.val.accuracy.mean)} to ` +
      `${decimal(v.test.accuracy.mean)}) and AUC by ${signed(aucFall)}.`,
    fall < -0.03 &&
      (Math.abs(bias) > 0.1
        ? `On the test set sensitivity is ${decimal(v.test.sensitivity.mean)} and specificity ` +
          `${decimal(v.test.specificity.mean)}: the net still ranks, but ` +
          `${bias > 0 ? 'calls too many normal images pneumonia' : 'misses too many pneumonias'} at that ` +
          'threshold.'
        : undefined),
    fall < -0.03 &&
      (v.test.accuracyAtValThreshold.mean - v.test.accuracy.mean > 0.01
        ? 'A threshold from validation recovers ' +
          `${decimal(v.test.accuracyAtValThreshold.mean - v.test.accuracy.mean)} of it.`
        : `A threshold from validation does not repair it (${spread(v.test.accuracyAtValThreshold)}): the ` +
          'shift lies between the splits, so no choice made on validation can see it.'),
  ];
}
