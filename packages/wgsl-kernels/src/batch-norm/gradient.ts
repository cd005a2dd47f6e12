import { defaultTuning, type Kernel, linearKernel, reads, repeat, type Tuning, writes } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type BatchNormSpec, mapRows, reciprocal, statisticsNames } from './forward.ts';
import { batchNormPartials } from './statistics.ts';
import { channelWalk, reductionRows } from './walk.ts';

const vector = 'array<vec4<f32>>';

/**
 * Stage 1 of batch norm's gradient: Σdy and Σdy·x̂ of each channel over slices of the batch, x̂ = (x - mean)·rstd.
 * Bindings: dy, x, mean, rstd (or runningMean, runningVariance), partials (`batchNormPartials(x)` words).
 */
export function batchNormGradientSums(
  spec: BatchNormSpec,
  { workgroupSize }: Tuning = defaultTuning,
): Kernel {
  const walk = channelWalk('batchNormGradientSums', spec.x, reductionRows);
  const { units, groups } = walk;
  const [mean, deviation] = statisticsNames(spec);
  return linearKernel({
    name: 'batchNormGradientSums',
    about: `
Per channel and slice of the batch: Σdy and Σdy·(x - mean)·rstd.
dy, x: [${spec.x.shape}] in order ${spec.x.order}; ${mean}, ${deviation}: [${walk.channels}]
partials: [${walk.parts} slices, (Σdy, Σdy·x̂), ${groups} vec4 of channels]
One invocation sums one slice for ${spec.x.order.at(-1) === 1 ? 4 * units : units} channels.`,
    bindings: [...['dy', 'x', mean, deviation].map((n) => reads(n, vector)), writes('partials', vector)],
    invocations: walk.invocations,
    workgroupSize,
    body: `
${walk.prologue}
${repeat(
  units,
  (u) => `let mean${u} = ${walk.perChannel(mean, u)};
let rstd${u} = ${reciprocal(spec, walk.perChannel(deviation, u))};
var sum${u} = vec4<f32>(0.0);
var product${u} = vec4<f32>(0.0);`,
)}
${walk.loop(
  (u, at) => `
let d = dy[${at}];
sum${u} += d;
product${u} += d * (x[${at}] - mean${u});`,
)}
${repeat(units, (u) => `product${u} *= rstd${u};`)}
${walk.finish(
  (at, sum) => `
partials[part * ${2 * groups}u + ${at}] = ${sum('sum')};
partials[part * ${2 * groups}u + ${groups}u + ${at}] = ${sum('product')};`,
)}`,
    flop: 4 * walk.count * walk.channels,
    bytes: 4 * (2 * spec.x.size + 8 * groups + batchNormPartials(spec.x)),
  });
}

/**
 * Stage 2: dbeta = Σdy and dgamma = Σdy·x̂, in a fixed order.
 * Bindings: partials, dgamma, dbeta, both [C] in rowMajor.
 */
export function batchNormGradientMerge(
  { x }: { readonly x: Layout },
  { workgroupSize }: Tuning = defaultTuning,
): Kernel {
  const { groups, parts, channels } = channelWalk('batchNormGradientMerge', x, reductionRows);
  return linearKernel({
    name: 'batchNormGradientMerge',
    about: `
dbeta = Σ over slices of Σdy, dgamma = Σ over slices of Σdy·x̂.
partials: [${parts} slices, (Σdy, Σdy·x̂), ${groups} vec4 of channels]; dgamma, dbeta: [${channels}]
One invocation sums four channels.`,
    bindings: [reads('partials', vector), writes('dgamma', vector), writes('dbeta', vector)],
    invocations: groups,
    workgroupSize,
    body: `
var sum = vec4<f32>(0.0);
var product = vec4<f32>(0.0);
for (var s = 0u; s < ${parts}u; s++) {
  sum += partials[s * ${2 * groups}u + i];
  product += partials[s * ${2 * groups}u + ${groups}u + i];
}
dgamma[i] = product;
dbeta[i] = sum;`,
    flop: 2 * parts * channels,
    bytes: 4 * (batchNormPartials(x) + 8 * groups),
  });
}

/**
 * The gradient with respect to x.
 *
 * - `statistics: 'batch'`: dx = gamma·rstd·(dy - Σdy/n - x̂·Σ(dy·x̂)/n), n = N·H·W.
 *   Bindings: dy, x, mean, rstd, gamma, dgamma, dbeta, dx.
 *   With `rectifiedInput`, x is what a ReLU gave, and dx is the gradient before that ReLU: 0 where x is 0.
 * - `statistics: 'running'`: the statistics are constants, dx = dy·gamma/√(runningVariance + eps).
 *   Bindings: dy, runningVariance, gamma, dx.
 */
export function batchNormInputGradient(
  spec: BatchNormSpec & { readonly rectifiedInput?: boolean },
  tuning: Tuning = defaultTuning,
): Kernel {
  const walk = channelWalk('batchNormInputGradient', spec.x, () => mapRows(tuning));
  const batch = spec.statistics === 'batch';
  const rectified = batch && spec.rectifiedInput === true;
  const names = batch
    ? ['dy', 'x', 'mean', 'rstd', 'gamma', 'dgamma', 'dbeta']
    : ['dy', 'runningVariance', 'gamma'];
  const constants = (u: number) => {
    const value = (name: string) => walk.perChannel(name, u);
    if (!batch) return `let scale${u} = ${value('gamma')} * ${reciprocal(spec, value('runningVariance'))};`;
    return `let mean${u} = ${value('mean')};
let scale${u} = ${value('gamma')} * ${value('rstd')};
let slope${u} = ${value('rstd')} * ${value('dgamma')} * ${1 / walk.count};
let offset${u} = ${value('dbeta')} * ${1 / walk.count};`;
  };
  return linearKernel({
    name: 'batchNormInputGradient',
    about: `
${
  batch
    ? 'dx = gamma·rstd·(dy - dbeta/n - x̂·dgamma/n), x̂ = (x - mean)·rstd, n = N·H·W'
    : 'dx = dy·gamma·1/√(runningVariance + eps)'
}${rectified ? ', and 0 where x is 0: x came out of a ReLU, whose gradient is this mask' : ''}.
dy, ${batch ? 'x, ' : ''}dx: [${spec.x.shape}] in order ${spec.x.order}; the others: [${walk.channels}]
One invocation handles ${walk.countPerPart} values of ${spec.x.order.at(-1) === 1 ? 4 * walk.units : walk.units} channels.`,
    bindings: [...names.map((n) => reads(n, vector)), writes('dx', vector)],
    invocations: walk.invocations,
    workgroupSize: tuning.workgroupSize,
    body: `
${walk.prologue}
${repeat(walk.units, constants)}
${walk.loop((u, at, mask) => {
  const gradient = batch
    ? `(dy[${at}] - offset${u} - (x[${at}] - mean${u}) * slope${u}) * scale${u}`
    : `dy[${at}] * scale${u}`;
  const value = rectified ? `select(vec4<f32>(0.0), ${gradient}, x[${at}] > vec4<f32>(0.0))` : gradient;
  return `dx[${at}] = ${mask ? `${value} * ${mask}` : value};`;
})}`,
    flop: (batch ? 5 : 1) * walk.count * walk.channels,
    bytes: 4 * ((batch ? 3 : 2) * spec.x.size + 4 * walk.groups * (batch ? 5 : 2)),
  });
}
