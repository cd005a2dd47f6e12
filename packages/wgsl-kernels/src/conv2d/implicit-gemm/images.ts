import { ahead } from '../../constants.ts';
import { indent, type Kernel, linearKernel, repeat } from '../../kernel.ts';
import type { Machine } from '../../machine.ts';
import { plus } from '../../matmul/arithmetic.ts';
import { type Axis, classCount, emitAxis, staysInside } from './axis.ts';
import { vectorChannels } from './channels.ts';
import { type ImplicitGemm, innerLoopOf, targetVectors } from './gemm.ts';
import { accumulators, describe, numberTile, operandsOf } from './parts.ts';
import { type ConvTile, gemmConstants, type Plan, planTiles, rowOfTaps } from './plan.ts';
import { sharesOverImages } from './shares.ts';
import { beyondEdges, storeVectors } from './store.ts';

/** A core's first-level cache, less what source and target need of it. */
const weightBytes = 24 * 1024;

/** The tile over images that suits the shape on a CPU with 16 vector registers; undefined if none fits. */
export function imagesTile(gemm: ImplicitGemm, { lockstep, vectorWidth }: Machine): ConvTile | undefined {
  const { source, target, rows, columns } = gemm;
  if (lockstep || innerLoopOf(gemm) !== 'splat') return undefined;
  const [images] = target.layout.shape;
  const groups = targetVectors(gemm);
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
    ? { form: 'images', pixels: best.pixels, channels4: best.channels4 }
    : undefined;
}

/**
 * The implicit GEMM for CPUs. To `pixels.ts` it adds that the pixels of an invocation are one position in neighbouring
 * images. They have the same taps inside of the source, and only those are computed: at the second of 2x2 positions
 * under a 3x3 filter, 4 of 9. Their addresses differ by constants. Sums run in the same order.
 * @throws RangeError unless both sides have 4 channels or more, and the batch as many images as the tile has pixels.
 */
export function imagesKernel(gemm: ImplicitGemm, { workgroupSize }: Machine, tile: ConvTile): Kernel {
  const [images] = gemm.target.layout.shape;
  if (innerLoopOf(gemm) !== 'splat' || images < tile.pixels) {
    throw new RangeError(
      `${gemm.name}: a tile over ${tile.pixels} images is for batches of at least so many, and 4 channels or more on ` +
        "both sides; leave out form: 'images'",
    );
  }
  const plan = planTiles(gemm, tile);
  return linearKernel({
    name: gemm.name,
    about: `${describe(gemm, plan, false)}
Its pixels are one position in ${plan.pixels} neighbouring images; taps in the padding are left out.`,
    ...operandsOf(gemm),
    invocations: plan.runs * plan.run * plan.channelTiles * plan.classes,
    workgroupSize: tile.workgroupSize ?? workgroupSize,
    constants: gemmConstants(gemm, plan),
    body: body(gemm, plan),
  });
}

function body(gemm: ImplicitGemm, plan: Plan): string {
  const { rows, columns } = gemm;
  const [y, x] = [emitAxis(rows, 'Y'), emitAxis(columns, 'X')];
  return `${place(gemm, plan)}
${[...y.setup, ...x.setup].map((line) => `${line}\n`).join('')}let startY = ${y.start('stepY')};
let startX = ${x.start('stepX')};
${accumulators(gemm, plan)}
${taps(gemm, plan)}
let atY = ${y.position('stepY')};
let atX = ${x.position('stepX')};
${store(gemm, plan)}`;
}

/** Which channels, residue class, position and images this invocation computes. */
function place(gemm: ImplicitGemm, plan: Plan): string {
  const [images] = gemm.target.layout.shape;
  const first = 'tile / (STEPS_Y * STEPS_X) * PIXELS';
  return [
    ...numberTile(plan),
    'let stepY = tile / STEPS_X % STEPS_Y;',
    'let stepX = tile % STEPS_X;',
    // The last images overlap with those before: they are computed twice, and stored once.
    ...(images % plan.pixels === 0
      ? [`let n = ${first};`]
      : [`let own = ${first};`, 'let n = min(own, IMAGES - PIXELS);']),
  ].join('\n');
}

function taps(gemm: ImplicitGemm, plan: Plan): string {
  const { rows, columns } = gemm;
  const [y, x] = [emitAxis(rows, 'Y'), emitAxis(columns, 'X')];
  const only = (axis: Axis, steps: number, condition: string, text: string) =>
    staysInside(axis, steps) ? text : `if (${condition}) {\n${indent(text)}\n}`;
  const inColumn = `let at0 = ((n * SOURCE_H + row) * SOURCE_W + column) * SOURCE_C4;
${repeat(plan.pixels - 1, (m) => `let at${m + 1} = ${ahead('at0', m + 1, 'SOURCE_IMAGE')};`)}
let tap = ${y.tap} * S + ${x.tap};
${vectorChannels(gemm, plan)}`;
  const inRow = `for (${x.loop}) {
  let column = ${x.place('')};
${indent(only(columns, plan.columns, 'column < SOURCE_W', inColumn))}
}`;
  return `for (${y.loop}) {
  let row = ${y.place('')};
${indent(only(rows, plan.rows, 'row < SOURCE_H', rowOfTaps(gemm, plan, inRow)))}
}`;
}

/** Writes the accumulators; positions beyond the target's edge (the last of a residue class) are left out. */
function store(gemm: ImplicitGemm, plan: Plan): string {
  const [images] = gemm.target.layout.shape;
  const pixel = (m: number) => {
    const text = storeVectors(gemm, plan, ahead('to', m, 'TARGET_IMAGE'), m);
    return images % plan.pixels === 0 ? text : `if (${plus('n', m)} >= own) {\n${indent(text)}\n}`;
  };
  const condition = beyondEdges(gemm, plan, 'atY', 'atX');
  const stores = `let to = ((n * TARGET_H + atY) * TARGET_W + atX) * TARGET_C4;
${repeat(plan.pixels, pixel)}`;
  return condition ? `if (${condition}) {\n${indent(stores)}\n}` : stores;
}
