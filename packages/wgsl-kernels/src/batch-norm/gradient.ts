import { loopTo, sumLoops } from '../cascade.ts';
import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';
import {
  aboutChannels,
  type BatchNormSpec,
  mapRows,
  mean,
  normalisation,
  normalised,
  rstd,
  statisticsNames,
} from './forward.ts';
import { type ChannelWalk, channelWalk, reductionRows } from './walk.ts';

const vector = 'array<vec4<f32>>';
const zero = 'vec4<f32>(0.0)';

/**
 * Batch norm's gradient. With `relu`, dy belongs to what the ReLU after it gave, and counts only where that is
 * positive.
 */
export type BatchNormGradientSpec = BatchNormSpec & {
  /** x came out of a ReLU: dx is the gradient before that ReLU, 0 where x is 0. For `statistics: 'batch'`. */
  readonly reluBefore?: boolean;
  /** Compute Σdx too: the gradient of a bias that was added to make x. For `statistics: 'batch'`. */
  readonly inputSum?: boolean;
};

/** Rows of the partials: Σdy and Σdy·x̂; to sum dx after a ReLU also Σdy where x > 0, and how many are. */
function sumNames({ reluBefore, inputSum }: BatchNormGradientSpec): readonly string[] {
  return reluBefore && inputSum ? ['sum', 'product', 'passed', 'number'] : ['sum', 'product'];
}

/** float32 words of the partials that stage 1 of the gradient hands to stage 2. */
export function batchNormGradientPartials(spec: BatchNormGradientSpec): number {
  const { parts, groups } = channelWalk('batchNorm', spec.x, reductionRows);
  return parts * sumNames(spec).length * groups * 4;
}

/**
 * Stage 1 of batch norm's gradient: Σdy and Σdy·x̂ of each channel over slices of the batch, x̂ = (x - mean)·rstd.
 * Bindings: dy, x, statistics (or runningMean, runningVariance), with `relu` weight and bias, and partials
 * (`batchNormGradientPartials(spec)` words).
 */
export function batchNormGradientSums(
  spec: BatchNormGradientSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const walk = channelWalk('batchNormGradientSums', spec.x, reductionRows);
  const { units, groups } = walk;
  const sums = sumNames(spec);
  const names = ['dy', 'x', ...statisticsNames(spec), ...(spec.relu ? ['weight', 'bias'] : [])];
  const forSum = sums.length > 2 ? ', Σdy where x > 0, and the number of those x' : '';
  return linearKernel({
    name: 'batchNormGradientSums',
    about: `
Per channel and slice of the batch: Σdy and Σdy·(x - mean)·rstd${forSum}.${aboutRelu(spec)}
dy, x: [${spec.x.shape}] in order ${spec.x.order}; ${aboutChannels(spec, walk.channels)}
partials: [${walk.parts} slices, ${sums.length} sums, ${groups} vec4 of channels]
One invocation sums one slice for ${walk.channelsEach} channels.`,
    bindings: [...names.map((n) => reads(n, vector)), readsWrites('partials', vector)],
    invocations: walk.invocations,
    workgroupSize,
    constants: { ...walk.constants, SUMS: sums.length },
    body: `
${walk.prologue}
${repeat(
  units,
  (u) => `${spec.relu ? normalisation(spec, walk, u) : `let mean${u} = ${mean(spec, walk, u)};`}
let rstd${u} = ${rstd(spec, walk, u)};
${sums.map((name) => `var ${name}${u} = ${zero};`).join('\n')}`,
)}
${walk.sumLoop(
  sums,
  { from: 'first', to: 'last', rows: walk.rowsPerPart },
  (u, at, _mask, suffix) => `
let d = ${gradientThroughRelu(spec, u, at)};
sum${u}${suffix} += d;
product${u}${suffix} += d * (x[${at}] - mean${u});
${
  sums.length > 2
    ? `let stopped = x[${at}] <= ${zero};
passed${u}${suffix} += select(d, ${zero}, stopped);
number${u}${suffix} += select(vec4<f32>(1.0), ${zero}, stopped);`
    : ''
}`,
  // Many sums do not all fit into a CPU's registers: putting blocks together then costs more.
  units * sums.length > 8 ? { chain: 64 } : {},
)}
${repeat(units, (u) => `product${u} *= rstd${u};`)}
${walk.finish((at, sum) =>
  sums
    .map((name, row) => `partials[part * (SUMS * GROUPS) + ${row}u * GROUPS + ${at}] = ${sum(name)};`)
    .join('\n'),
)}`,
    flop: (4 + (spec.relu ? 2 : 0) + (sums.length > 2 ? 2 : 0)) * walk.count * walk.channels,
    bytes: 4 * (2 * spec.x.size + 8 * groups + batchNormGradientPartials(spec)),
  });
}

/**
 * Stage 2: dBias = Σdy and dWeight = Σdy·x̂, in a fixed order.
 * Bindings: partials, dWeight, dBias, all [C] in rowMajor.
 *
 * With `inputSum` also dxSum [C] = Σdx: 0, since batch norm takes every constant away, but after a ReLU the sum over
 * x > 0 only, weight·rstd·(Σdy - dBias/n·m - rstd·dWeight/n·Σ(x - mean)). There Σx is n·mean as everywhere else x is 0,
 * so with m values above 0, Σ(x - mean) = (n - m)·mean. Bindings with `reluBefore`: partials, statistics, weight,
 * dWeight, dBias, dxSum.
 */
export function batchNormGradientMerge(
  spec: BatchNormGradientSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const walk = channelWalk('batchNormGradientMerge', spec.x, reductionRows);
  const { groups, parts, channels, count } = walk;
  const sums = sumNames(spec);
  const afterRelu = sums.length > 2;
  const results = ['dWeight', 'dBias', ...(spec.inputSum ? ['dxSum'] : [])];
  return linearKernel({
    name: 'batchNormGradientMerge',
    about: `
dBias = Σ over slices of Σdy, dWeight = Σ over slices of Σdy·x̂${
      spec.inputSum
        ? afterRelu
          ? `;
dxSum = Σdx = weight·rstd·(passed - number·dBias/n - (n - number)·mean·rstd·dWeight/n), where x > 0`
          : '; dxSum = Σdx = 0: batch norm takes every constant away'
        : ''
    }.
partials: [${parts} slices, ${sums.length} sums, ${groups} vec4 of channels]; ${results.join(', ')}: [${channels}]
One invocation sums four channels.`,
    bindings: [
      ...['partials', ...(afterRelu ? ['statistics', 'weight'] : [])].map((name) => reads(name, vector)),
      ...results.map((name) => readsWrites(name, vector)),
    ],
    invocations: groups,
    workgroupSize,
    constants: {
      ...walk.constants,
      SUMS: sums.length,
      COUNT: `${count}.0`,
      INVERSE_COUNT: `${1 / count}`,
    },
    body: `
${sums.map((name) => `var ${name} = ${zero};`).join('\n')}
${sumLoops([{ ...loopTo('s', parts), to: 'PARTS' }], sums, (suffix) =>
  sums
    .map((name, row) => `${name}${suffix} += partials[s * (SUMS * GROUPS) + ${row}u * GROUPS + i];`)
    .join('\n'),
)}
dWeight[i] = product;
dBias[i] = sum;
${
  afterRelu
    ? `let rstd = statistics[GROUPS + i];
let slope = rstd * product * INVERSE_COUNT;
let offset = sum * INVERSE_COUNT;
dxSum[i] = weight[i] * rstd * (passed - number * offset - (COUNT - number) * statistics[i] * slope);`
    : spec.inputSum
      ? `dxSum[i] = ${zero};`
      : ''
}`,
    flop: sums.length * parts * channels,
    bytes: 4 * (batchNormGradientPartials(spec) + 8 * groups),
  });
}

/**
 * The gradient with respect to x.
 *
 * - `statistics: 'batch'`: dx = weight·rstd·(dy - Σdy/n - x̂·Σ(dy·x̂)/n), n = N·H·W.
 *   Bindings: dy, x, statistics, weight, with `relu` bias, dWeight, dBias, dx.
 * - `statistics: 'running'`: the statistics are constants, dx = dy·weight/√(runningVariance + eps).
 *   Bindings: dy, runningVariance, weight, dx; with `relu` dy, x, runningMean, runningVariance, weight, bias, dx.
 */
export function batchNormInputGradient(spec: BatchNormGradientSpec, machine: Machine = machines.gpu): Kernel {
  const walk = channelWalk('batchNormInputGradient', spec.x, () => mapRows(machine));
  const batch = spec.statistics === 'batch';
  const reluBefore = batch && spec.reluBefore === true;
  const names = inputGradientNames(spec);
  const images = names.includes('x') ? 'dy, x, dx' : 'dy, dx';
  return linearKernel({
    name: 'batchNormInputGradient',
    about: `
${
  batch
    ? 'dx = weight·rstd·(dy - dBias/n - x̂·dWeight/n), x̂ = (x - mean)·rstd, n = N·H·W'
    : 'dx = dy·weight·1/√(runningVariance + eps)'
}${reluBefore ? ', and 0 where x is 0: x came out of a ReLU, whose gradient is this mask' : ''}.${aboutRelu(spec)}
${images}: [${spec.x.shape}] in order ${spec.x.order}; ${aboutChannels(spec, walk.channels)}
One invocation handles ${walk.countPerPart} values of ${walk.channelsEach} channels.`,
    bindings: [...names.map((n) => reads(n, vector)), readsWrites('dx', vector)],
    invocations: walk.invocations,
    workgroupSize: machine.workgroupSize,
    constants: { ...walk.constants, INVERSE_COUNT: `${1 / walk.count}` },
    body: `
${walk.prologue}
${repeat(walk.units, (u) => inputGradientConstants(spec, walk, u))}
${walk.loop((u, at, mask) => {
  const dy = gradientThroughRelu(spec, u, at);
  const gradient = batch
    ? `(${dy} - offset${u} - (x[${at}] - mean${u}) * slope${u}) * scale${u}`
    : `${dy} * scale${u}`;
  const value = reluBefore ? `select(${gradient}, ${zero}, x[${at}] <= ${zero})` : gradient;
  return `dx[${at}] = ${mask ? `select(${zero}, ${value}, ${mask})` : value};`;
})}`,
    flop: ((batch ? 5 : 1) + (spec.relu ? 3 : 0)) * walk.count * walk.channels,
    bytes: 4 * ((names.includes('x') ? 3 : 2) * spec.x.size + 4 * walk.groups * (names.length - 1)),
  });
}

function inputGradientNames({ statistics, relu }: BatchNormGradientSpec): readonly string[] {
  if (statistics === 'batch') {
    return ['dy', 'x', 'statistics', 'weight', ...(relu ? ['bias'] : []), 'dWeight', 'dBias'];
  }
  return relu
    ? ['dy', 'x', 'runningMean', 'runningVariance', 'weight', 'bias']
    : ['dy', 'runningVariance', 'weight'];
}

/** WGSL that declares what an invocation needs to know of unit u's channels. */
function inputGradientConstants(spec: BatchNormGradientSpec, walk: ChannelWalk, u: number): string {
  const batch = spec.statistics === 'batch';
  const scale = `let scale${u} = ${walk.perChannel('weight', u)} * ${rstd(spec, walk, u)};`;
  return [
    ...(spec.relu ? [normalisation(spec, walk, u)] : []),
    ...(batch && !spec.relu ? [`let mean${u} = ${mean(spec, walk, u)};`] : []),
    ...(spec.relu ? [] : [scale]),
    ...(batch
      ? [
          `let slope${u} = ${rstd(spec, walk, u)} * ${walk.perChannel('dWeight', u)} * INVERSE_COUNT;`,
          `let offset${u} = ${walk.perChannel('dBias', u)} * INVERSE_COUNT;`,
        ]
      : []),
  ].join('\n');
}

/** WGSL: dy before the ReLU after batch norm, whose output is computed again: cheaper than to read it. */
function gradientThroughRelu({ relu }: BatchNormSpec, u: number, at: string): string {
  return relu ? `select(dy[${at}], ${zero}, ${normalised(u, at)} <= ${zero})` : `dy[${at}]`;
}

function aboutRelu({ relu }: BatchNormSpec): string {
  return relu
    ? '\ndy counts only where y = (x - mean)·rstd·weight + bias is positive: a ReLU came after it.'
    : '';
}
