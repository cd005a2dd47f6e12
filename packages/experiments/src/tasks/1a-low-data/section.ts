/** What task 1a says in the report. */
import { alwaysHealthy, mean } from '@glassbox/metrics';
import { type Context, figure, rowsTable, variantsOf } from '../../report/context.ts';
import { standIn } from '../../report/headline.ts';
import { answered, html, type Part, paragraph, table } from '../../report/html.ts';
import {
  against,
  decimal,
  imagesUsed,
  percent,
  seedCount,
  signed,
  spread,
  whole,
} from '../../report/phrases.ts';
import type { LabelDistribution } from '../../report/results.ts';
import { selectionAnswer } from './selection.ts';

export function section(context: Context): Part {
  const variants = variantsOf(context, ['1a'], 'chest');
  const distributions = context.results.labelDistributions.filter((d) => d.target === 'chest');
  if (variants.length === 0) return undefined;
  const [net] = variants;
  const used = net.rows[0].training;
  const findings = distributions.find((d) => d.findings.length > 0);
  return html`${paragraph(
    'The net of the sheet (four strided convolutions with batch norm, a linear head on a 512-wide embedding) ' +
      `was trained on ${imagesUsed(used)} of ${context.names.chest.long} with ${seedCount(net.seeds.length)}, ` +
      `${used.optimizer}, learning rate ${used.learningRate}, batches of ${used.batchSize}.`,
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
  'What selects a model better than a fixed number of steps, so that a very high epoch count can be set ' +
    'without overfitting much, and how is the best model picked if we may overshoot the optimum?',
  ...selectionAnswer(context),
)}
${figure(context, 'chest-confusion')}
${figure(context, 'chest-roc-pr')}
${figure(context, 'chest-calibration')}`;
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
    `What the answer “healthy” for each of the ${whole(labels.length)} test images of ` +
      `${context.names.chest.short} scores`,
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
      below:
        'The net’s interval lies below that: by accuracy, saying “healthy” without looking would have ' +
        'been the better choice.',
      undecided:
        'The net’s interval includes that value, so by accuracy alone it cannot be told from a net that ' +
        'never looks at the image.',
    }[place];
    const opposite = constant.accuracy < 0.5 ? ` (always “diseased” ${decimal(1 - constant.accuracy)})` : '';
    const bounds = net.test.accuracy.interval;
    const interval = bounds ? ` (95 % interval ${decimal(bounds[0])} to ${decimal(bounds[1])})` : '';
    const gap = net.test.sensitivity.mean - net.test.specificity.mean;
    parts.push(
      paragraph(
        larger < 0.6
          ? html`<b>As a first look, yes; as the only score, no.</b> The binary task is nearly balanced
          (${percent(1 - constant.accuracy)} of the test images of
          ${context.names.chest.short} are diseased), so accuracy is not grossly
          inflated by one class.`
          : html`<b>No, not on its own.</b> One class makes up ${percent(larger)} of the test images of
          ${context.names.chest.short}, so a constant answer already scores
          ${decimal(larger)}.`,
        `Always answering “healthy” scores ${decimal(constant.accuracy)}${opposite}; ${which} scores ` +
          `${spread(net.test.accuracy)}${interval}.`,
        standing,
      ),
      paragraph(
        'What accuracy hides shows in the scores beside it: balanced accuracy ' +
          `${spread(net.test.balancedAccuracy)} and MCC ${spread(net.test.mcc)} are 0.5 and 0 for any ` +
          `constant answer; AUC ${spread(net.test.auc)} needs no threshold at all.`,
        Math.abs(gap) > 0.99
          ? `At 0.5 the net calls every image ${gap > 0 ? 'diseased' : 'healthy'}: its accuracy is ` +
              'nothing but the share of that class.'
          : Math.abs(gap) > 0.1
            ? `At 0.5 the net ${gap > 0 ? 'over-calls disease' : 'misses disease'}: sensitivity ` +
              `${decimal(net.test.sensitivity.mean)} against specificity ${decimal(net.test.specificity.mean)}, ` +
              'two errors of very different cost to a patient that accuracy adds up as if they were one.'
            : `Sensitivity ${decimal(net.test.sensitivity.mean)} and specificity ` +
              `${decimal(net.test.specificity.mean)} are near each other at 0.5; a screening use would ` +
              'still weigh a missed disease more than a false alarm, which accuracy does not.',
        'A threshold chosen on validation changes accuracy by ' +
          `${signed(net.test.accuracyAtValThreshold.mean - net.test.accuracy.mean)}; the calibration ` +
          `error is ${decimal(net.test.calibrationError.mean)}.`,
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
        `On the ${findings.findings.length} findings one by one accuracy would be useless: in ` +
          `${context.names.chest.short} they range from ${commonest.name} in ` +
          `${percent(commonest.count / findings.n)} of the images to ${rarest.name} in ` +
          `${percent(rarest.count / findings.n)} (${whole(rarest.count)} of ${whole(findings.n)}). Never ` +
          `reporting anything would average an accuracy of ${decimal(never)} over all of them.`,
        chestIsReal(context) &&
          'A published ResNet-18 has accuracy .947 on ChestMNIST’s own test set, with an AUC of .768: ' +
            'there the ranking, not the accuracy, says what was learnt.',
      ),
    );
  }
  return parts;
}

const chestIsReal = ({ results }: Context): boolean =>
  results.data.some((d) => d.target === 'chest' && d.kind === 'real');
