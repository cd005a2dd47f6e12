/** The headline findings, each a sentence that the sections below take up. */
import type { Context } from './context.ts';
import { fairPair, headline } from './headline.ts';
import { html, type Part, paragraph } from './html.ts';
import { decimal, imagesUsed, list, spread, verdictWords, whole } from './phrases.ts';
import type { VariantId } from './results.ts';
import type { VariantSummary } from './statistics.ts';

/** "In short". */
export function summary(context: Context): Part {
  const { analysis } = context;
  const points: Part[] = [];
  const few = analysis.find('1a-scratch');
  const scratch = headline(analysis, '1a-scratch');
  if (few && scratch) {
    points.push(line(`${whole(few.rows[0].training.trainImages)} chest labels from scratch`, scratch));
  }
  const tuned = headline(analysis, '1c-autoencoder');
  if (tuned) {
    points.push(line('With autoencoder weights', tuned, change(context, '1c-autoencoder', '1a-scratch')));
  }
  const source = headline(analysis, '2-chest-all');
  if (source?.note) points.push(line('The source net of every transfer', source));
  const base = headline(analysis, '2-pneumonia-scratch');
  if (base) points.push(line('Pneumonia from scratch', base));
  for (const id of ['2a-frozen-bn-eval', '2a-frozen-bn-reestimated', '2b-trainable'] as const) {
    const found = headline(analysis, id);
    if (found) points.push(line(analysis.find(id)!.name, found, change(context, id, '2-pneumonia-scratch')));
  }
  // A recipe with an untrained net is no candidate for the best.
  const remedies = analysis.summaries.filter((v) => v.task === '3' && headline(analysis, v.variant)?.shown);
  if (remedies.length > 0) {
    const best = remedies.reduce((a, b) => (b.val.auc.mean > a.val.auc.mean ? b : a));
    points.push(
      html`Of the bonus recipes, ${best.name} is best on validation: ${scores(best)}${change(context, best.variant, '2b-trainable', 'naive fine-tuning')}.`,
    );
  }
  if (points.length === 0) return paragraph('This run holds no trained net yet.');
  return html`<h2 id="in-short">In short</h2><ul>${points.map((point) => html`<li>${point}</li>`)}</ul>${paragraph(
    analysis.summaries.every((v) => v.seeds.length > 1)
      ? 'Scores are of the test sets, mean ± deviation over seeds; “not shown to differ” means that the 95 % interval of the difference includes zero.'
      : 'Scores are of the test sets; “not shown to differ” means that the 95 % interval of the difference includes zero. With one seed that interval covers the choice of test images, not the luck of training: run with --seeds 3 or more before believing a difference.',
    partOfTheData(context),
  )}`;
}

const scores = (v: VariantSummary): string =>
  `AUC ${spread(v.test.auc)}, accuracy ${spread(v.test.accuracy)}`;

function line(name: string, { shown, note }: { shown?: VariantSummary; note?: string }, ending = ''): Part {
  if (!shown) return html`${name}: <b>no score to go by</b>: ${note}.`;
  return html`${name}: ${scores(shown)}${note ? ` (${note})` : ''}${ending}.`;
}

/** How a recipe's AUC stands to another's, between nets that were trained. */
function change(context: Context, a: VariantId, b: VariantId, name = 'training from scratch'): string {
  const pair = fairPair(context.analysis, a, b);
  const difference = pair && context.analysis.difference(pair.a, pair.b, 'auc');
  if (!difference) return '';
  const both = pair.replaced ? ', both kept by AUC' : '';
  if (difference.verdict === 'undecided') return `; AUC not shown to differ from ${name}${both}`;
  return `; AUC ${verdictWords(difference)} than ${name} by ${decimal(Math.abs(difference.value))}${both}`;
}

/** Where a budget took part of the labelled images only. */
function partOfTheData({ analysis, results }: Context): string | undefined {
  const parts = (['2-chest-all', '2-pneumonia-scratch'] as const).flatMap((id) => {
    const training = analysis.find(id)?.rows[0].training;
    if (!training || (training.availableImages ?? 0) <= training.trainImages) return [];
    return `${imagesUsed(training)} (${analysis.find(id)!.target})`;
  });
  if (parts.length === 0) return undefined;
  return `The ${results.budget} budget trained on part of the labelled data: ${list(parts)}; --budget full takes all of them.`;
}
