import { ahead } from '../../constants.ts';
import { indent, repeat } from '../../kernel.ts';
import { plus, times } from '../../matmul/arithmetic.ts';
import type { Conv2dSpec } from '../spec.ts';
import { type Axis, axesOf, type Chunk, chunksOf, multiplierOf, sourceOf } from './walk.ts';

/** Pixels that an invocation sums for some channels, before it goes on to the next channels. */
export const fewPixels = 16;
/** Pixels whose products are added up before a sum takes them in. */
const pixels = 4;

/** WGSL: the lanes of x that belong to vec4 number `c` of dy's channels. */
export function lanesOf(spec: Conv2dSpec, at: string, c: string): string {
  if (multiplierOf(spec) === 1) return `x[${at} + ${c}]`;
  return `vec4<f32>(${repeat(4, (l) => `x[${at} + (${plus(`(${c}) * 4u`, l)}) / M]`, ', ')})`;
}

/** Columns whose pixels are summed before the next channels are. */
export interface Part {
  readonly chunks: readonly Chunk[];
  /** More than 1: so many parts follow one another in a loop. */
  readonly repeats: number;
}

/** Parts of the columns: a loop over those of `fewPixels` whose taps all lie inside, and what is left. */
export function partsOf(columns: Axis): readonly Part[] {
  const chunks = chunksOf(columns, pixels);
  const steps = fewPixels / pixels;
  const rest: Chunk[] = [];
  const parts: Part[] = [];
  for (const chunk of chunks) {
    const repeats = Math.floor(chunk.repeats / steps);
    if (repeats < 2) {
      rest.push(chunk);
      continue;
    }
    const left = chunk.repeats % steps;
    parts.push({ chunks: [{ ...chunk, repeats: steps }], repeats });
    if (left > 0) rest.push({ ...chunk, start: chunk.start + repeats * fewPixels, repeats: left });
  }
  return [...parts, { chunks: rest, repeats: 1 }].filter((part) => part.chunks.length > 0);
}

/** Sums of products of dy and x that an invocation has in registers. */
export interface TapSums {
  /** The buffer that gets them. */
  readonly result: string;
  /** vec4s of channels, from number `c` on. */
  readonly together: number;
  /** Columns of dy. */
  readonly part: Part;
  /** WGSL of rows of taps. */
  readonly taps: readonly string[];
  /** WGSL of the first row of dy, and of the row before which the sum ends. */
  readonly first: string;
  readonly end: string;
}

/** WGSL: adds the sums over some rows of dy, for some rows of taps, to a slice. */
export function tapSums(spec: Conv2dSpec, { result, together, part, taps, first, end }: TapSums): string {
  const [, columns] = axesOf(spec, 'forward');
  const each = (make: (r: number, s: number, j: number) => string) =>
    repeat(taps.length, (r) => repeat(columns.taps, (s) => repeat(together, (j) => make(r, s, j), ' ')));
  const step = part.repeats > 1 ? `(part * ${fewPixels / pixels}u + step)` : 'step';
  const chunks = part.chunks.map((chunk) => chunkSums(spec, chunk, { together, step, tapRows: taps.length }));
  const lines = taps.map(
    (r, at) => `let line${at} = (n * SOURCE_Y + p * STRIDE_Y + ${r} - PADDING_Y) * (SOURCE_X * SOURCE_C);`,
  );
  return `${each((r, s, j) => `var sum${r}_${s}_${j} = vec4<f32>();`)}
for (var p = ${first}; p < ${end}; p++) {
${indent(lines.join('\n'))}
  let row = (n * TARGET_Y + p) * (TARGET_X * C4) + c;
${indent(chunks.join('\n'))}
}
let to = slice + ${taps[0]} * (TAPS_X * C4) + c;
${each((r, s, j) => {
  const at = plus(ahead('to', r * columns.taps + s, 'C4'), j);
  return `${result}[${at}] += sum${r}_${s}_${j};`;
})}`;
}

/** WGSL: adds the products of some neighbouring pixels of dy to the sums of some rows of taps. */
function chunkSums(
  spec: Conv2dSpec,
  chunk: Chunk,
  { together, step, tapRows }: { readonly together: number; readonly step: string; readonly tapRows: number },
): string {
  const [, columns] = axesOf(spec, 'forward');
  const { start, count, repeats } = chunk;
  const loops = repeats > 1;
  const sum = (r: number, s: number, j: number) => {
    const line = `${loops ? 'ahead' : 'line'}${r}`;
    const products = Array.from({ length: count }, (_, m) => {
      const at = sourceOf(columns, chunk, m, s);
      if (at === undefined) return [];
      const place = at < 0 ? `${line} - ${-at}u * SOURCE_C` : ahead(line, at, 'SOURCE_C');
      return [`dy${m}_${j} * ${lanesOf(spec, place, plus('c', j))}`];
    }).flat();
    return products.length > 0 ? `sum${r}_${s}_${j} += ${products.join(' +\n  ')};` : '';
  };
  const pixel = (m: number) => (loops ? ahead('row + column * C4', m, 'C4') : ahead('row', start + m, 'C4'));
  const dy = repeat(count, (m) =>
    repeat(together, (j) => `let dy${m}_${j} = dy[${plus(pixel(m), j)}];`, ' '),
  );
  const sums = repeat(tapRows, (r) => repeat(columns.taps, (s) => repeat(together, (j) => sum(r, s, j))));
  const text = `${dy}\n${sums}`;
  if (!loops) return `{ // columns from ${start}\n${indent(text)}\n}`;
  const source = times('column', columns.stride, 'STRIDE_X');
  return `for (var step = 0u; step < ${repeats}u; step++) {
  let column = ${plus(`${step} * ${count}u`, start)};
${indent(repeat(tapRows, (r) => `let ahead${r} = line${r} + ${source} * SOURCE_C;`))}
${indent(text)}
}`;
}
