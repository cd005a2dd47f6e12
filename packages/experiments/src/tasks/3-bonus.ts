/** Task 3: fine-tuning without spoiling the encoder. */
import { mean } from '@glassbox/metrics';
import { dotRowsFigure } from '../figures/compact.ts';
import { COLOURS } from '../figures/style.ts';
import { place } from '../report/code.ts';
import { aucDots, type Context, curves, figure, rowsTable, variantsOf } from '../report/context.ts';
import { headline, scores, standing } from '../report/headline.ts';
import { answered, html, type Part, paragraph } from '../report/html.ts';
import { similarity, spaceOf } from '../report/latent.ts';
import { compared, decimal, forOneSeed, list, scored, verdictWords, whole } from '../report/phrases.ts';
import type { VariantSummary, Verdict } from '../report/statistics.ts';
import { allLayers, baseRate, headLayer, headOnly, wholeNet } from '../training/recipe.ts';
import { chestAll } from './2-transfer.ts';
import { frozenEval, frozenReestimated } from './2a-frozen.ts';
import { fineTuned, trainable } from './2b-trainable.ts';
import type { Task } from './task.ts';

const probeThenTune = '3-linear-probe-fine-tune';
const gradual = '3-gradual-unfreezing';
const discriminative = '3-discriminative-rates';
const warmUp = '3-warm-up';
/** What each remedy does and where it comes from. */
const about: Readonly<Record<string, string>> = {
  [probeThenTune]:
    'The head is trained on the frozen encoder first, and only then is everything released, so the first ' +
    'gradients that reach the encoder come from a head that already means something (Kumar et al., ICLR 2022).',
  [gradual]:
    'Layers are released one after the other from the top, so the lower ones move only when those above have ' +
    'settled (Howard and Ruder 2018).',
  [discriminative]:
    'Everything trains from the start, but each layer slower than the one above it, so the early filters ' +
    'barely move while the head is random (Howard and Ruder 2018).',
  [warmUp]: 'The learning rate rises from near zero, so the steps taken while the head is random are small.',
};

/** The fine-tuning rate after a linear probe (a third of the base rate: Kumar et al. 2022 fine-tune gently). */
const fineTuneRate = 3e-4;
/** Ratio between the rates of neighbouring layers (Howard and Ruder 2018). */
const discriminativeRatio = 2.6;

/** Convolution and its batch norm count as one layer; the head is depth 0, the first convolution depth 4. */
function depth(layer: string): number {
  return layer === headLayer ? 0 : 5 - Number(layer.at(-1));
}

export const bonus = {
  id: '3',
  title: 'Bonus: keeping the encoder whole',
  asks:
    'unfreezing everything after a transfer can destroy the encoder because the head is uninitialised. ' +
    'Deal with it; implement the solution.',
  builtOn: [trainable],
  recipes(protocol) {
    const train = wholeNet(protocol);
    const transferred = { target: 'pneumonia', encoderOf: chestAll } as const;
    return [
      {
        ...transferred,
        variant: probeThenTune,
        name: 'Linear probe, then fine-tune',
        colour: COLOURS.green,
        phases: [
          { ...headOnly(protocol), name: 'linear probe', epochs: protocol.probeEpochs, patience: null },
          { ...train, name: 'fine-tune', rate: () => fineTuneRate },
        ],
        notes: `LP-FT (Kumar et al. 2022): fine-tuning at rate ${fineTuneRate}`,
      },
      {
        ...transferred,
        variant: gradual,
        name: 'Gradual unfreezing',
        colour: COLOURS.pink,
        phases: [{ ...train, layers: (epoch) => allLayers.filter((layer) => depth(layer) < epoch) }],
        notes: 'one layer an epoch from the head down (ULMFiT, Howard and Ruder 2018)',
      },
      {
        ...transferred,
        variant: discriminative,
        name: 'Discriminative learning rates',
        colour: COLOURS.ochre,
        phases: [{ ...train, rate: (layer) => baseRate / discriminativeRatio ** depth(layer) }],
        notes: `each layer's rate is the next one's divided by ${discriminativeRatio} (Howard and Ruder 2018)`,
      },
      {
        ...transferred,
        variant: warmUp,
        name: 'Learning-rate warm-up',
        colour: COLOURS.violet,
        phases: [{ ...train, warmUpEpochs: 2 }],
        notes: 'the rate rises linearly over two epochs while the head settles',
      },
    ];
  },
  latentSpaces: () => [
    { title: 'Pneumonia, linear probe then fine-tune', target: 'pneumonia', weightsOf: probeThenTune },
    { title: 'Pneumonia, gradual unfreezing', target: 'pneumonia', weightsOf: gradual },
    { title: 'Pneumonia, discriminative rates', target: 'pneumonia', weightsOf: discriminative },
    { title: 'Pneumonia, learning-rate warm-up', target: 'pneumonia', weightsOf: warmUp },
  ],
  figures(context) {
    const title = 'Training after the transfer, with care for the encoder';
    return [curves(context, 'pneumonia-curves-3', title, variantsOf(context, ['3']))];
  },
  summary(context) {
    const { analysis } = context;
    // A recipe with an untrained net is no candidate for the best.
    const remedies = variantsOf(context, ['3']).filter((v) => headline(analysis, v.variant)?.shown);
    if (remedies.length === 0) return [];
    const best = bestOnValidation(remedies);
    const ending = standing(analysis, best.variant, fineTuned, 'naive fine-tuning');
    return [html`Of the bonus recipes, ${best.name} is best on validation: ${scores(best)}${ending}.`];
  },
  section,
  questions: [
    {
      id: 'bonus',
      question: 'Bonus: an uninitialised head can destroy the encoder. Deal with it.',
      code: [
        place('probe, then tune', 'experiments/src/tasks/3-bonus.ts', 'variant: probeThenTune,'),
        place('unfreezing', 'experiments/src/tasks/3-bonus.ts', 'variant: gradual,'),
        place('rates by layer', 'experiments/src/tasks/3-bonus.ts', 'variant: discriminative,'),
      ],
      answer,
    },
  ],
} as const satisfies Task;

function bestOnValidation(variants: readonly VariantSummary[]): VariantSummary {
  return variants.reduce((a, b) => (b.val.auc.mean > a.val.auc.mean ? b : a));
}

function section(context: Context): Part {
  const remedies = variantsOf(context, ['3'], 'pneumonia');
  if (remedies.length === 0) return undefined;
  const naive = context.analysis.find(fineTuned);
  const rows = naive ? [naive, ...remedies] : remedies;
  return html`<ul>${remedies.map(({ variant, name, rows: [{ training }] }) => {
    const { notes } = training;
    return html`<li><b>${name}.</b> ${about[variant]}${notes && ` Here: ${notes}.`}</li>`;
  })}</ul>
${rowsTable(context, rows)}
${figure(context, 'pneumonia-curves-3')}
${answered('Is the encoder destroyed, and does a remedy help?', ...verdict(context, naive, remedies))}`;
}

function verdict(
  context: Context,
  naive: VariantSummary | undefined,
  remedies: readonly VariantSummary[],
): Part[] {
  const { analysis } = context;
  const parts: Part[] = [];
  // The untouched weights under the target's batch-norm statistics, which every fine-tuned net has.
  const origin = spaceOf(context, frozenReestimated) ?? spaceOf(context, frozenEval);
  if (origin) {
    const kept = [...(naive ? [naive] : []), ...remedies].flatMap((v) => {
      const alike = similarity(context, origin.id, v.variant);
      return alike ? [{ name: v.name, cka: alike.cka, naive: v.variant === fineTuned }] : [];
    });
    const base = kept.find((one) => one.naive);
    if (kept.length > 1 && base) {
      const above = kept.filter((one) => !one.naive && one.cka > base.cka + 0.02);
      parts.push(
        paragraph(
          html`<b>How much of the encoder survives</b> can be measured: similarity (CKA) of each
          fine-tuned latent space with that of the untouched encoder (“${origin.title}”) on the same
          images is ${list(kept.map((one) => `${decimal(one.cka, 2)} for ${one.name}`))}.`,
          above.length === 0
            ? `None of the remedies looked at keeps visibly more of it than naive fine-tuning does.`
            : `${list(above.map((one) => one.name))} ${above.length === 1 ? 'keeps' : 'keep'} more of it ` +
                'than naive fine-tuning, by this measure.',
        ),
      );
    }
  }
  if (naive) {
    const early = firstEpoch([naive, ...remedies]);
    parts.push(
      early && paragraph(`${early}`),
      html`<ul>${remedies.map(({ variant, name }) => {
        const names = [name, 'naive fine-tuning'] as const;
        return html`<li>${compared(analysis, variant, fineTuned, 'auc', names)}</li>`;
      })}</ul>`,
    );
    const by = (verdict: Verdict): VariantSummary[] =>
      remedies.filter((v) => analysis.difference(v.variant, fineTuned, 'auc')?.verdict === verdict);
    const [better, worse] = [by('higher'), by('lower')];
    parts.push(
      paragraph(
        better.length > 0
          ? html`<b>${list(better.map((v) => v.name))} ${better.length === 1 ? 'is' : 'are'} shown to
          improve on naive fine-tuning</b> by AUC${forOneSeed(naive.seeds.length)}.`
          : html`<b>No remedy is shown to improve on naive fine-tuning</b> by AUC in this run.`,
        worse.length > 0 &&
          `${list(worse.map((v) => v.name))} ${worse.length === 1 ? 'falls' : 'fall'} short of ` +
            `it${forOneSeed(naive.seeds.length)}.`,
        better.length === 0 &&
          'A likely reason: with a small net, a small learning rate and ' +
            `${whole(naive.rows[0].training.trainImages)} target labels, what a random head spoils in the ` +
            'first steps is learnt again in the following ones; the remedies were made for large encoders ' +
            'and few labels.',
      ),
    );
  }
  const chosen = bestOnValidation([...remedies, ...(naive ? [naive] : [])]);
  parts.push(
    paragraph(
      `Chosen by validation AUC (${decimal(chosen.val.auc.mean)}), as one would have to, the recipe to ` +
        `use is ${chosen.name}: on test ${scored(chosen, 'auc')}, ${scored(chosen, 'accuracy')}.`,
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

function answer(context: Context) {
  const { analysis } = context;
  const remedies = variantsOf(context, ['3']);
  if (remedies.length === 0) return undefined;
  const naive = analysis.find(fineTuned);
  const differences = remedies.flatMap((v) => {
    const difference = analysis.difference(v.variant, fineTuned, 'auc');
    return difference ? [{ name: v.name, difference }] : [];
  });
  const decided = differences.filter(({ difference }) => difference.verdict !== 'undecided');
  const others = decided.length < differences.length ? '; the others are not shown to differ' : '';
  const best = bestOnValidation(remedies);
  return {
    text: paragraph(
      naive &&
        (decided.length === 0
          ? html`<b>No remedy is shown to differ from naive fine-tuning</b> by AUC: with a small net and
          a small rate, what a random head spoils is learnt again.`
          : html`<b>Against naive fine-tuning, AUC is
          ${list(decided.map(({ name, difference }) => `${verdictWords(difference)} by ${name}`))}</b>${others}.`),
      `Tried: ${list(remedies.map((v) => v.name))}. Best on validation: ${best.name}, with ` +
        `${scored(best, 'auc')} and ${scored(best, 'accuracy')} on test.`,
    ),
    figure: dotRowsFigure(
      'answer-bonus',
      `Test AUC on ${context.names.pneumonia.short}`,
      aucDots(context, [fineTuned, ...remedies.map(({ variant }) => variant)]),
      'AUC',
    ),
  };
}
