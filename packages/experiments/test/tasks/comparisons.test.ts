/** What tasks 2a and 2b say of two recipes is of these two and of that score. */
import type { MetricName } from '@glassbox/metrics';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { buildAnswers, buildReport } from '../../src/pages/index.ts';
import { analyse } from '../../src/report/index.ts';
import { pneumoniaScratch } from '../../src/tasks/2-transfer.ts';
import { betterFrozen, frozenEval, frozenReestimated } from '../../src/tasks/2a-frozen.ts';
import { fineTuned } from '../../src/tasks/2b-trainable.ts';
import { tasks } from '../../src/tasks/index.ts';
import { contextOf } from '../../src/tasks/task.ts';
import { fakeRun } from '../report/fake-run.ts';

const made = (skill: Readonly<Record<string, number>>) =>
  fakeRun({ points: 12, iterations: 5, tasks: ['2', '2a', '2b'], seeds: 3, skill });

describe('the frozen encoder that tasks compare with', () => {
  it.each([
    [frozenEval, frozenReestimated],
    [frozenReestimated, frozenEval],
  ])('is %s where it ranks better on validation, whatever the test images say', (better, other) => {
    const results = made({});
    for (const row of results.rows) {
      if (row.variant === better)
        Object.assign(row, { val: { ...row.val, auc: 0.9 }, test: { ...row.test, auc: 0.6 } });
      if (row.variant === other)
        Object.assign(row, { val: { ...row.val, auc: 0.8 }, test: { ...row.test, auc: 0.9 } });
    }
    const context = contextOf(results, analyse(results, { resamples: 20 }), tasks);
    expect(betterFrozen(context)!.variant).toBe(better);
  });
});

describe('a sentence that compares two recipes', () => {
  const results = made({ [frozenEval]: 1.2, [frozenReestimated]: 1.9, [fineTuned]: 2.6 });
  const analysis = analyse(results, { resamples: 100 });
  const best = frozenReestimated;

  /** Recipes by the words for them. */
  const recipes: Readonly<Record<string, string>> = {
    Trainable: fineTuned,
    'Transferred and trainable': fineTuned,
    Frozen: best,
    frozen: best,
    '“Pneumonia, frozen encoder (batch norm re-estimated)”': best,
    'from scratch': pneumoniaScratch,
    'training from scratch': pneumoniaScratch,
    'Re-estimated statistics': frozenReestimated,
    'evaluation mode': frozenEval,
  };
  const metrics: Readonly<Record<string, MetricName>> = { AUC: 'auc', accuracy: 'accuracy' };

  /** What is compared, by which score: `Trainable, frozen: accuracy`; checks the figures. */
  function comparisons(text: string): string[] {
    const found = text
      .replace(/\s+/g, ' ')
      .matchAll(/(?<=^|[.!?] )([^.:]+?) against ([^:]+?): (\w+) ([+−]?[\d.]+) \(95/g);
    return Array.from(found, ([, a, b, metric, difference]) => {
      const { value } = analysis.difference(recipes[a], recipes[b], metrics[metric])!;
      expect(Number(difference.replace('−', '-')), `${a}, ${b}: ${metric}`).toBeCloseTo(value, 3);
      return `${a}, ${b}: ${metric}`;
    });
  }
  const paragraphs = (page: string, where: string) =>
    Array.from(parseHTML(page).document.querySelectorAll(where)).flatMap((p) =>
      comparisons(p.textContent ?? ''),
    );

  it('in the report', () => {
    const report = buildReport(results, analysis);
    expect(paragraphs(report, '#task-2a p')).toEqual([
      'Frozen, training from scratch: AUC',
      'Re-estimated statistics, evaluation mode: AUC',
    ]);
    expect(paragraphs(report, '#task-2b p')).toEqual([
      'Trainable, “Pneumonia, frozen encoder (batch norm re-estimated)”: AUC',
      'Trainable, frozen: accuracy',
      'Transferred and trainable, from scratch: AUC',
    ]);
  });

  it('in the answers', () => {
    const answers = buildAnswers(results, analysis);
    expect(paragraphs(answers, 'article#frozen p')).toEqual(['Frozen, from scratch: AUC']);
    expect(paragraphs(answers, 'article#trainable p')).toEqual([
      'Trainable, frozen: AUC',
      'Trainable, from scratch: AUC',
    ]);
  });
});
