/** The loops of the poolings' texts, around a kernel's own statements. */
import { type SumLoop, sumLoops } from '../cascade.ts';
import { indent, repeat } from '../kernel.ts';
import { axisNames, isDilated, type Steps } from './emit.ts';
import {
  type Cells,
  cellsOf,
  isClipped,
  type Pool2dSpec,
  pool2dDilation,
  pool2dOutputSize,
  pool2dReach,
} from './spec.ts';

function index({ groups }: Cells, cell: string): string {
  return groups === 1 ? cell : `(${cell}) * GROUPS + group`;
}

/**
 * Visits the positions of x under the window of y's cell, in scan order, padding left out.
 * `each(place, at, suffix)` gets the WGSL of h·W + w and of the index in x, and what to append to the name of the
 * `sum` that it adds to, if any; `before` gets the first position's index.
 */
export function forEachTap(
  spec: Pool2dSpec,
  before: (first: string) => string,
  each: (place: string, at: string, suffix: string) => string,
  after: string,
  sums: readonly 'sum'[] = [],
): Steps {
  const cells = cellsOf(spec);
  const { kernel } = spec;
  const dilation = pool2dDilation(spec);
  const inner = (place: string, at: string) => `{\n${indent(each(place, at, '').trim())}\n}`;
  if (!isClipped(spec, 0) && !isClipped(spec, 1) && kernel[0] * kernel[1] <= 16) {
    const taps = repeat(kernel[0] * kernel[1], (tap) => {
      const [r, s] = [Math.floor(tap / kernel[1]) * dilation[0], (tap % kernel[1]) * dilation[1]];
      return inner(`corner + (${r}u * W + ${s}u)`, `start + (${r}u * X_LINE + ${s}u) * GROUPS`);
    });
    return {
      perRow: '',
      perColumn: 'let corner = row * (STRIDE_H * W) + column * STRIDE_W;',
      perCell: `
let start = ${index(cells, '(plane * H + row * STRIDE_H) * X_LINE + column * STRIDE_W')};
${before('start').trim()}
${taps}
${after.trim()}`,
    };
  }
  if (isDilated(spec)) return forEachTapApart(spec, before, each, after);
  // The window's part inside the image.
  const range = (first: string, end: string, position: string, d: 0 | 1) => {
    const { extent, kernel, stride, padding } = axisNames[d];
    return `
let ${first} = max(${position} * ${stride}, ${padding}) - ${padding};
let ${end} = min(${position} * ${stride} + ${kernel}, ${extent} + ${padding}) - ${padding};`;
  };
  const tapLoop = (variable: string, d: 0 | 1): SumLoop => ({
    ...boxLoop(variable, kernel[d]),
    multiple: isClipped(spec, d) ? 1 : kernel[d],
  });
  return {
    perRow: range('hFirst', 'hEnd', 'row', 0),
    perColumn: `${range('wFirst', 'wEnd', 'column', 1)}\nlet corner = hFirst * W + wFirst;`,
    perCell: `
${before(index(cells, '(plane * H + hFirst) * X_LINE + wFirst')).trim()}
${overBox(cells, [tapLoop('h', 0), tapLoop('w', 1)], sums, (suffix) =>
  each('h * W + w', index(cells, '(plane * H + h) * X_LINE + w'), suffix),
)}
${after.trim()}`,
  };
}

/** The same for windows with a dilation, whose loops count positions of the window: from `rFirst` to before `rEnd`. */
function forEachTapApart(
  spec: Pool2dSpec,
  before: (first: string) => string,
  each: (place: string, at: string, suffix: string) => string,
  after: string,
): Steps {
  const cells = cellsOf(spec);
  const range = (tap: string, position: string, d: 0 | 1) => {
    const { extent, kernel, stride, padding, dilation } = axisNames[d];
    const start = `${position} * ${stride}`;
    const upTo = (end: string) => `(max(${end}, ${start}) - ${start} + (${dilation} - 1u)) / ${dilation}`;
    return `
let ${tap}First = ${upTo(padding)};
let ${tap}End = min(${kernel}, ${upTo(`${extent} + ${padding}`)});`;
  };
  const place = (tap: string, position: string, d: 0 | 1) => {
    const { stride, padding, dilation } = axisNames[d];
    return `${position} * ${stride} + ${tap} * ${dilation} - ${padding}`;
  };
  return {
    perRow: `${range('r', 'row', 0)}\nlet hFirst = ${place('rFirst', 'row', 0)};`,
    perColumn: `${range('s', 'column', 1)}
let wFirst = ${place('sFirst', 'column', 1)};
let corner = hFirst * W + wFirst;`,
    perCell: `
${before(index(cells, '(plane * H + hFirst) * X_LINE + wFirst')).trim()}
for (var r = rFirst; r < rEnd; r++) {
  let h = ${place('r', 'row', 0)};
  for (var s = sFirst; s < sEnd; s++) {
    let w = ${place('s', 'column', 1)};
${indent(each('h * W + w', index(cells, '(plane * H + h) * X_LINE + w'), '').trim(), 4)}
  }
}
${after.trim()}`,
  };
}

function boxLoop(variable: string, count: number): SumLoop {
  return { variable, from: `${variable}First`, to: `${variable}End`, count };
}

/** Loops over a box of positions; where they add to sums, long ones in blocks. */
function overBox(
  { float }: Cells,
  loops: readonly SumLoop[],
  sums: readonly string[],
  body: (suffix: string) => string,
): string {
  const options = sums.length > 0 ? { type: float } : { chain: Number.MAX_SAFE_INTEGER };
  return sumLoops(loops, sums, (suffix) => body(suffix).trim(), options);
}

/**
 * Visits the cells (p, q) of y whose windows cover x's cell, or with a dilation reach over it: then `each` must tell.
 * `each(at, suffix)` gets the WGSL of the index in y, and what to append to the name of the `sum` that it adds to.
 */
export function forEachWindow(
  spec: Pool2dSpec,
  before: string,
  each: (at: string, suffix: string) => string,
  after: string,
): Steps {
  const cells = cellsOf(spec);
  const { stride, padding } = spec;
  const output = pool2dOutputSize(spec);
  const reach = [pool2dReach(spec, 0), pool2dReach(spec, 1)] as const;
  const reachName = (d: 0 | 1) => (pool2dDilation(spec)[d] > 1 ? `REACH_${'HW'[d]}` : axisNames[d].kernel);
  const at = index(cells, '(plane * P + p) * Y_LINE + q');
  const place = (position: string, d: 0 | 1) =>
    padding[d] ? `(${position} + ${axisNames[d].padding})` : position;
  if (reach[0] <= stride[0] && reach[1] <= stride[1]) {
    // At most one window covers a position.
    const covered: string[] = [];
    const axis = (p: string, position: string, d: 0 | 1) => {
      const names = axisNames[d];
      const last = (d === 0 ? spec.height : spec.width) - 1;
      if (reach[d] < stride[d]) covered.push(`${place(position, d)} % ${names.stride} < ${reachName(d)}`);
      if (Math.floor((last + padding[d]) / stride[d]) >= output[d]) covered.push(`${p} < ${names.output}`);
      return `let ${p} = ${place(position, d)} / ${names.stride};`;
    };
    const [perRow, perColumn] = [axis('p', 'row', 0), axis('q', 'column', 1)];
    const visit = each(at, '').trim();
    const guarded = covered.length ? `if (${covered.join(' && ')}) {\n${indent(visit)}\n}` : visit;
    return { perRow, perColumn, perCell: `${before.trim()}\n${guarded}\n${after.trim()}` };
  }
  const windows = (d: 0 | 1) => Math.ceil(reach[d] / stride[d]);
  const range = (p: string, position: string, d: 0 | 1) => {
    const { stride, output } = axisNames[d];
    const [at, reach] = [place(position, d), reachName(d)];
    return `
let ${p}First = (max(${at} + ${stride}, ${reach}) - ${reach}) / ${stride};
let ${p}End = min(${at} / ${stride} + 1u, ${output});`;
  };
  return {
    perRow: range('p', 'row', 0),
    perColumn: range('q', 'column', 1),
    perCell: `
${before.trim()}
${overBox(cells, [boxLoop('p', windows(0)), boxLoop('q', windows(1))], ['sum'], (suffix) => each(at, suffix))}
${after.trim()}`,
  };
}
