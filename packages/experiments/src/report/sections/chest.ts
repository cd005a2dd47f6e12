/** Tasks 1a and 1b: little data, and what the latent space of that net shows. */
import { alwaysHealthy, mean } from '@glassbox/metrics';
import { type Context, figure, rowsTable, type Section, separationTable, variantsOf } from '../context.ts';
import { nameOf } from '../data-names.ts';
import { standIn } from '../headline.ts';
import { answered, html, type Part, paragraph, table } from '../html.ts';
import { aboveChance, keptUntrained, provenToRank } from '../learning.ts';
import { against, decimal, imagesUsed, percent, seedCount, signed, spread, whole } from '../phrases.ts';
import type { EmbeddingSituation, LabelDistribution } from '../results.ts';
import { probeAboveChance, probeDifference } from './probe.ts';
import { selectionAnswer } from './stopping.ts';

/** Task 1a. */
export function lowData(context: Context): Section | undefined {
  const variants = variantsOf(context, ['1a'], 'chest');
  const distributions = context.results.labelDistributions.filter((d) => d.target === 'chest');
  if (variants.length === 0) return undefined;
  const [net] = variants;
  const used = net.rows[0].training;
  const findings = distributions.find((d) => d.findings.length > 0);
  return {
    id: 'task-1a',
    title: '1a  Low-data performance',
    body: html`
<p class="asks">The sheet asks: train a simple model on ChestMNIST with 300 labels, the 14 findings turned into healthy or diseased; compute accuracy in the test function.</p>
${paragraph(
  `The net of the sheet (four strided convolutions with batch norm, a linear head on a 512-wide embedding) was trained on ${imagesUsed(used)} of ${nameOf(context.results.data, 'chest').long} with ${seedCount(net.seeds.length)}, ${used.optimizer}, learning rate ${used.learningRate}, batches of ${used.batchSize}.`,
  findings && `An image is diseased where any of its ${findings.findings.length} findings is set.`,
  `Model and threshold were chosen on the validation split; the test split was scored once for each net.`,
)}
${rowsTable(context, variants)}
${baselineTable(context)}
${figure(context, 'labels-findings')}
${figure(context, 'labels-class-balance')}
${figure(context, 'chest-curves-1')}
${answered(
  'Is accuracy appropriate here? Argue from the data distribution.',
  ...accuracyAnswer(context, distributions),
)}
${answered(
  'What selects a model better than a fixed number of steps, so that a very high epoch count can be set without overfitting much, and how is the best model picked if we may overshoot the optimum?',
  ...selectionAnswer(context),
)}
${figure(context, 'chest-confusion')}
${figure(context, 'chest-roc-pr')}
${figure(context, 'chest-calibration')}`,
  };
}

function baselineTable(context: Context): Part {
  const labels = context.results.truth.chest?.test;
  if (!labels?.length) return undefined;
  const constant = alwaysHealthy(labels);
  return table(
    [
      'Without any net',
      'accuracy',
      'AUC',
      'balanced accuracy',
      'average precision',
      'sensitivity',
      'specificity',
      'MCC',
    ],
    [
      [
        'always healthy',
        ...[
          constant.accuracy,
          constant.auc,
          constant.balancedAccuracy,
          constant.averagePrecision,
          constant.sensitivity,
          constant.specificity,
          constant.mcc,
        ].map((value) => decimal(value)),
      ],
    ],
    `What the answer “healthy” for each of the ${whole(labels.length)} test images of ${nameOf(context.results.data, 'chest').short} scores`,
  );
}

function accuracyAnswer(context: Context, distributions: readonly LabelDistribution[]): Part[] {
  const [first] = variantsOf(context, ['1a'], 'chest');
  // A net that was kept before it had learnt says nothing of accuracy: the same training kept by AUC stands in.
  const net = standIn(context.analysis, first.variant) ?? first;
  const which = net === first ? 'the net' : 'the net (kept by validation AUC)';
  const labels = context.results.truth.chest?.test;
  const parts: Part[] = [];
  if (labels?.length) {
    const constant = alwaysHealthy(labels);
    const larger = Math.max(constant.accuracy, 1 - constant.accuracy);
    const place = against(net.test.accuracy, constant.accuracy);
    const standing = {
      above: `The net’s interval lies above that: it has learnt something that accuracy can see.`,
      below: `The net’s interval lies below that: by accuracy, saying “healthy” without looking would have been the better choice.`,
      undecided: `The net’s interval includes that value, so by accuracy alone it cannot be told from a net that never looks at the image.`,
    }[place];
    const gap = net.test.sensitivity.mean - net.test.specificity.mean;
    parts.push(
      paragraph(
        larger < 0.6
          ? html`<b>As a first look, yes; as the only score, no.</b> The binary task is nearly balanced (${percent(1 - constant.accuracy)} of the test images of ${nameOf(context.results.data, 'chest').short} are diseased), so accuracy is not grossly inflated by one class.`
          : html`<b>No, not on its own.</b> One class makes up ${percent(larger)} of the test images of ${nameOf(context.results.data, 'chest').short}, so a constant answer already scores ${decimal(larger)}.`,
        `Always answering “healthy” scores ${decimal(constant.accuracy)}${constant.accuracy < 0.5 ? ` (always “diseased” ${decimal(1 - constant.accuracy)})` : ''}; ${which} scores ${spread(net.test.accuracy)}${net.test.accuracy.interval ? ` (95 % interval ${decimal(net.test.accuracy.interval[0])} to ${decimal(net.test.accuracy.interval[1])})` : ''}.`,
        standing,
      ),
      paragraph(
        `What accuracy hides shows in the scores beside it: balanced accuracy ${spread(net.test.balancedAccuracy)} and MCC ${spread(net.test.mcc)} are 0.5 and 0 for any constant answer; AUC ${spread(net.test.auc)} needs no threshold at all.`,
        Math.abs(gap) > 0.99
          ? `At 0.5 the net calls every image ${gap > 0 ? 'diseased' : 'healthy'}: its accuracy is nothing but the share of that class.`
          : Math.abs(gap) > 0.1
            ? `At 0.5 the net ${gap > 0 ? 'over-calls disease' : 'misses disease'}: sensitivity ${decimal(net.test.sensitivity.mean)} against specificity ${decimal(net.test.specificity.mean)}, two errors of very different cost to a patient that accuracy adds up as if they were one.`
            : `Sensitivity ${decimal(net.test.sensitivity.mean)} and specificity ${decimal(net.test.specificity.mean)} are near each other at 0.5; a screening use would still weigh a missed disease more than a false alarm, which accuracy does not.`,
        `A threshold chosen on validation changes accuracy by ${signed(net.test.accuracyAtValThreshold.mean - net.test.accuracy.mean)}; the calibration error is ${decimal(net.test.calibrationError.mean)}.`,
      ),
    );
  }
  const findings = distributions.find((d) => d.findings.length > 0);
  if (findings) {
    const sorted = [...findings.findings].sort((a, b) => a.count - b.count);
    const rarest = sorted[0];
    const commonest = sorted[sorted.length - 1];
    const never = mean(findings.findings.map(({ count }) => 1 - count / findings.n));
    parts.push(
      paragraph(
        `On the ${findings.findings.length} findings one by one accuracy would be useless: in ${nameOf(context.results.data, 'chest').short} they range from ${commonest.name} in ${percent(commonest.count / findings.n)} of the images to ${rarest.name} in ${percent(rarest.count / findings.n)} (${whole(rarest.count)} of ${whole(findings.n)}). Never reporting anything would average an accuracy of ${decimal(never)} over all of them.`,
        chestIsReal(context) &&
          `A published ResNet-18 has accuracy .947 on ChestMNIST’s own test set, with an AUC of .768: there the ranking, not the accuracy, says what was learnt.`,
      ),
    );
  }
  return parts;
}

const chestIsReal = ({ results }: Context): boolean =>
  results.data.some((d) => d.target === 'chest' && d.kind === 'real');

/** The chest space that 1b speaks of: that of task 1a's net where it was embedded. */
export function shownChestSpace({ results }: Context): EmbeddingSituation | undefined {
  const chest = results.embeddings.filter((s) => s.target === 'chest');
  return chest.find((s) => s.id === '1a-scratch') ?? chest[0];
}

/** Task 1b. */
export function latentSpace(context: Context): Section | undefined {
  const { embeddings } = context.results;
  const chest = embeddings.filter((s) => s.target === 'chest');
  if (chest.length === 0) return undefined;
  const shown = shownChestSpace(context) ?? chest[0];
  return {
    id: 'task-1b',
    title: '1b  Latent space',
    body: html`
<p class="asks">The sheet asks: let the net return embeddings on request; apply PCA and t-SNE to them.</p>
${paragraph(
  `The ${shown.d} activations before the linear head were read out for ${whole(shown.n)} test images of ${nameOf(context.results.data, 'chest').long}.`,
  originOf(context, shown),
  `PCA is a singular value decomposition; t-SNE uses perplexity ${decimal(shown.tsne.perplexity, 0)} and ends at a Kullback-Leibler divergence of ${decimal(shown.tsne.klDivergence, 2)}.`,
  chest.length > 1 &&
    `Nets trained in later tasks are shown beside it on the same images; the table names the net, seed and epoch of each.`,
)}
${figure(context, 'chest-pca')}
${figure(context, 'chest-tsne')}
${separationTable(
  context,
  chest.map(({ id }) => id),
)}
${answered(
  'What separates, what does not?',
  shown.id !== '1a-scratch' &&
    paragraph(`Task 1a’s net was not embedded in this run; this is said of “${shown.title}”.`),
  ...separationAnswer(shown),
  trainingAdds(chest, shown),
  paragraph('In the t-SNE pictures only neighbourhoods mean something: gaps and sizes of groups do not.'),
)}`,
  };
}

/** What training did to the space, where the untrained net was embedded too. */
function trainingAdds(chest: readonly EmbeddingSituation[], shown: EmbeddingSituation): Part {
  const untrained = chest.find((s) => s.id === 'chest-untrained');
  if (!untrained || untrained === shown) return undefined;
  const { gap: gain, noise, verdict } = probeDifference(shown, untrained);
  return paragraph(
    `An untrained net of the same shape has a probe AUC of ${decimal(untrained.separation.probeAuc)} and a silhouette of ${decimal(untrained.separation.silhouette)} on the same images:`,
    verdict === 'higher'
      ? `training added ${decimal(gain)} of probe AUC.`
      : verdict === 'lower'
        ? `training took ${decimal(-gain)} of probe AUC away, so what so few labels teach does not carry to other images.`
        : `the difference of ${signed(gain)} is within the ${decimal(noise)} that the choice of ${whole(shown.n)} images alone explains.`,
  );
}

/** Which net, seed and epoch a latent space is read from, and why that one. */
export function originOf({ results }: Context, { net, id, seed }: EmbeddingSituation): string {
  if (!net) return `The net is “${id}” of seed ${seed}, at the epoch that was restored.`;
  if (net.epochs === 0) return `The net has its initial weights (seed ${net.seed}).`;
  const at = `The points are of “${net.name}”, seed ${net.seed}, as restored from epoch ${net.epoch} of ${net.epochs}`;
  if (net.valAuc === undefined) return `${at}.`;
  const row = results.rows.find(({ variant, seed: s }) => variant === net.variant && s === net.seed);
  const passed = results.rows.filter(
    (one) => one.variant === id && one !== row && (keptUntrained(one) || !provenToRank(one)),
  );
  const why =
    passed.length === 0
      ? ''
      : ` (${passed.length === 1 ? 'the net' : 'nets'} of seed ${passed.map((one) => one.seed).join(', ')} kept by ${passed[0].training.monitor} learnt nothing that validation can show, and would show little but initial weights)`;
  const learnt =
    row && !aboveChance(row.val)
      ? ', which is not shown to be above chance: no net of this run did better'
      : '';
  return `${at}, with validation AUC ${decimal(net.valAuc)}${learnt}${why}.`;
}

/** How far the classes part in one latent space, in words with the numbers they rest on. */
export function separationAnswer(s: EmbeddingSituation): Part[] {
  const { separation: m, correlation } = s;
  const clusters =
    m.silhouette < 0.05
      ? 'The classes form no clusters'
      : m.silhouette < 0.25
        ? 'The classes part a little but overlap widely'
        : 'The classes form distinct groups';
  const probe = !probeAboveChance(s)
    ? 'no straight cut is shown to do better than chance'
    : m.probeAuc >= 0.9
      ? 'a straight cut tells them apart well'
      : m.probeAuc >= 0.7
        ? 'a straight cut tells them apart in part'
        : 'the best straight cut found does only somewhat better than chance';
  const [label] = correlation.label;
  const brightness = correlation.brightness?.[0];
  const [first, second] = s.pca.explainedVarianceRatio;
  return [
    paragraph(
      `${clusters}: silhouette ${decimal(m.silhouette)} (0 is complete overlap), ${m.k}-nearest-neighbour balanced accuracy ${decimal(m.knnBalancedAccuracy)} (0.5 is chance).`,
      `In the full space ${probe}: cross-validated linear probe, AUC ${decimal(m.probeAuc)}, balanced accuracy ${decimal(m.probeBalancedAccuracy)}.`,
    ),
    paragraph(
      `The first two components hold ${percent(first + second, 0)} of the variance; ${decimal(s.effectiveDimensions, 1)} directions are in effective use of ${s.d}${s.deadShare > 0.005 ? `, and ${percent(s.deadShare, 0)} of the units never change` : ''}.`,
      brightness === undefined || Math.max(Math.abs(brightness), Math.abs(label)) < 0.2
        ? `The first component correlates with the label at ${decimal(Math.abs(label), 2)} in size${brightness === undefined ? '' : ` and with the mean brightness of the image at ${decimal(Math.abs(brightness), 2)}: it follows neither`}.`
        : Math.abs(brightness) > Math.abs(label) + 0.1
          ? html`What does order the points is <b>exposure</b>: the first component correlates with the mean brightness of the image at ${decimal(Math.abs(brightness), 2)} in size, with the label only at ${decimal(Math.abs(label), 2)}.`
          : Math.abs(label) > Math.abs(brightness) + 0.1
            ? html`The largest direction follows the <b>label</b> (correlation ${decimal(Math.abs(label), 2)} in size) more than the brightness of the image (${decimal(Math.abs(brightness), 2)}).`
            : `The first component follows the label (correlation ${decimal(Math.abs(label), 2)} in size) and the brightness of the image (${decimal(Math.abs(brightness), 2)}) about equally; the two cannot be told apart there.`,
    ),
  ];
}
