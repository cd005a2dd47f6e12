import { indent, type Kernel, linearKernel, reads, repeat, type Tuning, writes } from '../kernel.ts';
import { isPlanar, type Layout } from '../layout.ts';
import { plus, times } from '../matmul/arithmetic.ts';
import { classCount, emitAxis, outsideShare, staysInside } from './axis.ts';
import { aboutEpilogue, epilogueBindings } from './epilogue.ts';
import {
  type AxisTexts,
  columnsOf,
  defaultTile,
  type Gather,
  overhangs,
  type Plan,
  planTiles,
  rowOfTaps,
} from './gather-plan.ts';
import { planarChannels, vectorChannels } from './gather-steps.ts';
import { store } from './gather-store.ts';
import type { ConvTile } from './spec.ts';

/**
 * The generator behind `conv2dForward` and `conv2dInputGradient`. Both gather: each pixel of a target image
 * is a sum, over filter taps and source channels, of source values times weights,
 *
 *   target[n,b,position] = bias[b] + sum_{tap, a} source[n, a, place(position, tap)] * weight[tap,a,b].
 *
 * They differ only in `place`, which an `Axis` describes for rows and for columns. Taps whose place lies
 * outside of the source read the zeros behind it. The inner loop has three forms: `splat` (channels-last to
 * channels-last), `planar` (fewer than 4 source channels) and `dot` (fewer than 4 target channels).
 *
 * The tile defaults to what suits the shape on a CPU with 16 vector registers.
 */
export function gatherKernel(gather: Gather, tuning: Tuning, tile?: ConvTile): Kernel {
  const { source, target, weight } = gather;
  const chosen = tile ?? defaultTile(gather, tuning);
  const { workgroupSize = tuning.workgroupSize } = chosen;
  const plan = planTiles(gather, chosen);
  const scalarWeight = plan.form === 'dot' && weight.layout.strides[weight.sourceDim] !== 1;
  return linearKernel({
    name: gather.name,
    about: `${gather.about.trim()}\n${describe(gather, plan)}`,
    bindings: [
      reads(source.name, plan.form === 'planar' ? 'array<f32>' : 'array<vec4<f32>>'),
      reads('weight', scalarWeight ? 'array<f32>' : 'array<vec4<f32>>'),
      ...(gather.bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      ...(gather.batchNorm ? epilogueBindings.map((name) => reads(name, 'array<vec4<f32>>')) : []),
      writes(target.name, isPlanar(target.layout.shape[1]) ? 'array<f32>' : 'array<vec4<f32>>'),
    ],
    invocations: plan.runs * plan.run * plan.channelTiles * plan.classes,
    workgroupSize,
    body: `${placeTile(gather, plan)}\n${classesText(gather, plan)}`,
    flop: gather.flop,
    bytes: 4 * (source.layout.size + target.layout.size + weight.layout.size),
  });
}

/** @param zeros false if no tap reads the zeros behind the source. */
export function describe(gather: Gather, plan: Plan, zeros = true): string {
  const { source, target, bias, weight } = gather;
  const image = ({ shape, order }: Layout) => `[${shape}] in order ${order.map((d) => 'NCHW'[d]).join('')}`;
  const registers =
    plan.form === 'dot'
      ? `${plan.pixels} pixels, all channels; the lanes of acc<pixel>_<channel> are partial sums`
      : `${plan.pixels} pixels times ${plan.channels4} vec4 of channels, in acc<pixel>_<vec4>`;
  return `${source.name}: ${image(source.layout)}${zeros ? ', then the zeros that taps in the padding read' : ''}
weight: [${weight.layout.shape}] in order ${weight.layout.order.map((d) => 'KCRS'[d]).join('')}${bias ? '; bias: one per channel' : ''}
${target.name}: ${image(target.layout)}${aboutEpilogue(gather)}
One invocation: ${registers}.`;
}

/** WGSL: the numbers of this invocation's tile, of its first vec4 of channels and of its residue class. */
export function numberTile({ rows, columns }: Gather, plan: Plan): string[] {
  const { run, runs, channelTiles, classes, tiles, channels4 } = plan;
  const lines = runs === 1 && channelTiles * classes === 1 ? ['let tile = i;'] : [];
  if (lines.length === 0) {
    lines.push(`let tile = i / ${run * channelTiles * classes}u * ${run}u + i % ${run}u;`);
    if (runs * run !== tiles) lines.push(`if (tile >= ${tiles}u) { return; }`);
  }
  if (channelTiles > 1) lines.push(`let b = i / ${run}u % ${channelTiles}u * ${channels4}u;`);
  if (classes > 1) {
    const residue = `i / ${run * channelTiles}u`;
    lines.push(`let residueY = ${residue} / ${classCount(columns)}u % ${classCount(rows)}u;`);
    lines.push(`let residueX = ${residue} % ${classCount(columns)}u;`);
  }
  return lines;
}

/** Which channels, residue class and pixels this invocation computes, and where their source begins. */
function placeTile(gather: Gather, plan: Plan): string {
  const { rows, columns, pixels, total } = plan;
  const each = (m: number) => {
    const pixel = plus(times('tile', pixels), m);
    return `let pixel${m} = ${total % pixels === 0 ? pixel : `min(${pixel}, ${total - 1}u)`};
let n${m} = pixel${m} / ${rows * columns}u;
let y${m} = pixel${m} / ${columns}u % ${rows}u;
let x${m} = pixel${m} % ${columns}u;`;
  };
  return [...numberTile(gather, plan), repeat(pixels, each)].join('\n');
}

/**
 * One residue class, or all of them one after the other: to few channels a class has so little work that it
 * pays to do all with one set of source pixels and constant taps.
 */
function classesText(gather: Gather, plan: Plan): string {
  const { rows, columns } = gather;
  const one = (residueY?: number, residueX?: number) => {
    const axes = { y: emitAxis(rows, 'Y', residueY), x: emitAxis(columns, 'X', residueX) };
    const starts = (m: number) => `let startY${m} = ${axes.y.start(`y${m}`)};
let startX${m} = ${axes.x.start(`x${m}`)};`;
    return [
      ...axes.y.setup,
      ...axes.x.setup,
      repeat(plan.pixels, starts),
      accumulators(gather, plan),
      tapLoops(gather, plan, axes),
      store(gather, plan, axes),
    ].join('\n');
  };
  if (!plan.allClasses) return one();
  return repeat(classCount(rows), (residueY) =>
    repeat(
      classCount(columns),
      (residueX) =>
        `{ // rows ${residueY}, columns ${residueX} modulo the stride\n${indent(one(residueY, residueX))}\n}`,
    ),
  );
}

/** Declares b0, b1, …: the vec4s of target channels of this invocation. */
function channelVectors(gather: Gather, plan: Plan): string {
  if (plan.form === 'dot') return '';
  const last = gather.target.layout.extents[1] / 4 - 1;
  return repeat(plan.channels4, (j) => {
    const index = plan.channelTiles > 1 ? plus('b', j) : `${j}u`;
    return `let b${j} = ${overhangs(gather, plan) && j > 0 ? `min(${index}, ${last}u)` : index};`;
  });
}

export function accumulators(gather: Gather, plan: Plan): string {
  const initial = (j: number) => (gather.bias && plan.form !== 'dot' ? `bias[b${j}]` : 'vec4<f32>()');
  const vectors = channelVectors(gather, plan);
  return `${vectors ? `${vectors}\n` : ''}${repeat(plan.pixels, (m) => repeat(columnsOf(gather, plan), (j) => `var acc${m}_${j} = ${initial(j)};`, ' '))}`;
}

/** The loops over the filter's taps; inside, the sum over source channels. */
function tapLoops(gather: Gather, plan: Plan, { y, x }: AxisTexts): string {
  const { source, rows, columns } = gather;
  const [, channels] = source.layout.shape;
  const planar = plan.form === 'planar';
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
    const index = size4 > 1 ? `(line${m} + ${x.place(m)}) * ${size4}u` : `line${m} + ${x.place(m)}`;
    if (planar) return `let at${m} = ${index};${inside(m) ? ` let in${m} = ${inside(m)};` : ''}`;
    return `let at${m} = ${inside(m) ? `select(${zeros}u, ${index}, ${inside(m)})` : index};`;
  };
  const channelLoop = planar ? planarChannels(gather, plan, inside(0) !== '') : vectorChannels(gather, plan);
  const { skipRows, skipColumns } = skips(gather, plan);
  const anyRow = repeat(plan.pixels, (m) => `insideY${m}`, ' | ');
  const anyColumn = repeat(plan.pixels, (m) => `(at${m} != ${zeros}u)`, ' | ');
  const only = (skip: boolean, condition: string, text: string) =>
    skip ? `if (${condition}) {\n${indent(text)}\n}` : text;
  const columnLoop = `for (${x.loop}) {
${indent(repeat(plan.pixels, place))}
  let tap = ${times(y.tap === 'r' ? 'r' : `(${y.tap})`, gather.weight.layout.shape[3])} + ${x.tap};
${indent(only(skipColumns, anyColumn, channelLoop))}
}`;
  return `for (${y.loop}) {
${indent(repeat(plan.pixels, rowPart))}
${indent(only(skipRows, anyRow, rowOfTaps(gather, plan, columnLoop)))}
}`;
}

/**
 * Skipping taps that lie in the padding for the whole tile pays if there are this many; else the test costs
 * more.
 */
const worthSkipping = 0.08;

function skips({ rows, columns }: Gather, plan: Plan): { skipRows: boolean; skipColumns: boolean } {
  if (plan.form !== 'splat') return { skipRows: false, skipColumns: false };
  const inRow = Math.min(plan.pixels, plan.columns);
  const neighbours = Math.ceil(plan.pixels / plan.columns);
  return {
    skipRows: outsideShare(rows, plan.rows, neighbours) >= worthSkipping,
    skipColumns: outsideShare(columns, plan.columns, inRow) >= worthSkipping,
  };
}
