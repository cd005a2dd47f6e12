/** All figures that a run has the data for, and writing them as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbeddingSituation, RunResults, Target } from '../report/results.ts';
import { type Analysis, analyse, type VariantSummary } from '../report/statistics.ts';
import { calibrationFigure, confusionFigure, rocPrFigure } from './classification.ts';
import { comparisonFigure, validationToTestFigure } from './comparison.ts';
import { autoencoderCurvesFigure, learningCurvesFigure } from './curves.ts';
import { embeddingsFigure, latentPairFigure, similarityFigure } from './embeddings.ts';
import { type Figure, renderPng, standaloneSvg } from './figure.ts';
import { classBalanceFigure, labelDistributionFigure } from './labels.ts';
import { publishedReferences } from './published.ts';
import { reconstructionsFigure } from './reconstructions.ts';

const SETS: Record<Target, string> = { chest: 'ChestMNIST', pneumonia: 'PneumoniaMNIST' };

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

  const chestLabels =
    results.labelDistributions.find((d) => d.target === 'chest' && d.split === 'train') ??
    results.labelDistributions.find((d) => d.target === 'chest' && d.findings.length > 0);
  if (chestLabels && chestLabels.findings.length > 0) add(labelDistributionFigure(chestLabels));
  if (results.labelDistributions.length > 0) add(classBalanceFigure(results.labelDistributions));

  if (results.autoencoders.length > 0) {
    add(autoencoderCurvesFigure(results.autoencoders));
    const shown = results.autoencoders.find(({ examples }) => examples.length > 0);
    if (shown) add(reconstructionsFigure(shown));
  }

  for (const target of ['chest', 'pneumonia'] as const) {
    const variants = analysis.summaries.filter((summary) => summary.target === target);
    if (variants.length === 0) continue;
    for (const [task, title, keep] of [
      ['1', 'Training on few labels', (v) => v.task.startsWith('1')],
      ['2', 'Training on all labels from scratch', (v) => v.task === '2'],
      ['2ab', 'Training after the transfer, frozen and trainable', (v) => v.task === '2a' || v.task === '2b'],
      ['3', 'Training after the transfer, with care for the encoder', (v) => v.task === '3'],
    ] as [string, string, (v: VariantSummary) => boolean][]) {
      // Task 2 trains nets for both targets: one figure each.
      const chosen = variants.filter(keep);
      if (chosen.length === 0) continue;
      add(
        learningCurvesFigure(
          `${target}-curves-${task}`,
          `${title}, ${SETS[target]}`,
          chosen.map(({ name, rows }) => ({ name, rows })),
        ),
      );
    }
    const labels = results.truth[target]?.test;
    const scored = labels
      ? variants.filter((v) => v.rows.every((r) => r.logOdds.test.length === labels.length))
      : [];
    if (labels && scored.length > 0) {
      add(confusionFigure(`${target}-confusion`, `Confusion on ${SETS[target]}`, target, scored, labels));
      add(rocPrFigure(`${target}-roc-pr`, `ROC and precision-recall on ${SETS[target]}`, scored, labels));
      add(calibrationFigure(`${target}-calibration`, `Calibration on ${SETS[target]}`, scored, labels));
    }
    add(
      comparisonFigure(
        `${target}-comparison`,
        `Recipes compared on ${SETS[target]}`,
        variants,
        ['auc', 'accuracy', 'accuracyAtValThreshold', 'balancedAccuracy'],
        publishedReferences(results, target),
      ),
    );
    add(validationToTestFigure(`${target}-val-test`, `From validation to test on ${SETS[target]}`, variants));
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
          `Latent spaces of ${SETS[target]} images, ${name}`,
          method,
          situations,
          points,
        ),
      );
    }
    for (const task of ['2a', '2b'] as const) {
      const own = situations.filter((s) => s.task === task);
      if (own.length > 0) {
        const title = `Latent space of ${SETS[target]} images, ${task === '2a' ? 'frozen' : 'trainable'} encoder`;
        add(latentPairFigure(`${target}-latent-${task}`, title, own, points));
      }
    }
    const ids = new Set(situations.map(({ id }) => id));
    const pairs = results.embeddingSimilarities.filter(({ a, b }) => ids.has(a) && ids.has(b));
    if (pairs.length > 0) add(similarityFigure(`${target}-similarity`, situations, pairs));
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
