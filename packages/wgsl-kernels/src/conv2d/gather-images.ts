import { indent, type Kernel, linearKernel, reads, repeat, type Tuning, writes } from '../kernel.ts';
import { plus, times } from '../matmul/arithmetic.ts';
import { type Axis, classCount, emitAxis, staysInside } from './axis.ts';
import { epilogueBindings, finished } from './epilogue.ts';
import { accumulators, describe, numberTile } from './gather.ts';
import { formOf, type Gather, overhangs, type Plan, planTiles, rowOfTaps } from './gather-plan.ts';
import { vectorChannels } from './gather-steps.ts';
import { sharesOverImages } from './shares.ts';
import type { ConvTile } from './spec.ts';

/** A core's first-level cache, less what source and target need of it. */
const weightBytes = 24 * 1024;

/** The tile over images that suits the shape on a CPU with 16 vector registers; undefined if none fits. */
export function imagesTile(gather: Gather, { vectorWidth }: Tuning): ConvTile | undefined {
  const { source, target, rows, columns } = gather;
  if (formOf(gather) !== 'splat') return undefined;
  const [images] = target.layout.shape;
  const groups = target.layout.extents[1] / 4;
  const taps = Math.ceil(rows.taps / classCount(rows)) * Math.ceil(columns.taps / classCount(columns));
  const cached = taps * source.layout.extents[1] * 4 * 16 <= weightBytes;
  const tiles = sharesOverImages[vectorWidth]
    .filter(([pixels]) => pixels <= images)
    .map(([pixels, channels4, share, uncached = share]) => ({
      pixels,
      channels4,
      share: cached ? share : uncached,
    }));
  // Images and channels beyond the last are computed in vain.
  const used = (count: number, size: number) => count / (Math.ceil(count / size) * size);
  const gain = ({ pixels, channels4, share }: (typeof tiles)[0]) =>
    share * used(groups, channels4) * used(images, pixels);
  const best = tiles.sort((a, b) => gain(b) - gain(a)).at(0);
  // Few images and few channels together leave too little: neighbouring pixels are better.
  return best && gain(best) >= 2 / vectorWidth
    ? { pixels: best.pixels, channels4: best.channels4, overImages: 1 }
    : undefined;
}

/**
 * The `splat` form of `gather.ts` for CPUs: the pixels of an invocation are one position in neighbouring images. They
 * have the same taps inside of the source, and only those are computed: at the second of 2x2 positions under a 3x3
 * filter, 4 of 9. Their addresses differ by constants. Sums run in the order of the other form.
 * @throws RangeError unless both sides have 4 channels or more, and the batch as many images as the tile has pixels.
 */
export function gatherImagesKernel(gather: Gather, { workgroupSize }: Tuning, tile: ConvTile): Kernel {
  const { source, target, weight, bias, name } = gather;
  const [images] = target.layout.shape;
  if (formOf(gather) !== 'splat' || images < tile.pixels) {
    throw new RangeError(
      `${name}: a tile over ${tile.pixels} images is for batches of at least so many, and 4 channels or more on both sides; leave out overImages`,
    );
  }
  const plan = planTiles(gather, tile);
  return linearKernel({
    name,
    about: `${gather.about.trim()}\n${describe(gather, plan, false)}\nIts pixels are one position in ${plan.pixels} neighbouring images; taps in the padding are left out.`,
    bindings: [
      reads(source.name, 'array<vec4<f32>>'),
      reads('weight', 'array<vec4<f32>>'),
      ...(bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      ...(gather.batchNorm ? epilogueBindings.map((channel) => reads(channel, 'array<vec4<f32>>')) : []),
      writes(target.name, 'array<vec4<f32>>'),
    ],
    invocations: plan.runs * plan.run * plan.channelTiles * plan.classes,
    workgroupSize: tile.workgroupSize ?? workgroupSize,
    body: body(gather, plan),
    flop: gather.flop,
    bytes: 4 * (source.layout.size + target.layout.size + weight.layout.size),
  });
}

function body(gather: Gather, plan: Plan): string {
  const { rows, columns } = gather;
  const [y, x] = [emitAxis(rows, 'Y'), emitAxis(columns, 'X')];
  return `${place(gather, plan)}
${[...y.setup, ...x.setup].map((line) => `${line}\n`).join('')}let startY = ${y.start('stepY')};
let startX = ${x.start('stepX')};
${accumulators(gather, plan)}
${taps(gather, plan)}
let atY = ${y.position('stepY')};
let atX = ${x.position('stepX')};
${store(gather, plan)}`;
}

/** Which channels, residue class, position and images this invocation computes. */
function place(gather: Gather, plan: Plan): string {
  const { pixels } = plan;
  const [images] = gather.target.layout.shape;
  const first = times(`(tile / ${plan.rows * plan.columns}u)`, pixels);
  return [
    ...numberTile(gather, plan),
    `let stepY = tile / ${plan.columns}u % ${plan.rows}u;`,
    `let stepX = tile % ${plan.columns}u;`,
    // The last images overlap with those before: they are computed twice, and stored once.
    ...(images % pixels === 0
      ? [`let n = ${first};`]
      : [`let own = ${first};`, `let n = min(own, ${images - pixels}u);`]),
  ].join('\n');
}

function taps(gather: Gather, plan: Plan): string {
  const { source, rows, columns, weight } = gather;
  const [y, x] = [emitAxis(rows, 'Y'), emitAxis(columns, 'X')];
  const size4 = source.layout.extents[1] / 4;
  const image = rows.source * columns.source * size4;
  const only = (axis: Axis, steps: number, at: string, text: string) =>
    staysInside(axis, steps) ? text : `if (${at} < ${axis.source}u) {\n${indent(text)}\n}`;
  const inColumn = `let at0 = ${times(`((n * ${rows.source}u + row) * ${columns.source}u + column)`, size4)};
${Array.from({ length: plan.pixels - 1 }, (_, m) => `let at${m + 1} = at0 + ${(m + 1) * image}u;`).join('\n')}
let tap = ${times(y.tap === 'r' ? 'r' : `(${y.tap})`, weight.layout.shape[3])} + ${x.tap};
${vectorChannels(gather, plan)}`;
  const inRow = `for (${x.loop}) {
  let column = ${x.place('')};
${indent(only(columns, plan.columns, 'column', inColumn))}
}`;
  return `for (${y.loop}) {
  let row = ${y.place('')};
${indent(only(rows, plan.rows, 'row', rowOfTaps(gather, plan, inRow)))}
}`;
}

/** Writes the accumulators; positions beyond the target's edge (the last of a residue class) are left out. */
function store(gather: Gather, plan: Plan): string {
  const { target, rows, columns } = gather;
  const groups = target.layout.extents[1] / 4;
  const [images] = target.layout.shape;
  const image = rows.target * columns.target * groups;
  const one = (m: number, j: number) => {
    const value = finished(gather, `acc${m}_${j}`, (name) => `${name}[b${j}]`, 'vec4<f32>()');
    const text = `${target.name}[${plus('to', m * image)} + b${j}] = ${value};`;
    return overhangs(gather, plan) && j > 0 ? `if (b + ${j}u < ${groups}u) { ${text} }` : text;
  };
  const pixel = (m: number) => {
    const text = repeat(plan.channels4, (j) => one(m, j));
    return images % plan.pixels === 0 ? text : `if (${plus('n', m)} >= own) {\n${indent(text)}\n}`;
  };
  const guards = [
    ...(plan.rows * classCount(rows) > rows.target ? [`atY < ${rows.target}u`] : []),
    ...(plan.columns * classCount(columns) > columns.target ? [`atX < ${columns.target}u`] : []),
  ].join(' && ');
  const stores = `let to = ((n * ${rows.target}u + atY) * ${columns.target}u + atX) * ${groups}u;
${repeat(plan.pixels, pixel)}`;
  return guards ? `if (${guards}) {\n${indent(stores)}\n}` : stores;
}
