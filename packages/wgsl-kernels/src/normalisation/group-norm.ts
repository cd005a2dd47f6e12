import { loopTo, sumLoops } from '../cascade.ts';
import { f32 } from '../elementwise/literal.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { elementCount, isPlanar, type Layout, rowMajor } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { plus } from '../matmul/arithmetic.ts';
import type { KernelPlan } from '../plan.ts';
import { laneSum } from '../softmax/rows.ts';
import { aboutAffine, affineBindings, mergeAffine, type NormAffine, vector } from './affine.ts';

/** Group normalisation of images. */
export interface GroupNormSpec extends NormAffine {
  /** [N,C,H,W] in `imageLayout`, with 4 channels or more. */
  readonly x: Layout;
  /** Groups of channels: a divisor of C. */
  readonly groups: number;
  /** Added to the variance. */
  readonly eps: number;
}

/** Where `groupNormForward` leaves mean and rstd of each channel's group, for the gradient: [N,2,C]. */
export function groupNormStatisticsLayout({ shape }: Layout): Layout {
  return rowMajor([shape[0], 2, shape[1]]);
}

/**
 * y = (x - mean)·rstd·weight + bias (Wu and He, 2018), mean and rstd = 1/√(variance + eps) over a group of channels in
 * one image. Buffers: x, [weight], [bias] ([C], row-major), statistics (`groupNormStatisticsLayout`), y, and scratch
 * memory. The sums of each channel are summed over the group, so groups of any size take whole vectors.
 */
export function groupNormForward(spec: GroupNormSpec, machine: Machine = machines.gpu): KernelPlan {
  const walk = walkOf('groupNormForward', spec, machine);
  const { at } = walk;
  const scale = (j: number) => (spec.weight ? ` * weight[${plus('first + c', j)}]` : '');
  const kernel = linearKernel({
    name: 'groupNormForward',
    about: `
y = ${aboutAffine(spec)}, mean and rstd = 1/√(variance + ${spec.eps}) over ${walk.perGroup} channels of an image.
The mean is corrected by the mean of the distances to it, which give the variance, too.
${walk.about}
statistics: [${walk.images},2,${walk.channels}], mean and rstd of each channel's group; sums: scratch`,
    bindings: [
      reads('x', vector),
      ...affineBindings(spec),
      readsWrites('sums', vector),
      readsWrites('statistics', vector),
      readsWrites('y', vector),
    ],
    invocations: walk.invocations,
    workgroupSize: machine.workgroupSize,
    constants: walk.constants,
    body: `${walk.prologue}
${walk.clear('sums')}
${walk.padded ? walk.clear('statistics') : ''}
${walk.sums(['sum'], (j) => `sum${j} += x[${at(j)}];`)}
${combine(walk, {
  totals: [(k) => `sums[${k}]`],
  results: ([total]) => [`${total} / COUNT`],
})}
${walk.clear('sums')}
${walk.sums(
  ['away', 'square'],
  (j) => `let d${j} = x[${at(j)}] - mean${j};
away${j} += d${j};
square${j} += d${j} * d${j};`,
  (j) => `let mean${j} = statistics[${walk.of(0, j)}];`,
)}
${combine(walk, {
  totals: [(k) => `sums[${k}]`, (k) => `sums[C4 + ${k}]`],
  before: ([away, square]) => `let drift = ${away} / COUNT;
let variance = max(${square} / COUNT - drift * drift, 0.0);`,
  results: (_, old) => [`${old} + drift`, `1.0 / sqrt(variance + ${f32(spec.eps)})`],
})}
${walk.each(
  2,
  (j) => `let mean${j} = statistics[${walk.of(0, j)}];
let scale${j} = statistics[${walk.of(1, j)}]${scale(j)};
${spec.bias ? `let bias${j} = bias[${plus('first + c', j)}];` : ''}`,
  (j) => `y[${at(j)}] = (x[${at(j)}] - mean${j}) * scale${j}${spec.bias ? ` + bias${j}` : ''};`,
)}`,
    flop: 8 * elementCount(spec.x.shape),
    bytes: 4 * (2 * spec.x.size + walk.words),
  });
  return { kernels: [kernel], scratch: { sums: walk.words } };
}

/**
 * Gradients of `groupNormForward`: with the means over a group a = mean(dy·weight) and b = mean(dy·weight·x̂),
 * dx = rstd·(dy·weight - a - x̂·b); dWeight = Σ dy·x̂ and dBias = Σ dy over images and pixels, in a fixed order.
 * Buffers: dy, x, statistics, [weight], dx, [dWeight], [dBias] (as the spec has weight and bias), and scratch memory.
 */
export function groupNormGradient(spec: GroupNormSpec, machine: Machine = machines.gpu): KernelPlan {
  const walk = walkOf('groupNormGradient', spec, machine);
  const { at } = walk;
  const weight = (k: string) => (spec.weight ? ` * weight[${k}]` : '');
  const first: Kernel = linearKernel({
    name: 'groupNormGradient',
    about: `
dx = rstd·(dy·weight - mean(dy·weight) - x̂·mean(dy·weight·x̂)), x̂ = (x - mean)·rstd, means over a group of
${walk.perGroup} channels of an image${spec.weight ? '' : '; weight is 1'}
${walk.about}
sums: [${walk.images},2,${walk.channels}], Σdy and Σdy·x̂ of each channel of an image; means: scratch`,
    bindings: [
      ...['dy', 'x', 'statistics', ...(spec.weight ? ['weight'] : [])].map((name) => reads(name, vector)),
      readsWrites('sums', vector),
      readsWrites('means', vector),
      readsWrites('dx', vector),
    ],
    invocations: walk.invocations,
    workgroupSize: machine.workgroupSize,
    constants: walk.constants,
    body: `${walk.prologue}
${walk.clear('sums')}
${walk.padded ? walk.clear('means') : ''}
${walk.sums(
  ['sum', 'product'],
  (j) => `let d${j} = dy[${at(j)}];
sum${j} += d${j};
product${j} += d${j} * (x[${at(j)}] - mean${j});`,
  (j) => `let mean${j} = statistics[${walk.of(0, j)}];`,
)}
for (var c = own + C4; c < own + C4 + UNIT4; c++) {
  sums[c] *= statistics[c];
}
${combine(walk, {
  into: 'means',
  totals: [(k, c) => `sums[${k}]${weight(c)}`, (k, c) => `sums[C4 + ${k}]${weight(c)}`],
  results: (totals) => totals.map((total) => `${total} / COUNT`),
})}
${walk.each(
  4,
  (j) => `let mean${j} = statistics[${walk.of(0, j)}];
let rstd${j} = statistics[${walk.of(1, j)}];
let scale${j} = rstd${j}${weight(plus('first + c', j))};
let slope${j} = rstd${j} * rstd${j} * means[${walk.of(1, j)}];
let offset${j} = rstd${j} * means[${walk.of(0, j)}];`,
  (j) => `dx[${at(j)}] = dy[${at(j)}] * scale${j} - offset${j} -
  (x[${at(j)}] - mean${j}) * slope${j};`,
)}`,
    flop: 9 * elementCount(spec.x.shape),
    bytes: 4 * (3 * spec.x.size + 2 * walk.words),
  });
  const scratch = { sums: walk.words, means: walk.words };
  if (!spec.weight && !spec.bias) return { kernels: [first], scratch };
  const sums = {
    name: 'groupNormGradientMerge',
    from: 'sums',
    slices: walk.images,
    vectors: spec.x.extents[1] / 4,
  };
  return { kernels: [first, mergeAffine(sums, spec, machine)], scratch };
}

/** Images that are enough to share among threads. */
const enoughImages = 8;
/**
 * Pixels of a block, whose sums are in registers. On a CPU a block of few pixels lies in one piece of memory that is
 * read once, channel after channel; of many pixels blocks are longer, so that not too many sums of blocks are added.
 */
const [fewPixels, mostPixels, manyPixels] = [16, 64, 4096];
/** vec4s of sums, or of numbers of a channel, that a CPU keeps in registers: one addition does not wait for another. */
const mostValues = 8;

/** How the kernels walk over images: an invocation takes some neighbouring groups of one image. */
function walkOf(op: string, { x, groups }: GroupNormSpec, { invocations, lockstep }: Machine) {
  const [images, channels, height, width] = x.shape;
  if (x.shape.length !== 4 || isPlanar(channels) || x.order[3] !== 1) {
    throw new RangeError(
      `${op}: expected an image of 4 channels or more in imageLayout, but got [${x.shape}] in order [${x.order}]; ` +
        'convert with relayout',
    );
  }
  if (channels % groups !== 0) {
    throw new RangeError(`${op}: ${channels} channels cannot be split into ${groups} equal groups`);
  }
  const perGroup = channels / groups;
  const vectors = x.extents[1] / 4;
  const pixels = height * width;
  // Whole images lie in one piece; of few images, or for many invocations, no more channels than need be.
  const unit = invocations === 'few' && images >= enoughImages ? vectors : unitOf(perGroup, vectors);
  const block = Math.min(pixels, lockstep || pixels > manyPixels ? mostPixels : fewPixels);
  const end = pixels % block === 0 ? 'begin + BLOCK' : 'min(begin + BLOCK, PIXELS)';
  /** vec4s that are walked through together, with so many values of each in registers. */
  const togetherOf = (values: number) =>
    [16, 8, 4, 2, 1].find((n) => unit % n === 0 && (lockstep ? n <= 4 : n * values <= mostValues))!;
  const blocks = (
    together: number,
    before: (j: number) => string,
    step: (j: number) => string,
    after = '',
  ): string =>
    `for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
  let end = ${end};
  for (var c = 0u; c < UNIT4; c += ${together}u) {
${indent(repeat(together, before), 4)}
    for (var p = begin; p < end; p++) {
${indent(repeat(together, step), 6)}
    }
${indent(after, 4)}
  }
}`;
  const of = (row: number, j: number) => plus(row === 0 ? 'own + c' : 'own + C4 + c', j);
  return {
    images,
    channels,
    perGroup,
    pixels,
    unit,
    /** Some lanes hold no channel. */
    padded: channels % 4 !== 0,
    words: images * 2 * x.extents[1],
    invocations: images * (vectors / unit),
    about: `x: [${x.shape}] in order NHWC, as y, dy and dx; weight, bias: [${channels}]
One invocation computes ${unit} vec4 of channels of an image, in whole groups.`,
    constants: {
      C4: [vectors, 'vec4s of channels'],
      UNIT4: [unit, 'of them an invocation'],
      UNITS: [vectors / unit, 'invocations of an image'],
      PIXELS: pixels,
      BLOCK: [block, 'pixels that are walked through for some channels at a time'],
      GROUP: [perGroup, 'channels of a group'],
      GROUP4: [perGroup / 4, 'vec4s of a group'],
      CHANNELS: channels,
      UNIT: [4 * unit, 'channels of an invocation, or fewer at the end'],
      COUNT: `${perGroup * pixels}.0`,
    },
    prologue: `let n = i / UNITS;
let first = i % UNITS * UNIT4;
let image = n * (PIXELS * C4) + first;
let own = n * (2u * C4) + first;`,
    at: (j: number) => plus('image + p * C4 + c', j),
    /** WGSL: place in sums, statistics and means. */
    of,
    /** WGSL: zeros in both rows of a buffer. */
    clear: (name: string) => `for (var c = own; c < own + UNIT4; c++) {
  ${name}[c] = vec4<f32>();
  ${name}[C4 + c] = vec4<f32>();
}`,
    /** WGSL: something for every vec4 of the image; `values` numbers of a channel are looked up `before`. */
    each: (values: number, before: (j: number) => string, step: (j: number) => string) =>
      blocks(togetherOf(values), before, step),
    /** WGSL: sums of each channel, `<name><j>`, which are added to the rows of `sums`. */
    sums: (names: readonly string[], step: (j: number) => string, before = (_: number) => ''): string => {
      const together = togetherOf(names.length);
      return blocks(
        together,
        (j) => `${before(j)}\n${names.map((name) => `var ${name}${j} = vec4<f32>();`).join(' ')}`.trim(),
        step,
        names.map((name, row) => repeat(together, (j) => `sums[${of(row, j)}] += ${name}${j};`)).join('\n'),
      );
    },
  } as const;
}

type Walk = ReturnType<typeof walkOf>;

/** The fewest vec4s of channels that hold whole groups: a divisor of all. */
function unitOf(perGroup: number, vectors: number): number {
  for (let unit = 1; unit < vectors; unit++) {
    if (vectors % unit === 0 && (4 * unit) % perGroup === 0) return unit;
  }
  return vectors;
}

interface Combination {
  /** The buffer that gets the results, `statistics` unless given. */
  readonly into?: string;
  /** WGSL of what is added up over the channels of a group: `at` is a place in `sums`, `channel` one in `weight`. */
  readonly totals: readonly ((at: string, channel: string) => string)[];
  /** WGSL of numbers (f32) from the totals. */
  readonly before?: (totals: readonly string[]) => string;
  /** WGSL of the rows that each channel of the group gets; `old` is what row 0 held. */
  readonly results: (totals: readonly string[], old: string) => readonly string[];
}

/** WGSL: adds up over the channels of each group, and gives the results to all of them. */
function combine(walk: Walk, { into = 'statistics', totals, before, results }: Combination): string {
  const { perGroup, unit } = walk;
  const names = totals.map((_, t) => `part${t}`);
  const row = (r: number, k: string) => `${into}[own + ${r === 0 ? '' : 'C4 + '}${k}]`;
  if (perGroup % 4 === 0) {
    const vectors = perGroup / 4;
    const k = vectors === unit ? 'k' : 'g + k';
    const body = `${names.map((name) => `var ${name} = vec4<f32>();`).join('\n')}
${sumLoops([{ ...loopTo('k', vectors), to: 'GROUP4' }], names, (suffix) =>
  totals.map((total, t) => `${names[t]}${suffix} += ${total(`own + ${k}`, `first + ${k}`)};`).join('\n'),
)}
${names.map((name, t) => `let total${t} = ${laneSum(name)};`).join('\n')}
let old = ${row(0, vectors === unit ? '0u' : 'g')}.x;
${finish(names, before, results, (r, value) => `let result${r} = vec4<f32>(${value});`)}
for (var k = 0u; k < GROUP4; k++) {
${indent(repeat(results(names, 'old').length, (r) => `${row(r, k)} = result${r};`))}
}`;
    return vectors === unit
      ? `{\n${indent(body)}\n}`
      : `for (var g = 0u; g < UNIT4; g += GROUP4) {\n${indent(body)}\n}`;
  }
  // Groups that begin and end within vectors: lane by lane.
  const lane = (text: string, k: string) => `${text}[(${k}) % 4u]`;
  const place = (k: string) => `(${k}) / 4u`;
  const element = (total: (at: string, channel: string) => string, k: string) =>
    lane(`(${total(`own + ${place(k)}`, `first + ${place(k)}`)})`, k);
  return `for (var g = 0u; g < min(UNIT, CHANNELS - first * 4u); g += GROUP) {
${indent(`${names.map((name) => `var ${name} = 0.0;`).join('\n')}
${sumLoops(
  [{ ...loopTo('k', perGroup), to: 'GROUP' }],
  names,
  (suffix) => totals.map((total, t) => `${names[t]}${suffix} += ${element(total, 'g + k')};`).join('\n'),
  { type: 'f32' },
)}
${names.map((name, t) => `let total${t} = ${name};`).join('\n')}
let old = ${lane(row(0, place('g')), 'g')};
${finish(names, before, results, (r, value) => `let result${r} = ${value};`)}
for (var k = 0u; k < GROUP; k++) {
${indent(repeat(results(names, 'old').length, (r) => `${lane(row(r, place('g + k')), 'g + k')} = result${r};`))}
}`)}
}`;
}

function finish(
  names: readonly string[],
  before: Combination['before'],
  results: Combination['results'],
  declare: (row: number, value: string) => string,
): string {
  const totals = names.map((_, t) => `total${t}`);
  return [before?.(totals) ?? '', ...results(totals, 'old').map((value, r) => declare(r, value))]
    .filter(Boolean)
    .join('\n');
}
