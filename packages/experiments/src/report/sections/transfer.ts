import { mean } from '@glassbox/metrics';
import { type Context, figure, rowsTable, type Section, separationTable, variantsOf } from '../context.ts';
import { nameOf } from '../data-names.ts';
import { standIn } from '../headline.ts';
import { answered, html, type Part, paragraph } from '../html.ts';
import {
  type Conclusion,
  compared,
  conclude,
  decimal,
  imagesUsed,
  scored,
  signed,
  spread,
  whole,
} from '../phrases.ts';
import type { VariantSummary } from '../statistics.ts';
import { separationAnswer } from './chest.ts';
import { limitNote, untrained } from './stopping.ts';

/** Task 2. */
export function transfer(context: Context): Section | undefined {
  const source = variantsOf(context, ['2'], 'chest');
  const baseline = variantsOf(context, ['2'], 'pneumonia');
  if (source.length === 0 && baseline.length === 0) return undefined;
  return {
    id: 'task-2',
    title: '2  Transfer: source and target',
    body: html`
<p class="asks">The sheet asks: train on ChestMNIST with all data; PneumoniaMNIST is the small target.</p>
${source.length > 0 ? html`<h3>Source: ${nameOf(context.results.data, 'chest').short}, ${imagesUsed(source[0].rows[0].training)}</h3>${rowsTable(context, source)}${figure(context, 'chest-curves-2')}` : undefined}
${baseline.length > 0 ? html`<h3>Target: ${nameOf(context.results.data, 'pneumonia').short}, ${imagesUsed(baseline[0].rows[0].training)}, from scratch</h3>${rowsTable(context, baseline)}${figure(context, 'pneumonia-curves-2')}` : undefined}
${answered('What do the two starting points look like?', ...startingPoints(context, source[0], baseline[0]))}`,
  };
}

function startingPoints(context: Context, source?: VariantSummary, baseline?: VariantSummary): Part[] {
  const few = standIn(context.analysis, '1a-scratch');
  const all = standIn(context.analysis, '2-chest-all');
  return [
    source &&
      paragraph(
        `The source net scores ${scored(source, 'auc')} on healthy against diseased, trained on ${imagesUsed(source.rows[0].training)} of ${nameOf(context.results.data, 'chest').long}.`,
        all &&
          few &&
          compared(context.analysis, all.variant, few.variant, 'auc', [
            `${whole(all.rows[0].training.trainImages)} labels`,
            `${whole(few.rows[0].training.trainImages)} labels${few.variant === '1a-scratch' ? '' : ' kept by AUC'}`,
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
  const fall = v.test.accuracy.mean - v.val.accuracy.mean;
  const aucFall = v.test.auc.mean - v.val.auc.mean;
  const bias = v.test.sensitivity.mean - v.test.specificity.mean;
  return [
    `${source && apart(v, source) ? 'The target is the easier task (the intervals of the two AUCs do not meet)' : 'The target'}: ${scored(v, 'auc')}, ${scored(v, 'accuracy')} from scratch on ${imagesUsed(v.rows[0].training)}.`,
    `From validation to test, accuracy at 0.5 changes by ${signed(fall)} (${decimal(v.val.accuracy.mean)} to ${decimal(v.test.accuracy.mean)}) and AUC by ${signed(aucFall)}.`,
    fall < -0.03 &&
      (Math.abs(bias) > 0.1
        ? `On the test set sensitivity is ${decimal(v.test.sensitivity.mean)} and specificity ${decimal(v.test.specificity.mean)}: the net still ranks, but ${bias > 0 ? 'calls too many normal images pneumonia' : 'misses too many pneumonias'} at that threshold.`
        : undefined),
    fall < -0.03 &&
      (v.test.accuracyAtValThreshold.mean - v.test.accuracy.mean > 0.01
        ? `A threshold from validation recovers ${decimal(v.test.accuracyAtValThreshold.mean - v.test.accuracy.mean)} of it.`
        : `A threshold from validation does not repair it (${spread(v.test.accuracyAtValThreshold)}): the shift lies between the splits, so no choice made on validation can see it.`),
  ];
}

const FROZEN = ['2a-frozen-bn-eval', '2a-frozen-bn-reestimated'] as const;

/** The frozen recipe with the higher mean validation AUC: chosen without looking at test. */
export function betterFrozen(context: Context): VariantSummary | undefined {
  const found = FROZEN.map((id) => context.analysis.find(id)).filter((v) => v !== undefined);
  return found.reduce<VariantSummary | undefined>(
    (best, v) => (best === undefined || v.val.auc.mean > best.val.auc.mean ? v : best),
    undefined,
  );
}

/** Task 2a. */
export function frozen(context: Context): Section | undefined {
  const variants = variantsOf(context, ['2a'], 'pneumonia');
  if (variants.length === 0) return undefined;
  const settings = variants[0].rows[0].training;
  const scratch = context.analysis.find('2-pneumonia-scratch');
  const ids = variants.map((v) => v.variant);
  return {
    id: 'task-2a',
    title: '2a  Frozen encoder',
    body: html`
<p class="asks">The sheet asks: transfer the chest encoder, freeze all but the fully connected head, examine the latent space.</p>
${paragraph(
  `Frozen means frozen: no gradient is computed for the encoder and the optimiser does not hold its parameters${settings.trainableParameters !== undefined && settings.totalParameters !== undefined ? ` (${whole(settings.trainableParameters)} of ${whole(settings.totalParameters)} parameters are trained)` : ''}.`,
  `Batch norm’s scale and shift are frozen in both rows; its running statistics either stay those of the chest images (evaluation mode) or are re-estimated on the target’s.`,
)}
${rowsTable(context, scratch ? [scratch, ...variants] : variants)}
${figure(context, 'pneumonia-latent-2a')}
${separationTable(context, [...ids])}
${answered('Why is this often done in the literature? What is tested?', ...whyFrozen(context))}
${answered('What does the latent space show?', ...latentOf(context, ids))}`,
  };
}

function whyFrozen(context: Context): Part[] {
  const { analysis } = context;
  const best = betterFrozen(context);
  if (!best) return [];
  const statistics = compared(analysis, '2a-frozen-bn-reestimated', '2a-frozen-bn-eval', 'auc', [
    'Re-estimated statistics',
    'evaluation mode',
  ]);
  const verdict = conclude(analysis, '2a-frozen-bn-reestimated', '2a-frozen-bn-eval', ['auc'])?.kind;
  const settings = best.rows[0].training;
  return [
    paragraph(
      html`<b>It tests the representation, not the training.</b> With the encoder fixed, the head is a logistic regression on its features: the score says how much about the target is linearly readable from what the source taught. It is cheap (the features could be computed once), has few parameters to overfit${settings.trainableParameters !== undefined ? ` (${whole(settings.trainableParameters)})` : ''}, and compares pre-trainings on equal terms, hence its use as the “linear probe” of the literature.`,
    ),
    paragraph(
      `Here “${best.name}”${FROZEN.every((id) => analysis.find(id)) ? ', the better of the two on validation,' : ''} reaches ${scored(best, 'auc')} and ${scored(best, 'accuracy')}.`,
      compared(analysis, best.variant, '2-pneumonia-scratch', 'auc', ['Frozen', 'training from scratch']),
      limitNote(
        FROZEN.flatMap((id) => analysis.find(id)?.rows ?? []),
        'frozen nets',
      ),
    ),
    statistics &&
      paragraph(
        statistics,
        verdict === 'better'
          ? `A likely reason: the two domains differ in exposure and anatomy, so the chest’s statistics do not normalise the target’s activations; adapting a few means and variances without labels repairs part of it.`
          : verdict === 'worse'
            ? `Changing the statistics moves the features away from what the source’s convolutions and scales were fitted to.`
            : undefined,
      ),
  ];
}

function latentOf(context: Context, ids: readonly string[]): Part[] {
  const shown = context.results.embeddings.filter((s) => ids.includes(s.id));
  if (shown.length === 0) return [paragraph('No latent space of this task was recorded in this run.')];
  return shown.flatMap((s) => [
    shown.length > 1 ? html`<p><b>${s.title}</b></p>` : undefined,
    ...separationAnswer(s),
  ]);
}

/** Task 2b. */
export function trainable(context: Context): Section | undefined {
  const variants = variantsOf(context, ['2b'], 'pneumonia');
  if (variants.length === 0) return undefined;
  const others = variantsOf(context, ['2', '2a'], 'pneumonia');
  return {
    id: 'task-2b',
    title: '2b  Trainable encoder',
    body: html`
<p class="asks">The sheet asks: the same, left trainable; examine the latent space again.</p>
${rowsTable(context, [...others, ...variants])}
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
${figure(context, 'pneumonia-val-test')}`,
  };
}

function whichBetter(context: Context): Part[] {
  const { analysis } = context;
  const free = analysis.find('2b-trainable');
  const best = betterFrozen(context);
  const scratch = analysis.find('2-pneumonia-scratch');
  if (!free) return [];
  const parts: Part[] = [];
  if (best) {
    const conclusion = conclude(analysis, '2b-trainable', best.variant);
    parts.push(
      paragraph(
        html`<b>${betterOfTwo(conclusion)}</b>`,
        compared(analysis, '2b-trainable', best.variant, 'auc', ['Trainable', `“${best.name}”`]),
        compared(analysis, '2b-trainable', best.variant, 'accuracy', ['Trainable', 'frozen']),
      ),
    );
    const images = free.rows[0].training.trainImages;
    if (conclusion?.kind === 'better') {
      parts.push(
        paragraph(
          `${whole(images)} labelled target images are enough to adapt all the filters, and the source’s are not quite what the target needs: frozen, they leave the head no more than is linearly readable from them${probes(context, best.variant)}.`,
          best.bestEpoch > free.bestEpoch &&
            `The frozen head also needs more epochs to its best state (${decimal(best.bestEpoch, 0)} against ${decimal(free.bestEpoch, 0)}${onAverage(free)}).`,
        ),
      );
    } else if (conclusion?.kind === 'worse') {
      parts.push(
        paragraph(
          `With ${whole(images)} labels, adapting everything lost more than it gained; a likely reason is that the head alone has fewer parameters to overfit${gapOf(free)}.`,
        ),
      );
    }
  }
  if (scratch) {
    const conclusion = conclude(analysis, '2b-trainable', '2-pneumonia-scratch');
    parts.push(
      paragraph(
        compared(analysis, '2b-trainable', '2-pneumonia-scratch', 'auc', [
          'Transferred and trainable',
          'from scratch',
        ]),
        conclusion?.kind === 'better'
          ? `So the chest images did teach something that the target’s own labels did not.`
          : conclusion?.kind === 'worse'
            ? `So on this target the source was worse than no source.`
            : conclusion?.kind === 'undecided'
              ? `So in final quality nothing shows that the transfer was needed: the target has enough labels for a net of this size.`
              : conclusion &&
                `The scores do not agree on the use of the transfer (${conclusion.words}), so this run does not settle it.`,
        speed(free, scratch),
      ),
    );
  }
  return parts;
}

/** The answer to “which worked better”, from all scores together. */
export function betterOfTwo(conclusion: Conclusion | undefined): string {
  const seed = conclusion?.seeds === 1 ? ' for this one seed' : '';
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
  const [frozen, free] = [frozenId, '2b-trainable'].map((id) =>
    context.results.embeddings.find((s) => s.id === id && s.target === 'pneumonia'),
  );
  if (!frozen || !free) return '';
  return ` (probe AUC ${decimal(frozen.separation.probeAuc)}, after adapting ${decimal(free.separation.probeAuc)})`;
}

function gapOf(v: VariantSummary): string {
  const known = v.rows.filter((row) => row.train !== undefined);
  if (known.length === 0) return '';
  return ` (accuracy ${decimal(mean(known.map((row) => row.train!.accuracy)))} on training images, ${decimal(v.test.accuracy.mean)} on test)`;
}

const onAverage = ({ seeds }: VariantSummary): string => (seeds.length > 1 ? ' on average' : '');

/** Whether transfer saves time: validation loss after the first epoch and epochs to the best. */
function speed(free: VariantSummary, scratch: VariantSummary): string | undefined {
  const first = (v: VariantSummary): number[] =>
    v.rows.flatMap((row) => row.history.slice(0, 1).map((r) => r.valLoss));
  const [a, b] = [first(free), first(scratch)];
  if (a.length === 0 || b.length === 0) return undefined;
  return `After one epoch the validation loss is ${decimal(mean(a))} with the transfer and ${decimal(mean(b))} without; the best epoch comes at ${decimal(free.bestEpoch, 0)} against ${decimal(scratch.bestEpoch, 0)}${onAverage(free)}.`;
}
