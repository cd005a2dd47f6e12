/** All figures that a run has the data for, and what they are as files. */
import { calibrationFigure, confusionFigure, rocPrFigure } from '../figures/classification.ts';
import { comparisonFigure, validationToTestFigure } from '../figures/comparison.ts';
import { embeddingsFigure, similarityFigure, situationsOf } from '../figures/embeddings.ts';
import { type Figure, renderPng, standaloneSvg } from '../figures/figure.ts';
import { mistakesFigure } from '../figures/mistakes.ts';
import { publishedReferences } from '../figures/published.ts';
import type { Context } from '../report/context.ts';
import { mistakesOf, shownRows } from '../report/mistakes.ts';
import { type RunResults, TARGETS, type Target } from '../report/results.ts';
import { type Analysis, analyse } from '../report/statistics.ts';
import { tasks as everyTask } from '../tasks/index.ts';
import { contextOf, type Task } from '../tasks/task.ts';

/** Every figure of a run by id: those of each task, then those that show all tasks. */
export function collectFigures(
  results: RunResults,
  analysis: Analysis = analyse(results),
  tasks: readonly Task[] = everyTask,
): Map<string, Figure> {
  const context = contextOf(results, analysis, tasks);
  const drawn = [
    ...tasks.flatMap(({ figures }) => figures?.(context) ?? []),
    ...TARGETS.flatMap((target) => [
      ...scoreFigures(context, target),
      ...mistakeFigures(context, target),
      ...latentFigures(context, target),
    ]),
  ];
  return new Map(drawn.flatMap((figure) => (figure ? [[figure.id, figure]] : [])));
}

/** All recipes of a target, by their scores. */
function scoreFigures({ results, analysis, colour, names }: Context, target: Target): Figure[] {
  const variants = analysis.summaries.filter((summary) => summary.target === target);
  if (variants.length === 0) return [];
  const data = names[target].short;
  const labels = results.truth[target]?.test;
  const scored = labels
    ? variants.filter((v) => v.rows.every((r) => r.logOdds.test.length === labels.length))
    : [];
  return [
    ...(labels && scored.length > 0
      ? [
          confusionFigure(`${target}-confusion`, `Confusion on ${data}`, target, scored, labels),
          rocPrFigure(`${target}-roc-pr`, `ROC and precision-recall on ${data}`, scored, labels, colour),
          calibrationFigure(`${target}-calibration`, `Calibration on ${data}`, scored, labels, colour),
        ]
      : []),
    comparisonFigure(
      `${target}-comparison`,
      `Recipes compared on ${data}`,
      variants,
      ['auc', 'accuracy', 'accuracyAtValThreshold', 'balancedAccuracy'],
      colour,
      publishedReferences(results, target),
    ),
    validationToTestFigure(`${target}-val-test`, `From validation to test on ${data}`, variants),
  ];
}

/** What each net answers wrongly with the greatest confidence. */
function mistakeFigures({ results, names }: Context, target: Target): Figure[] {
  const images = results.testImages?.[target];
  const nets = shownRows(results)
    .filter((row) => row.target === target)
    .flatMap((row) => {
      const mistakes = mistakesOf(row, results);
      return mistakes ? [{ row, mistakes }] : [];
    });
  if (!images || nets.length === 0) return [];
  return [mistakesFigure(`${target}-mistakes`, names[target].short, target, nets, images)];
}

/** All latent spaces of a target, and how alike they are. */
function latentFigures({ results, names }: Context, target: Target): Figure[] {
  const points = results.embeddedPoints[target];
  const situations = situationsOf(results, target);
  if (!points || situations.length === 0) return [];
  const data = names[target].short;
  const ids = situations.map(({ id }) => id);
  const pairs = results.embeddingSimilarities.filter(({ a, b }) => ids.includes(a) && ids.includes(b));
  const title = `Latent spaces of ${data} images`;
  return [
    embeddingsFigure(`${target}-pca`, `${title}, PCA`, 'pca', situations, points),
    embeddingsFigure(`${target}-tsne`, `${title}, t-SNE`, 'tsne', situations, points),
    ...(pairs.length > 0 ? [similarityFigure(`${target}-similarity`, data, situations, pairs)] : []),
  ];
}

/** Every figure of a run as SVG and PNG, with the names of their files, in order. */
export function* figureFiles(
  results: RunResults,
  analysis?: Analysis,
): Generator<{ readonly name: string; readonly data: string | Uint8Array }> {
  for (const [id, figure] of collectFigures(results, analysis)) {
    yield { name: `${id}.svg`, data: standaloneSvg(figure) };
    yield { name: `${id}.png`, data: renderPng(figure) };
  }
}
