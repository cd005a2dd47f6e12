import { loopTo, type SumOptions, sumLoops } from '../cascade.ts';
import type { Constants } from '../constants.ts';
import { lanesBelow } from '../elementwise/coordinates.ts';
import { repeat } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';

/**
 * How batch norm's kernels walk over a tensor whose dimension 1 is the channel, with `vec4<f32>` everywhere.
 *
 * - Images with C >= 4 (channels-last) and matrices [N,C]: a *row* is one pixel, a *unit* is a group of four
 *   channels. An invocation takes a range of rows and up to four neighbouring groups (one 64-byte cache line).
 * - Planar images (C < 4): a *row* is one line of W pixels in each plane, a *unit* is one channel, and a
 *   `vec4` holds four neighbouring pixels of it. An invocation takes a range of rows and all channels.
 *
 * Per-channel arrays (mean, weight, …) are `array<vec4<f32>>` of C padded to a multiple of 4 in both cases.
 */
export interface ChannelWalk {
  readonly channels: number;
  /** C padded to a multiple of 4, divided by 4. */
  readonly groups: number;
  /** Elements of one channel: N·H·W. */
  readonly count: number;
  /** Ranges that the rows are cut into; each becomes one line of a partials buffer. */
  readonly parts: number;
  /** Elements of one channel in each part but the last, and in the last. */
  readonly countPerPart: number;
  readonly rowsPerPart: number;
  readonly countInLastPart: number;
  /** `vec4`s of one unit in a row. */
  readonly rowVectors: number;
  readonly invocations: number;
  /** Units that one invocation holds in registers; code is repeated for each. */
  readonly units: number;
  /** Channels that one invocation holds. */
  readonly channelsEach: number;
  /** The numbers that the texts below use, by name; sizes that end in 4 are counted in vec4s. */
  readonly constants: Constants;
  /** WGSL that opens `main`: which rows (`first` to `last`) of which `block` of units this invocation does. */
  readonly prologue: string;
  /** WGSL: the `vec4` of a per-channel array [C], or of row 1 of an array [2,C], that belongs to unit `u`. */
  perChannel(array: string, u: number, row?: 0 | 1): string;
  /** WGSL: the middle one of three values of unit `u` from the rows from `from` to before `to`. */
  typical(array: string, u: number, from: string, to: string): string;
  /**
   * WGSL: a loop over the range. `body(u, at, mask)` handles the vec4 at index `at` of unit `u`;
   * `mask` is a `vec4<bool>`, true where a lane is a pixel, if some of its lanes are padding.
   */
  loop(body: (u: number, at: string, mask: string | undefined) => string): string;
  /**
   * WGSL: a loop over the rows from `from` to before `to`, at most `rows`, that adds to the sums `<name><u>`, as
   * `sumLoops`: `body` is also given what to append to their names.
   */
  sumLoop(
    names: readonly string[],
    range: { readonly from: string; readonly to: string; readonly rows: number },
    body: (u: number, at: string, mask: string | undefined, suffix: string) => string,
    options?: SumOptions,
  ): string;
  /** WGSL: a sum of unit `u` with the lanes that belong to one channel added, in every lane of the channel. */
  perLane(sum: string): string;
  /**
   * WGSL: once for each vec4 of channels that the invocation has summed. `at` is its index in a per-channel
   * array, `sum(v)` the vec4 of the sums in the variables `v0, v1, …`, `pick(v)` that of values equal in all lanes.
   */
  finish(body: (at: string, sum: (v: string) => string, pick: (v: string) => string) => string): string;
}

/** `rowsPerPart` turns the number of rows into the size of one invocation's range. */
export function channelWalk(op: string, x: Layout, rowsPerPart: (rows: number) => number): ChannelWalk {
  const { shape, order, extents } = x;
  const rank = shape.length;
  if (elementCount(shape) === 0) throw new RangeError(`${op}: the input is empty, shape [${shape}]`);
  const inner = order.at(-1);
  if ((rank === 2 || rank === 4) && inner === 1 && order[0] === 0) return interleaved(x, rowsPerPart);
  if (rank === 4 && shape[1] < 4 && inner === 3 && order[1] === 1 && extents[1] === shape[1]) {
    return planar(x, rowsPerPart);
  }
  throw new RangeError(
    `${op}: expected an image in imageLayout or a matrix [N,C] in rowMajor, but got shape [${shape}] in order ` +
      `[${order}]; convert with relayout`,
  );
}

/** Rows per part of a reduction: at least 32, and at most 256 parts for the second stage to merge. */
export function reductionRows(rows: number): number {
  return Math.max(32, Math.ceil(rows / 256));
}

function cut(rows: number, rowsPerPart: (rows: number) => number) {
  const size = Math.min(rows, rowsPerPart(rows));
  const parts = Math.ceil(rows / size);
  return { size, parts, last: rows - (parts - 1) * size };
}

function prologue(blocks: number): string {
  const split = blocks === 1 ? 'let part = i;' : 'let part = i / BLOCKS;\nlet block = i % BLOCKS;';
  return `${split}\nlet first = part * PART_ROWS;\nlet last = min(first + PART_ROWS, ROWS);`;
}

function interleaved(x: Layout, rowsPerPart: (rows: number) => number): ChannelWalk {
  const channels = x.shape[1];
  const groups = x.extents[1] / 4;
  const rows = elementCount(x.shape) / channels;
  const { size, parts, last } = cut(rows, rowsPerPart);
  const units = [4, 3, 2, 1].find((n) => groups % n === 0)!;
  const blocks = groups / units;
  const base = units === 1 ? 'block' : 'block * UNITS';
  const group = (u: number) => (blocks === 1 ? `${u}u` : u === 0 ? base : `${base} + ${u}u`);
  return {
    channels,
    groups,
    count: rows,
    parts,
    countPerPart: size,
    rowsPerPart: size,
    countInLastPart: last,
    rowVectors: 1,
    invocations: parts * blocks,
    units,
    channelsEach: 4 * units,
    constants: {
      GROUPS: [groups, 'vec4s of channels'],
      UNITS: [units, 'of them an invocation'],
      BLOCKS: [blocks, 'invocations along the channels'],
      ROWS: [rows, 'pixels'],
      PART_ROWS: [size, 'pixels of an invocation'],
      PARTS: parts,
    },
    prologue: prologue(blocks),
    perChannel: (array, u, row = 0) => `${array}[${row === 0 ? '' : 'GROUPS + '}${group(u)}]`,
    typical: (array, u, from, to) => {
      const at = (row: string) => `${array}[(${row}) * GROUPS + ${group(u)}]`;
      return middleOf(at(from), at(`(${from} + ${to}) / 2u`), at(`${to} - 1u`));
    },
    sumLoop: (names, { from, to, rows: count }, body, options) =>
      sumLoops(
        [{ variable: 'row', from, to, count }],
        Array.from({ length: units }, (_, u) => names.map((name) => `${name}${u}`)).flat(),
        (suffix) => `let at = row * GROUPS${blocks === 1 ? '' : ` + ${base}`};
${repeat(units, (u) => `{\n${lines(body(u, u === 0 ? 'at' : `at + ${u}u`, undefined, suffix), 2)}\n}`)}`,
        options,
      ),
    perLane: (sum) => sum,
    loop: (body) => `
for (var row = first; row < last; row++) {
  let at = row * GROUPS${blocks === 1 ? '' : ` + ${base}`};
${repeat(units, (u) => `  {\n${lines(body(u, u === 0 ? 'at' : `at + ${u}u`, undefined), 4)}\n  }`)}
}`,
    finish: (body) =>
      repeat(
        units,
        (u) =>
          `{\n${lines(
            body(
              group(u),
              (v) => `${v}${u}`,
              (v) => `${v}${u}`,
            ),
            2,
          )}\n}`,
      ),
  };
}

function planar(x: Layout, rowsPerPart: (rows: number) => number): ChannelWalk {
  const [n, channels, h, w] = x.shape;
  const across = x.extents[3] / 4;
  const rows = n * h;
  const { size, parts, last } = cut(rows, rowsPerPart);
  const full = w >= 4;
  const tail = w % 4;
  const mask = `vec4<bool>(${repeat(4, (l) => String(l < tail), ', ')})`;
  const inside = tail === 0 ? undefined : `(${lanesBelow(w, across === 1 ? undefined : 'column * 4u', 'W')})`;
  const line = (row: string) => `(${row} / H) * (C * PLANE4) + (${row} % H) * LINE4`;
  const lanes = (value: (u: number) => string) =>
    `vec4<f32>(${repeat(4, (u) => (u < channels ? value(u) : '0.0'), ', ')})`;
  return {
    channels,
    groups: 1,
    count: rows * w,
    parts,
    countPerPart: size * w,
    rowsPerPart: size,
    countInLastPart: last * w,
    rowVectors: across,
    invocations: parts,
    units: channels,
    channelsEach: channels,
    constants: {
      C: channels,
      H: h,
      W: w,
      LINE4: [across, 'vec4s of a line of a plane'],
      PLANE4: h * across,
      GROUPS: [1, 'vec4s of channels'],
      ROWS: [rows, 'lines of all images'],
      PART_ROWS: [size, 'lines of an invocation'],
      PARTS: parts,
    },
    prologue: prologue(1),
    perChannel: (array, u, row = 0) => `vec4<f32>(${array}[${row}].${'xyzw'[u]})`,
    typical: (array, u, from, to) => {
      const at = (row: string, lane: number) =>
        `${array}[${line(`(${row})`)} + ${u}u * PLANE4].${'xyz'[lane]}`;
      // A row may be all that there is, and a row may be short.
      const lane = (l: number) => Math.min(l, w - 1);
      const value = middleOf(at(from, 0), at(`(${from} + ${to}) / 2u`, lane(1)), at(`${to} - 1u`, lane(2)));
      return `vec4<f32>(${value})`;
    },
    sumLoop: (names, { from, to, rows: count }, body, options) =>
      repeat(channels, (u) =>
        sumLoops(
          [
            { variable: 'row', from, to, count },
            { ...loopTo('column', across), to: 'LINE4' },
          ],
          names.map((name) => `${name}${u}`),
          (suffix) => `let at = ${line('row')} + ${u}u * PLANE4 + column;
${body(u, 'at', inside, suffix).trim()}`,
          options,
        ),
      ),
    perLane: (sum) => `vec4<f32>(dot(${sum}, vec4<f32>(1.0)))`,
    loop: (body) => `
for (var row = first; row < last; row++) {
  let line = ${line('row')};
${repeat(channels, (u) => {
  const start = u === 0 ? 'line' : `line + ${u}u * PLANE4`;
  const whole = `  for (var at = ${start}; at < ${start} + W / 4u; at++) {\n${lines(body(u, 'at', undefined), 4)}\n  }`;
  const rest = `  {\n${lines(body(u, `${start} + W / 4u`, mask), 4)}\n  }`;
  return [full ? whole : '', tail > 0 ? rest : ''].filter(Boolean).join('\n');
})}
}`,
    finish: (body) =>
      `{\n${lines(
        body(
          '0u',
          (v) => lanes((u) => `dot(${v}${u}, vec4<f32>(1.0))`),
          (v) => lanes((u) => `${v}${u}.x`),
        ),
        2,
      )}\n}`,
  };
}

/** WGSL: neither the largest nor the smallest of three. */
function middleOf(a: string, b: string, c: string): string {
  return `max(min(${a}, ${b}), min(max(${a}, ${b}), ${c}))`;
}

function lines(text: string, by: number): string {
  return text.trim().replace(/^(?=.)/gm, ' '.repeat(by));
}
