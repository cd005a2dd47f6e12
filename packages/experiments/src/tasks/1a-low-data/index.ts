/** Task 1a: how far a few labels lead. */
import { classBalanceFigure, labelDistributionFigure } from '../../figures/labels.ts';
import { type Context, curves, variantsOf } from '../../report/context.ts';
import { headline, summaryLine } from '../../report/headline.ts';
import { whole } from '../../report/phrases.ts';
import type { Task } from '../task.ts';
import { questions } from './answers.ts';
import { recipes, scratch } from './recipes.ts';
import { section } from './section.ts';

export const lowData = {
  id: '1a',
  title: 'Low-data performance',
  asks:
    'train a simple model on ChestMNIST with 300 labels, the 14 findings turned into healthy or diseased; ' +
    'compute accuracy in the test function.',
  recipes,
  figures,
  summary({ analysis }) {
    const head = headline(analysis, scratch);
    if (!head) return [];
    const { trainImages } = analysis.find(scratch)!.rows[0].training;
    return [summaryLine(`${whole(trainImages)} chest labels from scratch`, head)];
  },
  section,
  questions,
} as const satisfies Task;

/** The labels, and the curves of all trainings on few of them. */
function figures(context: Context) {
  const { names } = context;
  const { labelDistributions } = context.results;
  const sets = { chest: names.chest.short, pneumonia: names.pneumonia.short };
  const chest = labelDistributions.filter((one) => one.target === 'chest' && one.findings.length > 0);
  const findings = chest.find(({ split }) => split === 'train') ?? chest[0];
  return [
    findings && labelDistributionFigure(findings, sets.chest),
    labelDistributions.length > 0 && classBalanceFigure(labelDistributions, sets),
    curves(context, 'chest-curves-1', 'Training on few labels', variantsOf(context, ['1a', '1c'], 'chest')),
  ];
}
