/** Task 3: fine-tuning without spoiling the encoder. */

import { mean } from '@glassbox/metrics';
import { type Context, figure, rowsTable, type Section, variantsOf } from '../context.ts';
import { answered, html, type Part, paragraph } from '../html.ts';
import { compared, decimal, list, scored, whole } from '../phrases.ts';
import type { KnownVariantId } from '../results.ts';
import type { VariantSummary, Verdict } from '../statistics.ts';
import { similarity } from './latent.ts';

/** What each remedy does and where it comes from. */
const REMEDIES: Partial<Record<KnownVariantId, string>> = {
  '3-linear-probe-fine-tune':
    'The head is trained on the frozen encoder first, and only then is everything released, so the first gradients that reach the encoder come from a head that already means something (Kumar et al., ICLR 2022).',
  '3-gradual-unfreezing':
    'Layers are released one after the other from the top, so the lower ones move only when those above have settled (Howard and Ruder 2018).',
  '3-discriminative-rates':
    'Everything trains from the start, but each layer slower than the one above it, so the early filters barely move while the head is random (Howard and Ruder 2018).',
  '3-warm-up':
    'The learning rate rises from near zero, so the steps taken while the head is random are small.',
};

/** Task 3. */
export function bonus(context: Context): Section | undefined {
  const remedies = variantsOf(context, ['3'], 'pneumonia');
  if (remedies.length === 0) return undefined;
  const naive = context.analysis.find('2b-trainable');
  const rows = naive ? [naive, ...remedies] : remedies;
  return {
    id: 'task-3',
    title: '3  Bonus: keeping the encoder whole',
    body: html`
<p class="asks">The sheet asks: unfreezing everything after a transfer can destroy the encoder because the head is uninitialised. Deal with it; implement the solution.</p>
<ul>${remedies.map((v) => {
      const text = REMEDIES[v.variant as KnownVariantId] ?? v.rows[0].training.notes ?? '';
      return html`<li><b>${v.name}.</b> ${text}${v.rows[0].training.notes && text !== v.rows[0].training.notes ? html` Here: ${v.rows[0].training.notes}.` : undefined}</li>`;
    })}</ul>
${rowsTable(context, rows)}
${figure(context, 'pneumonia-curves-3')}
${answered('Is the encoder destroyed, and does a remedy help?', ...verdict(context, naive, remedies))}`,
  };
}

function verdict(
  context: Context,
  naive: VariantSummary | undefined,
  remedies: readonly VariantSummary[],
): Part[] {
  const { analysis } = context;
  const parts: Part[] = [];
  // The untouched weights under the target's batch-norm statistics, which every fine-tuned net has.
  const origin =
    context.results.embeddings.find((s) => s.id === '2a-frozen-bn-reestimated') ??
    context.results.embeddings.find((s) => s.id === '2a-frozen-bn-eval');
  if (origin) {
    const kept = [...(naive ? [naive] : []), ...remedies].flatMap((v) => {
      const alike = similarity(context, origin.id, v.variant);
      return alike ? [{ name: v.name, cka: alike.cka, naive: v.variant === '2b-trainable' }] : [];
    });
    const base = kept.find((one) => one.naive);
    if (kept.length > 1 && base) {
      const above = kept.filter((one) => !one.naive && one.cka > base.cka + 0.02);
      parts.push(
        paragraph(
          html`<b>How much of the encoder survives</b> can be measured: similarity (CKA) of each fine-tuned latent space with that of the untouched encoder (“${origin.title}”) on the same images is ${list(kept.map((one) => `${decimal(one.cka, 2)} for ${one.name}`))}.`,
          above.length === 0
            ? `None of the remedies looked at keeps visibly more of it than naive fine-tuning does.`
            : `${list(above.map((one) => one.name))} ${above.length === 1 ? 'keeps' : 'keep'} more of it than naive fine-tuning, by this measure.`,
        ),
      );
    }
  }
  if (naive) {
    const early = firstEpoch([naive, ...remedies]);
    parts.push(
      early && paragraph(`${early}`),
      html`<ul>${remedies.map((v) => html`<li>${compared(analysis, v.variant, '2b-trainable', 'auc', [v.name, 'naive fine-tuning'])}</li>`)}</ul>`,
    );
    const by = (verdict: Verdict): VariantSummary[] =>
      remedies.filter((v) => analysis.difference(v.variant, '2b-trainable', 'auc')?.verdict === verdict);
    const [better, worse] = [by('higher'), by('lower')];
    parts.push(
      paragraph(
        better.length > 0
          ? html`<b>${list(better.map((v) => v.name))} ${better.length === 1 ? 'is' : 'are'} shown to improve on naive fine-tuning</b> by AUC${naive.seeds.length === 1 ? ' for this one seed' : ''}.`
          : html`<b>No remedy is shown to improve on naive fine-tuning</b> by AUC in this run.`,
        worse.length > 0 &&
          `${list(worse.map((v) => v.name))} ${worse.length === 1 ? 'falls' : 'fall'} short of it${naive.seeds.length === 1 ? ' for this one seed' : ''}.`,
        better.length === 0 &&
          `A likely reason: with a small net, a small learning rate and ${whole(naive.rows[0].training.trainImages)} target labels, what a random head spoils in the first steps is learnt again in the following ones; the remedies were made for large encoders and few labels.`,
      ),
    );
  }
  const [chosen] = [...remedies, ...(naive ? [naive] : [])].sort((a, b) => b.val.auc.mean - a.val.auc.mean);
  parts.push(
    paragraph(
      `Chosen by validation AUC (${decimal(chosen.val.auc.mean)}), as one would have to, the recipe to use is ${chosen.name}: on test ${scored(chosen, 'auc')}, ${scored(chosen, 'accuracy')}.`,
    ),
  );
  return parts;
}

function firstEpoch(variants: readonly VariantSummary[]): string | undefined {
  const losses = variants.flatMap((v) => {
    const first = v.rows.flatMap((row) => row.history.slice(0, 1).map((r) => r.valLoss));
    return first.length > 0 ? [`${decimal(mean(first))} for ${v.name}`] : [];
  });
  return losses.length > 1 ? `Validation loss after the first epoch: ${list(losses)}.` : undefined;
}
