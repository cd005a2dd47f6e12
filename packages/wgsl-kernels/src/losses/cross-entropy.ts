import { loopTo, sumLoops } from '../cascade.ts';
import { f32 } from '../elementwise/literal.ts';
import { faultsBinding, notANumber, rowFaultText } from '../faults.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { type Layout, roundUp4, rowMajor } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { concatPlans, type KernelPlan } from '../plan.ts';
import { reduction } from '../reduce/stages.ts';
import { inRow, laneSum, rowMaximum, rowsOf, sumOverRow } from '../softmax/rows.ts';

/** What a loss makes of its terms: their mean, as PyTorch weighs it, or their sum. */
export type LossReduction = 'mean' | 'sum';

/** Logits, factors of classes, smoothing of labels, and what becomes of the losses. */
export interface CrossEntropySpec {
  /** Layout of the logits, shape [N,C], row-major. */
  readonly logits: Layout;
  /** What becomes of the losses of the rows. */
  readonly reduction: LossReduction;
  /** True if the plan has a buffer `weight`: one factor per class, layout rowMajor([C]). */
  readonly weighted?: boolean;
  /** Share of the target that is spread evenly over all classes, from 0 (default) to below 1. */
  readonly labelSmoothing?: number;
  /** Rows with this label count for nothing, in the mean's divisor too. PyTorch's -100 is 0xffffff9c as u32. */
  readonly ignoreIndex?: number;
}

/**
 * Cross-entropy of logits with class numbers, forward and gradient in one pass, as PyTorch's `cross_entropy`:
 * t[c] = (1 - smoothing) w[label] [c = label] + smoothing / C w[c]; a row's loss is - sum of t[c] log softmax(x)[c].
 * The mean divides by N or, with weights or an ignored label, by the sum of w[label] (all ignored: the loss is 0).
 *
 * Buffers of the plan: logits [N,C], labels (u32, rowMajor([N])), weight (if `weighted`), losses (rowMajor([N]):
 * each row's share of the loss), faults (`faultWords`), dlogits (as logits: the gradient for an upstream gradient of
 * 1), loss (a scalar, rowMajor([])). Scratch `divisor` where the mean's divisor depends on the labels.
 *
 * A label of C or more is a fault: the row's loss is NaN, and its gradient 0.
 * @throws RangeError if the logits are not [N,C] row-major or the smoothing is out of range.
 */
export function crossEntropy(spec: CrossEntropySpec, machine: Machine = machines.gpu): KernelPlan {
  const { logits, reduction: kind, weighted = false, labelSmoothing = 0, ignoreIndex } = spec;
  if (logits.shape.length !== 2) {
    throw new RangeError(`crossEntropy: expected logits [N,C] but got [${logits.shape}]; reshape them`);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`crossEntropy: labelSmoothing ${labelSmoothing} must be at least 0 and below 1`);
  }
  const labels = rowMajor([logits.shape[0]]);
  const dependent = kind === 'mean' && (weighted || ignoreIndex !== undefined);
  const total = reduction(
    {
      name: 'crossEntropyTotal',
      about: 'loss = sum of the rows of losses',
      input: labels,
      dims: [0],
      output: rowMajor([]),
      operand: 'losses',
      result: 'loss',
      op: 'sum',
      paddingIsNeutral: true,
      flopPerElement: 1,
    },
    machine,
  );
  const rows: KernelPlan = {
    kernels: [...(dependent ? [divisorKernel(spec, machine)] : []), rowsKernel(spec, dependent, machine)],
    scratch: dependent ? { divisor: 4 } : {},
  };
  return concatPlans(rows, total);
}

/** WGSL `bool`: the row with this label counts. */
function counts({ ignoreIndex }: CrossEntropySpec): string {
  const known = 'label < C';
  return ignoreIndex === undefined ? known : `${known} && label != ${ignoreIndex >>> 0}u`;
}

function divisorKernel(spec: CrossEntropySpec, { workgroupSize }: Machine): Kernel {
  const [N, C] = spec.logits.shape;
  const weight = spec.weighted ? 'weight[min(label, C - 1u)]' : '1f';
  return linearKernel({
    name: 'crossEntropyDivisor',
    about: `
divisor = sum over the rows that count of ${spec.weighted ? 'weight[label]' : '1'}
labels: [${N}] u32
One invocation does it all, in order.`,
    bindings: [
      reads('labels', 'array<u32>'),
      ...(spec.weighted ? [reads('weight', 'array<f32>')] : []),
      readsWrites('divisor', 'array<f32>'),
    ],
    invocations: 1,
    workgroupSize,
    constants: { N, C },
    body: `
var sum = 0f;
${sumLoops(
  [{ ...loopTo('n', N), to: 'N' }],
  ['sum'],
  (suffix) => `let label = labels[n];
sum${suffix} += select(0f, ${weight}, ${counts(spec)});`,
  { type: 'f32' },
)}
divisor[i] = sum;`,
    flop: N,
    bytes: 4 * (N + (spec.weighted ? C : 0) + 1),
  });
}

function rowsKernel(spec: CrossEntropySpec, dependent: boolean, { workgroupSize }: Machine): Kernel {
  const { logits, weighted, labelSmoothing = 0 } = spec;
  const [N, C] = logits.shape;
  const rows = rowsOf('crossEntropy', logits);
  const smooth = labelSmoothing > 0;
  const ofClass = weighted
    ? 'vec4<f32>(weight[4u * k], weight[4u * k + 1u], weight[4u * k + 2u], weight[4u * k + 3u])'
    : 'vec4<f32>(1f)';
  const constantScale = spec.reduction === 'mean' ? f32(1 / N) : '1f';
  // A batch without a single row that counts has loss 0, not 0 / 0.
  const scale = dependent ? 'select(1f / max(divisor[0], 1e-30f), 0f, divisor[0] == 0f)' : constantScale;
  const weightOfLabel = weighted ? ' * weight[min(label, C - 1u)]' : '';
  // The sum of t over the classes.
  const sumT = !smooth
    ? 'let sumT = ofLabel;'
    : weighted
      ? `var weights = vec4<f32>();
${sumOverRow(rows, ['weights'], (suffix) => `weights${suffix} += ${ofClass};`)}
let sumT = ofLabel + ${f32(labelSmoothing / C)} * scale * (${laneSum('weights')});`
      : `let sumT = ofLabel + ${f32(labelSmoothing)} * scale;`;
  const t = smooth ? inRow(rows, `${f32(labelSmoothing / C)} * scale * ${ofClass} + hit`) : 'hit';
  // Only the label's logit makes the loss, unless all do: 0 · infinity of another would be NaN.
  const place = 'min(label, C - 1u)';
  const ofRow = smooth
    ? `sumT * logTotal - (${laneSum('loss')})`
    : `ofLabel * (logTotal - (logits[row + ${place} / 4u][${place} % 4u] - m))`;
  const padding = N === roundUp4(N) ? '' : 'if (i >= N) {\n  losses[i] = 0f;\n  return;\n}\n';
  const body = `
${padding}let row = i * ROW4;
let label = labels[i];
let bad = isBad(label);
if (bad) { reportBad(i); }
let scale = select(0f, ${scale}, ${counts(spec)});
${rowMaximum(rows, 'logits')}
var total = vec4<f32>();
${sumOverRow(rows, ['total'], (suffix) => `total${suffix} += ${inRow(rows, 'exp(logits[row + k] - m)')};`)}
let s = ${laneSum('total')};
let logTotal = log(s);
let ofLabel = ${f32(1 - labelSmoothing)} * scale${weightOfLabel};
${sumT}
let factor = sumT / s;
${smooth ? 'var loss = vec4<f32>();' : ''}
${sumOverRow(
  rows,
  smooth ? ['loss'] : [],
  (suffix) => `let z = logits[row + k] - m;
let hit = select(vec4<f32>(), vec4<f32>(ofLabel), (4u * k + vec4<u32>(0u, 1u, 2u, 3u)) == vec4<u32>(label));
let t = ${t};${smooth ? `\nloss${suffix} += ${inRow(rows, 't * z')};` : ''}
dlogits[row + k] = ${inRow(rows, 'exp(z) * factor - t')};`,
)}
losses[i] = select(select(0f, ${ofRow}, ${counts(spec)}), ${notANumber('label')}, bad);`;
  const share = `${1 - labelSmoothing}${weighted ? ' weight[label]' : ''} [c = label]`;
  const spread = smooth ? ` + ${labelSmoothing}/${C}${weighted ? ' weight[c]' : ''}` : '';
  const scaleText = dependent ? '1 / divisor' : spec.reduction === 'mean' ? `1/${N}` : '1';
  return linearKernel({
    name: 'crossEntropyRows',
    about: `
losses[n] = - sum of t[c] log softmax(x)[c]; dlogits = softmax(x) (sum of t) - t; x a row of logits,
t[c] = scale (${share}${spread}), scale = ${scaleText}
logits, dlogits: [${N},${C}] row-major, rows padded to ${rows.vectors * 4}; labels: [${N}] u32; losses: [${N}]
One invocation computes one row, or a 0 in the padding of losses.`,
    bindings: [
      reads('logits', 'array<vec4<f32>>'),
      reads('labels', 'array<u32>'),
      ...(weighted ? [reads('weight', 'array<f32>')] : []),
      ...(dependent ? [reads('divisor', 'array<f32>')] : []),
      readsWrites('losses', 'array<f32>'),
      faultsBinding,
      readsWrites('dlogits', 'array<vec4<f32>>'),
    ],
    invocations: roundUp4(N),
    workgroupSize,
    constants: { N, ...rows.constants },
    declarations: rowFaultText('crossEntropy', 'labels', C, { ignored: spec.ignoreIndex }),
    body,
    flop: 10 * N * C,
    bytes: 4 * (2 * logits.size + N + roundUp4(N) + (weighted ? C : 0)),
  });
}

/** Loss, row losses and gradient in float64; dense arrays. */
export function crossEntropyOracle(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  spec: {
    readonly shape: readonly [number, number];
    readonly reduction: LossReduction;
    readonly weight?: ArrayLike<number>;
    readonly labelSmoothing?: number;
    readonly ignoreIndex?: number;
  },
): { loss: number; losses: Float64Array; dlogits: Float64Array } {
  const { shape, weight, labelSmoothing = 0, ignoreIndex } = spec;
  const [N, C] = shape;
  const weightOf = (c: number) => weight?.[c] ?? 1;
  const counted = (n: number) => labels[n] < C && labels[n] !== ignoreIndex;
  let divisor = 1;
  if (spec.reduction === 'mean') {
    const dependent = weight !== undefined || ignoreIndex !== undefined;
    divisor = 0;
    for (let n = 0; n < N; n++) if (!dependent || counted(n)) divisor += dependent ? weightOf(labels[n]) : 1;
  }
  const losses = new Float64Array(N);
  const dlogits = new Float64Array(N * C);
  for (let n = 0; n < N; n++) {
    if (labels[n] >= C && labels[n] !== ignoreIndex) losses[n] = Number.NaN;
    if (!counted(n) || divisor === 0) continue;
    const x = Array.from({ length: C }, (_, c) => logits[n * C + c]);
    const m = Math.max(...x);
    const logTotal = m + Math.log(x.reduce((sum, value) => sum + Math.exp(value - m), 0));
    const t = x.map(
      (_, c) =>
        (c === labels[n] ? (1 - labelSmoothing) * weightOf(c) : 0) + (labelSmoothing / C) * weightOf(c),
    );
    const sumT = t.reduce((sum, value) => sum + value, 0);
    for (let c = 0; c < C; c++) {
      losses[n] += (t[c] * (logTotal - x[c])) / divisor;
      dlogits[n * C + c] = (Math.exp(x[c] - logTotal) * sumT - t[c]) / divisor;
    }
  }
  return { loss: losses.reduce((sum, value) => sum + value, 0), losses, dlogits };
}
