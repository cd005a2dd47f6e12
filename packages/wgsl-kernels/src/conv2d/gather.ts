import { indent, type Kernel, linearKernel, reads, repeat, type Tuning, writes } from '../kernel.ts';
import { isPlanar, type Layout } from '../layout.ts';
import { type Axis, classCount, emitAxis, staysInside, stepCount } from './axis.ts';
import type { ConvTile } from './spec.ts';

/**
 * The generator behind `conv2dForward` and `conv2dInputGradient`. Both gather: each pixel of a target image is a sum,
 * over filter taps and source channels, of source values times weights,
 *
 *   target[n,b,position] = bias[b] + sum_{tap, a} source[n, a, place(position, tap)] * weight[tap,a,b].
 *
 * They differ only in `place`, which an `Axis` describes for rows and for columns. Taps whose place lies outside of the
 * source read the zeros behind it. The inner loop has three forms: `splat` (channels-last to channels-last), `planar` (fewer
 * than 4 source channels) and `dot` (fewer than 4 target channels).
 */
export interface Gather {
  readonly name: string;
  readonly about: string;
  readonly source: { readonly name: string; readonly layout: Layout };
  readonly target: { readonly name: string; readonly layout: Layout };
  /** Which logical dimension of the filter [K,C,R,S] runs over source channels: 1 forward, 0 backward. */
  readonly weight: { readonly layout: Layout; readonly sourceDim: 0 | 1 };
  readonly rows: Axis;
  readonly columns: Axis;
  readonly bias: boolean;
  readonly relu: boolean;
  readonly flop: number;
}

type Form = 'splat' | 'planar' | 'dot';

/** How the target's pixels and channels are divided among invocations. */
interface Plan extends ConvTile {
  readonly form: Form;
  /** Target positions of one residue class: rows and columns (padding columns of a planar target are positions too). */
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
  readonly channelTiles: number;
  /** Pixels of one class in the whole batch, and tiles of them. */
  readonly total: number;
  readonly tiles: number;
  /** So many pixel tiles are finished for all channels and classes before the next ones begin: their source stays in cache. */
  readonly run: number;
  readonly runs: number;
}

const runBytes = 64 * 1024;

/** Writes the kernel of a gather. The tile defaults to what suits the shape on a CPU with 16 vector registers. */
export function gatherKernel(gather: Gather, { workgroupSize }: Tuning, tile?: ConvTile): Kernel {
  const { source, target, weight } = gather;
  const plan = planTiles(gather, tile ?? defaultTile(gather));
  const scalarWeight = plan.form === 'dot' && weight.layout.strides[weight.sourceDim] !== 1;
  return linearKernel({
    name: gather.name,
    about: `${gather.about.trim()}\n${describe(gather, plan)}`,
    bindings: [
      reads(source.name, plan.form === 'planar' ? 'array<f32>' : 'array<vec4<f32>>'),
      reads('weight', scalarWeight ? 'array<f32>' : 'array<vec4<f32>>'),
      ...(gather.bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      writes(target.name, isPlanar(target.layout.shape[1]) ? 'array<f32>' : 'array<vec4<f32>>'),
    ],
    invocations: plan.runs * plan.run * plan.channelTiles * plan.classes,
    workgroupSize,
    body: [
      placeTile(gather, plan),
      accumulators(gather, plan),
      tapLoops(gather, plan),
      store(gather, plan),
    ].join('\n'),
    flop: gather.flop,
    bytes: 4 * (source.layout.size + target.layout.size + weight.layout.size),
  });
}

function formOf({ source, target }: Gather): Form {
  if (isPlanar(source.layout.shape[1])) return 'planar';
  return isPlanar(target.layout.shape[1]) ? 'dot' : 'splat';
}

function defaultTile(gather: Gather): ConvTile {
  const form = formOf(gather);
  const channels = gather.target.layout.shape[1];
  const groups = isPlanar(channels) ? 1 : gather.target.layout.extents[1] / 4;
  if (form === 'dot') return { pixels: channels === 1 ? 8 : 4, channels4: 1 };
  if (form === 'planar')
    return { pixels: [8, 4, 4, 2][Math.min(groups, 4) - 1], channels4: Math.min(groups, 4) };
  // Of 2, 3 and 1 the first that wastes least.
  const waste = (size: number) => Math.ceil(groups / size) * size;
  const channels4 = [2, 3, 1].reduce((best, size) => (waste(size) < waste(best) ? size : best));
  return { pixels: [8, 4, 4][channels4 - 1], channels4 };
}

function planTiles(gather: Gather, { pixels, channels4 }: ConvTile): Plan {
  const { source, target } = gather;
  const [n, b] = target.layout.shape;
  const rows = stepCount(gather.rows, gather.rows.target);
  const columns = stepCount(gather.columns, isPlanar(b) ? target.layout.extents[3] : gather.columns.target);
  const classes = classCount(gather.rows) * classCount(gather.columns);
  const channelTiles = isPlanar(b) ? 1 : Math.ceil(target.layout.extents[1] / 4 / channels4);
  const total = n * rows * columns;
  const tiles = Math.ceil(total / pixels);
  const images = Math.max(1, (runBytes * n) / (4 * source.layout.size));
  const wanted = Math.max(8, (images * rows * columns) / pixels);
  const run =
    channelTiles * classes === 1 ? tiles : Math.ceil(tiles / Math.max(1, Math.round(tiles / wanted)));
  const runs = Math.ceil(tiles / run);
  const form = formOf(gather);
  return { form, pixels, channels4, rows, columns, classes, channelTiles, total, tiles, run, runs };
}

function describe({ source, target, bias, relu, weight }: Gather, plan: Plan): string {
  const image = ({ shape, order }: Layout) => `[${shape}] in order ${order.map((d) => 'NCHW'[d]).join('')}`;
  const registers =
    plan.form === 'dot'
      ? `${plan.pixels} pixels, all channels; the lanes of acc<pixel>_<channel> are partial sums`
      : `${plan.pixels} pixels times ${plan.channels4} vec4 of channels, in acc<pixel>_<vec4>`;
  return `${source.name}: ${image(source.layout)}, then the zeros that taps in the padding read
weight: [${weight.layout.shape}] in order ${weight.layout.order.map((d) => 'KCRS'[d]).join('')}${bias ? '; bias: one per channel' : ''}
${target.name}: ${image(target.layout)}${relu ? '; negative values become 0' : ''}
One invocation: ${registers}.`;
}

/** Which channels, residue class and pixels this invocation computes, and where their source begins. */
function placeTile(gather: Gather, plan: Plan): string {
  const { run, runs, channelTiles, classes, rows, columns, pixels, tiles, channels4, total } = plan;
  const lines = runs === 1 && channelTiles * classes === 1 ? ['let tile = i;'] : [];
  if (lines.length === 0) {
    lines.push(`let tile = i / ${run * channelTiles * classes}u * ${run}u + i % ${run}u;`);
    if (runs * run !== tiles) lines.push(`if (tile >= ${tiles}u) { return; }`);
  }
  if (channelTiles > 1) lines.push(`let b = i / ${run}u % ${channelTiles}u * ${channels4}u;`);
  if (classes > 1) {
    const residue = `i / ${run * channelTiles}u`;
    lines.push(`let residueY = ${residue} / ${classCount(gather.columns)}u % ${classCount(gather.rows)}u;`);
    lines.push(`let residueX = ${residue} % ${classCount(gather.columns)}u;`);
  }
  const y = emitAxis(gather.rows, 'Y');
  const x = emitAxis(gather.columns, 'X');
  lines.push(...y.setup, ...x.setup);
  const each = (m: number) => {
    const pixel = pixels === 1 ? 'tile' : `tile * ${pixels}u + ${m}u`;
    return `let pixel${m} = ${total % pixels === 0 ? pixel : `min(${pixel}, ${total - 1}u)`};
let n${m} = pixel${m} / ${rows * columns}u;
let y${m} = pixel${m} / ${columns}u % ${rows}u;
let x${m} = pixel${m} % ${columns}u;
let startY${m} = ${y.start(`y${m}`)};
let startX${m} = ${x.start(`x${m}`)};`;
  };
  return [...lines, repeat(pixels, each)].join('\n');
}

/** Number of accumulators per pixel: vec4s of channels, or single channels in the dot form. */
function columnsOf({ target }: Gather, plan: Plan): number {
  return plan.form === 'dot' ? target.layout.shape[1] : plan.channels4;
}

/** True if the last channel tile reaches beyond the channels: its surplus vec4s are computed twice and not stored. */
function overhangs({ target }: Gather, plan: Plan): boolean {
  return plan.channelTiles * plan.channels4 * 4 !== target.layout.extents[1] && plan.channelTiles > 1;
}

/** Declares b0, b1, …: the vec4s of target channels of this invocation. */
function channelVectors(gather: Gather, plan: Plan): string {
  if (plan.form === 'dot') return '';
  const last = gather.target.layout.extents[1] / 4 - 1;
  return repeat(plan.channels4, (j) => {
    const index = plan.channelTiles > 1 ? `b + ${j}u` : `${j}u`;
    return `let b${j} = ${overhangs(gather, plan) && j > 0 ? `min(${index}, ${last}u)` : index};`;
  });
}

function accumulators(gather: Gather, plan: Plan): string {
  const initial = (j: number) => (gather.bias && plan.form !== 'dot' ? `bias[b${j}]` : 'vec4<f32>()');
  return `${channelVectors(gather, plan)}
${repeat(plan.pixels, (m) => repeat(columnsOf(gather, plan), (j) => `var acc${m}_${j} = ${initial(j)};`, ' '))}`;
}

/** The loops over the filter's taps; inside, the sum over source channels. */
function tapLoops(gather: Gather, plan: Plan): string {
  const { source, rows, columns } = gather;
  const [, channels] = source.layout.shape;
  const planar = plan.form === 'planar';
  const y = emitAxis(rows, 'Y');
  const x = emitAxis(columns, 'X');
  const checkY = !staysInside(rows, plan.rows);
  const checkX = !staysInside(columns, plan.columns);
  const rowSize = planar ? source.layout.extents[3] : columns.source;
  const imageRows = planar ? channels * rows.source : rows.source;
  const inside = (m: number) =>
    [...(checkY ? [`insideY${m}`] : []), ...(checkX ? [`(${x.place(m)} < ${columns.source}u)`] : [])].join(
      ' & ',
    );
  const size4 = planar ? 1 : source.layout.extents[1] / 4;
  const zeros = planar ? source.layout.size : source.layout.size / 4;
  const rowPart = (m: number) =>
    `${checkY ? `let insideY${m} = ${y.place(m)} < ${rows.source}u;\n` : ''}let line${m} = (n${m} * ${imageRows}u + ${y.place(m)}) * ${rowSize}u;`;
  const place = (m: number) => {
    const index = `(line${m} + ${x.place(m)})${size4 > 1 ? ` * ${size4}u` : ''}`;
    if (planar) return `let at${m} = ${index};${inside(m) ? ` let in${m} = ${inside(m)};` : ''}`;
    return `let at${m} = ${inside(m) ? `select(${zeros}u, ${index}, ${inside(m)})` : index};`;
  };
  const channelLoop = planar ? planarChannels(gather, plan, inside(0) !== '') : vectorChannels(gather, plan);
  return `for (${y.loop}) {
${indent(repeat(plan.pixels, rowPart))}
  for (${x.loop}) {
${indent(repeat(plan.pixels, place), 4)}
    let tap = (${y.tap}) * ${gather.weight.layout.shape[3]}u + ${x.tap};
${indent(channelLoop, 4)}
  }
}`;
}

/** Distance in words between filter taps: padded source channels times padded target channels. */
function tapSize({ weight }: Gather): number {
  return weight.layout.extents[0] * weight.layout.extents[1];
}

/** Source channels-last: four source channels at a time. */
function vectorChannels(gather: Gather, plan: Plan): string {
  const count = gather.source.layout.extents[1] / 4;
  const load = repeat(
    plan.pixels,
    (m) => `let v${m} = ${gather.source.name}[at${m}${count > 1 ? ' + a' : ''}];`,
  );
  const body = plan.form === 'splat' ? splatStep(gather, plan, count) : dotStep(gather, plan, count);
  if (count === 1) return `${load}\n${body}`;
  return `for (var a = 0u; a < ${count}u; a++) {\n${indent(`${load}\n${body}`)}\n}`;
}

/** acc[pixel][4 target channels] += source[pixel][a] * weight[a][4 target channels], for the 4 lanes of a. */
function splatStep(gather: Gather, plan: Plan, count: number): string {
  const row = gather.target.layout.extents[1] / 4;
  const base = `let w = tap * ${tapSize(gather) / 4}u${count > 1 ? ` + a * ${4 * row}u` : ''};`;
  const lane = (l: number) => {
    const weights = repeat(plan.channels4, (j) => `let w${l}_${j} = weight[w + ${l * row}u + b${j}];`, ' ');
    const products = repeat(plan.pixels, (m) =>
      repeat(plan.channels4, (j) => `acc${m}_${j} += v${m}.${'xyzw'[l]} * w${l}_${j};`, ' '),
    );
    return `${weights}\n${products}`;
  };
  return `${base}\n${repeat(4, lane)}`;
}

/** acc[pixel][target channel] += source[pixel][4 source channels] * weight[4 source channels][target channel], by lanes. */
function dotStep({ target, weight, ...gather }: Gather, plan: Plan, count: number): string {
  const channels = target.layout.shape[1];
  const { strides } = weight.layout;
  const sourceStride = strides[weight.sourceDim];
  const targetStride = strides[1 - weight.sourceDim];
  const a = count > 1 ? ` + a * ${sourceStride === 1 ? 1 : 4 * sourceStride}u` : '';
  const size = tapSize({ target, weight, ...gather });
  const vector = (b: number) => {
    if (sourceStride === 1) return `weight[tap * ${size / 4}u${a} + ${(b * targetStride) / 4}u]`;
    const lanes = repeat(4, (l) => `weight[w + ${l * sourceStride + b * targetStride}u]`, ', ');
    return `vec4<f32>(${lanes})`;
  };
  return `${sourceStride === 1 ? '' : `let w = tap * ${size}u${a};\n`}${repeat(channels, (b) => `let w${b} = ${vector(b)};`)}
${repeat(plan.pixels, (m) => repeat(channels, (b) => `acc${m}_${b} += v${m} * w${b};`, ' '))}`;
}

/** Source planar: one scalar per pixel and channel. */
function planarChannels({ source, target, ...gather }: Gather, plan: Plan, checked: boolean): string {
  const row = target.layout.shape[1] < 4 ? 1 : target.layout.extents[1] / 4;
  const plane = source.layout.strides[1];
  const channel = (a: number) => {
    const index = (m: number) => `at${m} + ${a * plane}u`;
    const load = (m: number) => {
      const at = checked ? `select(${source.layout.size}u, ${index(m)}, in${m})` : index(m);
      return `let v${m}_${a} = ${source.name}[${at}];`;
    };
    const weights = repeat(plan.channels4, (j) => `let w${a}_${j} = weight[w + ${a * row}u + b${j}];`, ' ');
    const products = repeat(plan.pixels, (m) =>
      repeat(plan.channels4, (j) => `acc${m}_${j} += v${m}_${a} * w${a}_${j};`, ' '),
    );
    return `${repeat(plan.pixels, load)}\n${weights}\n${products}`;
  };
  const size = tapSize({ source, target, ...gather }) / 4;
  return `let w = tap * ${size}u;\n${repeat(source.layout.shape[1], channel)}`;
}

/** Writes the accumulators; positions beyond the target's edge (the last of a residue class) are left out. */
function store(gather: Gather, plan: Plan): string {
  const { target, rows, columns } = gather;
  const planar = isPlanar(target.layout.shape[1]);
  const y = emitAxis(rows, 'Y');
  const x = emitAxis(columns, 'X');
  const width = planar ? target.layout.extents[3] : columns.target;
  const guards = (m: number) => [
    ...(plan.rows * classCount(rows) > rows.target ? [`atY${m} < ${rows.target}u`] : []),
    ...(plan.columns * classCount(columns) > width ? [`atX${m} < ${width}u`] : []),
  ];
  const pixel = (m: number) => {
    const writesOf = planar ? planarStores(gather, plan, m) : vectorStores(gather, plan, m);
    const condition = guards(m).join(' && ');
    return `let atY${m} = ${y.position(`y${m}`)};
let atX${m} = ${x.position(`x${m}`)};
${condition ? `if (${condition}) {\n${indent(writesOf)}\n}` : writesOf}`;
  };
  return repeat(plan.pixels, pixel);
}

const clip = (relu: boolean, value: string, zero: string) => (relu ? `max(${value}, ${zero})` : value);

function vectorStores(gather: Gather, plan: Plan, m: number): string {
  const { target, rows, columns } = gather;
  const groups = target.layout.extents[1] / 4;
  const base = `let to${m} = ((n${m} * ${rows.target}u + atY${m}) * ${columns.target}u + atX${m}) * ${groups}u;`;
  const one = (j: number) => {
    const text = `${target.name}[to${m} + b${j}] = ${clip(gather.relu, `acc${m}_${j}`, 'vec4<f32>()')};`;
    return overhangs(gather, plan) && j > 0 ? `if (b + ${j}u < ${groups}u) { ${text} }` : text;
  };
  return `${base}\n${repeat(plan.channels4, one)}`;
}

function planarStores({ target, bias, relu, rows, columns }: Gather, plan: Plan, m: number): string {
  const channels = target.layout.shape[1];
  const padded = target.layout.extents[3];
  const base = `let to${m} = (n${m} * ${channels * rows.target}u + atY${m}) * ${padded}u + atX${m};`;
  const one = (b: number) => {
    const lane = `.${'xyz'[b]}`;
    const sum =
      plan.form === 'dot'
        ? `dot(acc${m}_${b}, vec4<f32>(1.0))${bias ? ` + bias[0]${lane}` : ''}`
        : `acc${m}_0${lane}`;
    const value = clip(relu, sum, '0.0');
    const inside = padded > columns.target ? `select(0.0, ${value}, atX${m} < ${columns.target}u)` : value;
    return `${target.name}[to${m} + ${b * rows.target * padded}u] = ${inside};`;
  };
  return `${base}\n${repeat(channels, one)}`;
}
