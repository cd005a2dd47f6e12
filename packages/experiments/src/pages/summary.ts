/** The headline findings, each a sentence that the sections below take up. */
import type { Context } from '../report/context.ts';
import { html, type Part, paragraph } from '../report/html.ts';
import { imagesUsed, list } from '../report/phrases.ts';
import { TARGETS } from '../report/results.ts';
import type { Task } from '../tasks/task.ts';

/** "In short". */
export function summary(context: Context, tasks: readonly Task[]): Part {
  const points = tasks.flatMap((task) => task.summary?.(context) ?? []).filter(Boolean);
  if (points.length === 0) return paragraph('This run holds no trained net yet.');
  const { summaries } = context.analysis;
  return html`<h2 id="in-short">In short</h2><ul>${points.map((point) => html`<li>${point}</li>`)}</ul>${paragraph(
    summaries.every((v) => v.seeds.length > 1)
      ? 'Scores are of the test sets, mean ± deviation over seeds; “not shown to differ” means that the ' +
          '95 % interval of the difference includes zero.'
      : 'Scores are of the test sets; “not shown to differ” means that the 95 % interval of the ' +
          'difference includes zero. With one seed that interval covers the choice of test images, not the ' +
          'luck of training: run with --seeds 3 or more before believing a difference.',
    partOfTheData(context),
  )}`;
}

/** Where a budget took part of the labelled images only. */
function partOfTheData({ results, baseline }: Context): string | undefined {
  const parts = TARGETS.flatMap((target) => {
    const training = baseline(target)?.rows[0].training;
    if (!training || (training.availableImages ?? 0) <= training.trainImages) return [];
    return `${imagesUsed(training)} (${target})`;
  });
  if (parts.length === 0) return undefined;
  return (
    `The ${results.budget} budget trained on part of the labelled data: ${list(parts)}; --budget full ` +
    'takes all of them.'
  );
}
