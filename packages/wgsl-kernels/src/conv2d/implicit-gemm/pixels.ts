import { indent, type Kernel, linearKernel, repeat } from '../../kernel.ts';
import type { Machine } from '../../machine.ts';
import { plus } from '../../matmul/arithmetic.ts';
import { classCount, emitAxis, outsideShare, staysInside } from './axis.ts';
import { planarChannels, vectorChannels } from './channels.ts';
import { type ImplicitGemm, innerLoopOf, targetVectors } from './gemm.ts';
import { accumulators, describe, numberTile, operandsOf } from './parts.ts';
import { type AxisTexts, type ConvTile, gemmConstants, type Plan, planTiles, rowOfTaps } from './plan.ts';
import { store } from './store.ts';

/**
 * The implicit GEMM for every device and shape. To the plain kernel it adds register tiles: an invocation computes
 * several neighbouring pixels times several vec4s of channels, so that what it loads is used several times. Its
 * address is worked out once for each line of source pixels, not for each tap, and taps in the padding read the zeros
 * after the source instead of being tested in the inner loop.
 */
export function pixelsKernel(gemm: ImplicitGemm, machine: Machine, tile: ConvTile): Kernel {
  const plan = planTiles(gemm, tile);
  return linearKernel({
    name: gemm.name,
    about: describe(gemm, plan),
    ...operandsOf(gemm),
    invocations: plan.runs * plan.run * plan.channelTiles * plan.classes,
    workgroupSize: tile.workgroupSize ?? machine.workgroupSize,
    constants: gemmConstants(gemm, plan),
    body: `${placeTile(plan)}\n${classesText(gemm, plan)}`,
  });
}

/** The tile that suits the shape. */
export function pixelsTile(gemm: ImplicitGemm, { loads, vectorWidth }: Machine): ConvTile {
  const groups = targetVectors(gemm);
  const channels4 = Math.min(groups, 4);
  const loop = innerLoopOf(gemm);
  if (loop === 'dot') return { pixels: 4, channels4: 1 };
  if (loop === 'planar') return { pixels: [8, 4, 3, 2][channels4 - 1], channels4 };
  if (loads === 'costly') return { pixels: 8, channels4 };
  // Measured on the wasm device, as shares of the peak; channels beyond the last are computed in vain.
  const wide = vectorWidth === 8;
  const tiles = [
    { pixels: wide ? 6 : 2, channels4: 4, share: 0.94 },
    { pixels: 5, channels4: 2, share: wide ? 0.56 : 0.93 },
    { pixels: 3, channels4: 3, share: wide ? 0.4 : 0.8 },
    { pixels: 8, channels4: 1, share: wide ? 0.3 : 0.6 },
  ];
  const gain = ({ channels4, share }: (typeof tiles)[0]) =>
    (share * groups) / (Math.ceil(groups / channels4) * channels4);
  const best = tiles.reduce((best, one) => (gain(one) > gain(best) ? one : best));
  return { pixels: best.pixels, channels4: best.channels4 };
}

/** Which channels, residue class and pixels this invocation computes, and where their source begins. */
function placeTile(plan: Plan): string {
  const { pixels, total } = plan;
  const each = (m: number) => {
    const pixel = plus('tile * PIXELS', m);
    return `let pixel${m} = ${total % pixels === 0 ? pixel : `min(${pixel}, LAST_PIXEL)`};
${placePixel(m, `pixel${m}`)}`;
  };
  return [...numberTile(plan), repeat(pixels, each)].join('\n');
}

/** WGSL: image, row and column of a target pixel of the residue class. */
export function placePixel(m: number | string, pixel: string): string {
  return `let n${m} = ${pixel} / (STEPS_Y * STEPS_X);
let y${m} = ${pixel} / STEPS_X % STEPS_Y;
let x${m} = ${pixel} % STEPS_X;`;
}

/**
 * One residue class, or all of them one after the other: to few channels a class has so little work that it
 * pays to do all with one set of source pixels and constant taps.
 */
function classesText(gemm: ImplicitGemm, plan: Plan): string {
  const { rows, columns } = gemm;
  const one = (residueY?: number, residueX?: number) => {
    const axes = { y: emitAxis(rows, 'Y', residueY), x: emitAxis(columns, 'X', residueX) };
    const starts = (m: number) => `let startY${m} = ${axes.y.start(`y${m}`)};
let startX${m} = ${axes.x.start(`x${m}`)};`;
    return [
      ...axes.y.setup,
      ...axes.x.setup,
      repeat(plan.pixels, starts),
      accumulators(gemm, plan),
      tapLoops(gemm, plan, axes),
      store(gemm, plan, axes),
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

/** The loops over the filter's taps; inside, the sum over source channels. */
function tapLoops(gemm: ImplicitGemm, plan: Plan, { y, x }: AxisTexts): string {
  const { rows, columns } = gemm;
  const planar = innerLoopOf(gemm) === 'planar';
  const checkY = !staysInside(rows, plan.rows);
  const checkX = !staysInside(columns, plan.columns);
  const inside = (m: number) =>
    [...(checkY ? [`insideY${m}`] : []), ...(checkX ? [`(${x.place(m)} < SOURCE_W)`] : [])].join(' & ');
  const line = (m: number) =>
    planar
      ? `(n${m} * (SOURCE_C * SOURCE_H) + ${y.place(m)}) * SOURCE_ROW`
      : `(n${m} * SOURCE_H + ${y.place(m)}) * SOURCE_W`;
  const rowPart = (m: number) =>
    `${checkY ? `let insideY${m} = ${y.place(m)} < SOURCE_H;\n` : ''}let line${m} = ${line(m)};`;
  const place = (m: number) => {
    const pixel = `line${m} + ${x.place(m)}`;
    if (planar) return `let at${m} = ${pixel};${inside(m) ? ` let in${m} = ${inside(m)};` : ''}`;
    const index = `(${pixel}) * SOURCE_C4`;
    return `let at${m} = ${inside(m) ? `select(ZEROS, ${index}, ${inside(m)})` : index};`;
  };
  const channelLoop = planar ? planarChannels(gemm, plan, inside(0) !== '') : vectorChannels(gemm, plan);
  const { skipRows, skipColumns } = skips(gemm, plan);
  const anyRow = repeat(plan.pixels, (m) => `insideY${m}`, ' | ');
  const anyColumn = repeat(plan.pixels, (m) => `(at${m} != ZEROS)`, ' | ');
  const only = (skip: boolean, condition: string, text: string) =>
    skip ? `if (${condition}) {\n${indent(text)}\n}` : text;
  const columnLoop = `for (${x.loop}) {
${indent(repeat(plan.pixels, place))}
  let tap = ${y.tap} * S + ${x.tap};
${indent(only(skipColumns, anyColumn, channelLoop))}
}`;
  return `for (${y.loop}) {
${indent(repeat(plan.pixels, rowPart))}
${indent(only(skipRows, anyRow, rowOfTaps(gemm, plan, columnLoop)))}
}`;
}

/** Skipping taps that lie in the padding for the whole tile pays if there are this many; else the test costs more. */
const worthSkipping = 0.08;

function skips(gemm: ImplicitGemm, plan: Plan): { skipRows: boolean; skipColumns: boolean } {
  if (innerLoopOf(gemm) !== 'splat') return { skipRows: false, skipColumns: false };
  const inRow = Math.min(plan.pixels, plan.columns);
  const neighbours = Math.ceil(plan.pixels / plan.columns);
  return {
    skipRows: outsideShare(gemm.rows, plan.rows, neighbours) >= worthSkipping,
    skipColumns: outsideShare(gemm.columns, plan.columns, inRow) >= worthSkipping,
  };
}
