/** Tensors as text, in PyTorch's form: what consoles show. `display.ts` has what notebooks show. */
import { elementCount } from '@glassbox/wgsl-kernels';
import { noGrad } from './grad-mode.ts';
import { concat, slice } from './ops/copy/slice.ts';
import { requireTensor } from './primitives/operands.ts';
import { isLive } from './runtime/storage.ts';
import type { Tensor } from './tensor.ts';

/** PyTorch's defaults: above so many elements the middle is left out, and so many stay at each edge. */
const threshold = 1000;
const edge = 3;
const lineWidth = 80;
const digits = 4;

export type NestedNumbers = number | NestedNumbers[];

/** The elements as nested lists of numbers; the number itself for a tensor without dimensions. */
export async function toList(x: Tensor): Promise<NestedNumbers> {
  requireTensor('tolist', x);
  const values = await x.array();
  let next = 0;
  const nest = (dim: number): NestedNumbers =>
    dim === x.shape.length ? values[next++] : Array.from({ length: x.shape[dim] }, () => nest(dim + 1));
  return nest(0);
}

/**
 * Reads the values and writes them as PyTorch does: 4 digits, aligned. Of more than 1000 elements it reads and shows
 * the first three and the last three along each dimension.
 * @throws Error if its memory was freed, as `array()`
 */
export async function toText(x: Tensor): Promise<string> {
  requireTensor('toText', x);
  return valuesText(x, await readShown(x));
}

/** Type, shape and device, at once; the values too while they are still on the host. */
export function printed(x: Tensor): string {
  const { storage, layout } = x;
  if (!storage.upload || storage.buffer) return headline(x);
  const places = shownPlaces(x.shape);
  let offsets = [0];
  places.forEach((along, dim) => {
    const steps = along.filter((place) => place !== null).map((place) => place * layout.strides[dim]);
    offsets = offsets.flatMap((offset) => steps.map((step) => offset + step));
  });
  const values = offsets.map((offset) => storage.upload![offset]);
  return `${headline(x)}\n${valuesText(x, { places, values })}`;
}

/** Type, shape, device, and where it comes from. */
export function headline({ shape, dtype, storage, node, requiresGrad, runtime }: Tensor): string {
  return [
    `Tensor [${shape}] ${dtype} on ${runtime.device.info.kind}`,
    ...(node ? [`from ${node.name}`] : requiresGrad ? ['requiresGrad'] : []),
    ...(isLive(storage) || storage.source ? [] : ['its memory was freed']),
  ].join(', ');
}

/** What is shown of a tensor. */
export interface Shown {
  /** For each dimension the positions that are shown, and null where some are left out. */
  readonly places: readonly (readonly (number | null)[])[];
  /** The values at these positions, row by row. */
  readonly values: ArrayLike<number>;
}

/** Reads what is shown: of a large tensor nothing else leaves the device. */
export async function readShown(x: Tensor): Promise<Shown> {
  const places = shownPlaces(x.shape);
  if (!places.some((along) => along.includes(null))) return { places, values: await x.array() };
  const corners = noGrad(() =>
    x.runtime.step(() =>
      places.reduce(
        (part, along, dim) =>
          along.includes(null) ? concat([slice(part, dim, 0, edge), slice(part, dim, -edge)], dim) : part,
        x,
      ),
    ),
  );
  return { places, values: await corners.array() };
}

function shownPlaces(shape: readonly number[]): (number | null)[][] {
  const isLong = elementCount(shape) > threshold;
  return shape.map((length) =>
    isLong && length > 2 * edge
      ? [0, 1, 2, null, length - 3, length - 2, length - 1]
      : Array.from({ length }, (_, at) => at),
  );
}

/** The values in PyTorch's form. */
export function valuesText(x: Tensor, shown: Shown): string {
  const { shape, dtype } = x;
  const start = 'tensor(';
  const body = x.size === 0 ? '[]' : block(shown, formatter(x, shown.values), start.length);
  const ends = [
    ...(x.size === 0 && shape.length !== 1 ? [`shape: [${shape}]`] : []),
    ...(dtype === 'f32' ? [] : [`dtype: ${dtype}`]),
    ...(x.node ? [`from: ${x.node.name}`] : x.requiresGrad ? ['requiresGrad: true'] : []),
  ];
  let text = start + body;
  let lastLine = text.length - text.lastIndexOf('\n') - 1;
  for (const end of ends) {
    const wraps = lastLine + end.length + 3 > lineWidth;
    text += wraps ? `,\n${' '.repeat(start.length)}${end}` : `, ${end}`;
    lastLine = wraps ? start.length + end.length : lastLine + 2 + end.length;
  }
  return `${text})`;
}

/** All dimensions, beginning `indent` characters from the left. */
function block({ places, values }: Shown, format: (value: number) => string, indent: number): string {
  let next = 0;
  const along = (dim: number): string => {
    if (dim === places.length) return format(values[next++]);
    const parts = places[dim].map((at) => (at === null ? null : along(dim + 1)));
    const left = ' '.repeat(indent + dim + 1);
    if (dim < places.length - 1)
      return `[${parts.map((part) => part ?? '...').join(`,${'\n'.repeat(places.length - dim - 1)}${left}`)}]`;
    const cells = parts.map((part) => part ?? ' ...');
    const inLine = Math.max(1, Math.floor((lineWidth - indent - dim) / (cells[0].length + 2)));
    const lines: string[] = [];
    for (let at = 0; at < cells.length; at += inLine) lines.push(cells.slice(at, at + inLine).join(', '));
    return `[${lines.join(`,\n${left}`)}]`;
  };
  return along(0);
}

/** How one number is written so that all that are shown have one width. */
export function formatter({ dtype }: Tensor, shown: ArrayLike<number>): (value: number) => string {
  const values = Array.from(shown);
  const write = dtype === 'f32' ? floatFormat(values) : (value: number) => String(value);
  const width = values.reduce((most, value) => Math.max(most, write(value).length), 1);
  return (value) => write(value).padStart(width);
}

/** PyTorch's choice between whole numbers, 4 digits after the point, and powers of ten. */
function floatFormat(shown: readonly number[]): (value: number) => string {
  const sizes = shown.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const least = sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = sizes.reduce((a, b) => Math.max(a, b), 0);
  const whole = sizes.every(Number.isInteger);
  const powers = sizes.length > 0 && (most / least > 1000 || most > 1e8 || (!whole && least < 1e-4));
  return (value) => {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
    if (powers) return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
    const sign = value < 0 || Object.is(value, -0) ? '-' : '';
    return sign + (whole ? `${Math.abs(value)}.` : fixed(Math.abs(value)));
  };
}

/** 4 digits after the point, a tie to the even digit as in Python. A float32 times 10⁴ is exact in float64. */
function fixed(size: number): string {
  const scaled = size * 10 ** digits;
  const tie = scaled % 1 === 0.5;
  return (tie ? (2 * Math.round(scaled / 2)) / 10 ** digits : size).toFixed(digits);
}
