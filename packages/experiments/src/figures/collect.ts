/** All figures that a run has the data for, and writing them as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from '../report/data-names.ts';
import { mistakesOf, shownRows } from '../report/mistakes.ts';
import { imagesUsed } from '../report/phrases.ts';
import type { EmbeddingSituation, RunResults, Target } from '../report/results.ts';
import { type Analysis, analyse, type VariantSummary } from '../report/statistics.ts';
import { calibrationFigure, confusionFigure, rocPrFigure } from './classification.ts';
import { comparisonFigure, validationToTestFigure } from './comparison.ts';
import { autoencoderCurvesFigure, learningCurvesFigure } from './curves.ts';
import { embeddingsFigure, latentPairFigure, similarityFigure } from './embeddings.ts';
import { type Figure, renderPng, standaloneSvg } from './figure.ts';
import { classBalanceFigure, labelDistributionFigure } from './labels.ts';
import { mistakesFigure } from './mistakes.ts';
import { publishedReferences } from './published.ts';
import { reconstructionsFigure } from './reconstructions.ts';

/**
 * The situations of one sheet task, or of the comparison in 2c (all of one target), in the order of the run.
 * One seed each: the first.
 */
export function situationsOf(
  results: RunResults,
  target: Target,
  keep: (situation: EmbeddingSituation) => boolean = () => true,
): EmbeddingSituation[] {
  const seen = new Set<string>();
  return results.embeddings.filter((situation) => {
    if (situation.target !== target || !keep(situation) || seen.has(situation.id)) return false;
    seen.add(situation.id);
    return true;
  });
}

/** Every figure of a run by id, in the order of the sheet. Figures without data are left out. */
export function collectFigures(
  results: RunResults,
  analysis: Analysis = analyse(results),
): Map<string, Figure> {
  const figures = new Map<string, Figure>();
  const add = (figure: Figure): void => {
    figures.set(figure.id, figure);
  };

  const sets: Record<Target, string> = {
    chest: nameOf(results.data, 'chest').short,
    pneumonia: nameOf(results.data, 'pneumonia').short,
  };
  const chestLabels =
    results.labelDistributions.find((d) => d.target === 'chest' && d.split === 'train') ??
    results.labelDistributions.find((d) => d.target === 'chest' && d.findings.length > 0);
  if (chestLabels && chestLabels.findings.length > 0) add(labelDistributionFigure(chestLabels, sets.chest));
  if (results.labelDistributions.length > 0) add(classBalanceFigure(results.labelDistributions, sets));

  if (results.autoencoders.length > 0) {
    add(autoencoderCurvesFigure(results.autoencoders, sets.chest));
    const shown = results.autoencoders.find(({ examples }) => examples.length > 0);
    if (shown) add(reconstructionsFigure(shown, sets.chest));
  }

  for (const target of ['chest', 'pneumonia'] as const) {
    const variants = analysis.summaries.filter((summary) => summary.target === target);
    if (variants.length === 0) continue;
    for (const [task, title, keep] of [
      ['1', 'Training on few labels', (v) => v.task.startsWith('1')],
      [
        '2',
        `Training from scratch on ${imagesUsed(variants.find((v) => v.task === '2')?.rows[0].training)}`,
        (v) => v.task === '2',
      ],
      ['2ab', 'Training after the transfer, frozen and trainable', (v) => v.task === '2a' || v.task === '2b'],
      ['3', 'Training after the transfer, with care for the encoder', (v) => v.task === '3'],
    ] as [string, string, (v: VariantSummary) => boolean][]) {
      // Task 2 trains nets for both targets: one figure each.
      const chosen = variants.filter(keep);
      if (chosen.length === 0) continue;
      add(
        learningCurvesFigure(
          `${target}-curves-${task}`,
          `${title}, ${sets[target]}`,
          chosen.map(({ name, rows }) => ({ name, rows })),
        ),
      );
    }
    const labels = results.truth[target]?.test;
    const scored = labels
      ? variants.filter((v) => v.rows.every((r) => r.logOdds.test.length === labels.length))
      : [];
    if (labels && scored.length > 0) {
      add(confusionFigure(`${target}-confusion`, `Confusion on ${sets[target]}`, target, scored, labels));
      add(rocPrFigure(`${target}-roc-pr`, `ROC and precision-recall on ${sets[target]}`, scored, labels));
      add(calibrationFigure(`${target}-calibration`, `Calibration on ${sets[target]}`, scored, labels));
    }
    add(
      comparisonFigure(
        `${target}-comparison`,
        `Recipes compared on ${sets[target]}`,
        variants,
        ['auc', 'accuracy', 'accuracyAtValThreshold', 'balancedAccuracy'],
        publishedReferences(results, target),
      ),
    );
    add(validationToTestFigure(`${target}-val-test`, `From validation to test on ${sets[target]}`, variants));
  }

  for (const target of ['chest', 'pneumonia'] as const) {
    const images = results.testImages?.[target];
    const nets = shownRows(results)
      .filter((row) => row.target === target)
      .flatMap((row) => {
        const mistakes = mistakesOf(row, results);
        return mistakes ? [{ row, mistakes }] : [];
      });
    if (images && nets.length > 0) {
      add(mistakesFigure(`${target}-mistakes`, sets[target], target, nets, images));
    }
  }

  for (const target of ['chest', 'pneumonia'] as const) {
    const points = results.embeddedPoints[target];
    const situations = situationsOf(results, target);
    if (!points || situations.length === 0) continue;
    for (const method of ['pca', 'tsne'] as const) {
      const name = method === 'pca' ? 'PCA' : 't-SNE';
      add(
        embeddingsFigure(
          `${target}-${method}`,
          `Latent spaces of ${sets[target]} images, ${name}`,
          method,
          situations,
          points,
        ),
      );
    }
    for (const task of ['2a', '2b'] as const) {
      const own = situations.filter((s) => s.task === task);
      if (own.length > 0) {
        const title = `Latent space of ${sets[target]} images, ${task === '2a' ? 'frozen' : 'trainable'} encoder`;
        add(latentPairFigure(`${target}-latent-${task}`, title, own, points));
      }
    }
    const ids = new Set(situations.map(({ id }) => id));
    const pairs = results.embeddingSimilarities.filter(({ a, b }) => ids.has(a) && ids.has(b));
    if (pairs.length > 0) add(similarityFigure(`${target}-similarity`, sets[target], situations, pairs));
  }
  return figures;
}

/**
 * Writes every figure of a run as SVG and PNG.
 *
 * @param dir made where missing
 * @returns the file names written, in order
 */
export function writeFigures(results: RunResults, dir: string, analysis?: Analysis): string[] {
  mkdirSync(dir, { recursive: true });
  const written: string[] = [];
  for (const [id, figure] of collectFigures(results, analysis)) {
    writeFileSync(join(dir, `${id}.svg`), standaloneSvg(figure));
    writeFileSync(join(dir, `${id}.png`), renderPng(figure));
    written.push(`${id}.svg`, `${id}.png`);
  }
  return written;
}
