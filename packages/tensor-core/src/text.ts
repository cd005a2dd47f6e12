/** Tensors as text, in PyTorch's form: what consoles and notebooks show. */
import { unpack } from '@glassbox/wgsl-kernels';
import { requireTensor } from './primitives/operands.ts';
import { type HostArray, hostArrayOf, isLive } from './runtime/storage.ts';
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

/** Reads the values and writes them as PyTorch does: 4 digits, aligned, long tensors without their middle. */
export async function toText(x: Tensor): Promise<string> {
  requireTensor('toText', x);
  return valuesText(x, await x.array());
}

/** Type, shape and device, at once; the values too while they are still on the host. */
export function printed(x: Tensor): string {
  const { shape, dtype, storage, layout, node } = x;
  const what = [
    `Tensor [${shape}] ${dtype} on ${x.runtime.device.info.kind}`,
    ...(node ? [`from ${node.name}`] : x.requiresGrad ? ['requiresGrad'] : []),
    ...(isLive(storage) ? [] : ['its memory was freed']),
  ].join(', ');
  if (!storage.upload || storage.buffer) return what;
  const values = unpack(layout, storage.upload, new hostArrayOf[dtype](x.size));
  return `${what}\n${valuesText(x, values)}`;
}

/** What a notebook shows: rows and columns as a table, all else as text. */
export async function display(x: Tensor): Promise<Record<string, string>> {
  const values = await x.array();
  const text = { 'text/plain': `${printed(x)}\n${valuesText(x, values)}` };
  const [rows, columns] = x.shape;
  if (x.shape.length !== 2 || x.size === 0) return text;
  const format = formatter(x, values);
  const [down, across] = [places(rows, x.size), places(columns, x.size)];
  const line = (cell: string, contents: readonly string[]) =>
    `<tr>${contents.map((content) => `<${cell}>${content}</${cell}>`).join('')}</tr>`;
  const head = line('th', ['', ...across.map((c) => (c === null ? '…' : String(c)))]);
  const body = down.map((r) =>
    line('td', [
      r === null ? '…' : `<b>${r}</b>`,
      ...across.map((c) => (r === null || c === null ? '…' : format(values[r * columns + c]).trim())),
    ]),
  );
  const caption = `<caption>${rows} × ${columns}, ${x.dtype}</caption>`;
  return { ...text, 'text/html': `<table>${caption}${head}${body.join('')}</table>` };
}

/** Positions along a dimension that are shown; null where some are left out. */
function places(length: number, size: number): (number | null)[] {
  const all = Array.from({ length }, (_, at) => at);
  return size > threshold && length > 2 * edge ? [...all.slice(0, edge), null, ...all.slice(-edge)] : all;
}

function valuesText(x: Tensor, values: HostArray): string {
  const { shape, dtype } = x;
  const start = 'tensor(';
  const body = x.size === 0 ? '[]' : block(x, values, formatter(x, values), start.length, 0, 0);
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

/** One dimension and all below it, beginning at element `from`. */
function block(
  x: Tensor,
  values: HostArray,
  format: (value: number) => string,
  indent: number,
  dim: number,
  from: number,
): string {
  const { shape } = x;
  if (dim === shape.length) return format(values[from]);
  const shown = places(shape[dim], x.size);
  if (dim === shape.length - 1) {
    const cells = shown.map((at) => (at === null ? ' ...' : format(values[from + at])));
    const width = format(values[from]).length + 2;
    const inLine = Math.max(1, Math.floor((lineWidth - indent) / width));
    const lines: string[] = [];
    for (let at = 0; at < cells.length; at += inLine) lines.push(cells.slice(at, at + inLine).join(', '));
    return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
  }
  const stride = shape.slice(dim + 1).reduce((product, size) => product * size, 1);
  const parts = shown.map((at) =>
    at === null ? '...' : block(x, values, format, indent + 1, dim + 1, from + at * stride),
  );
  const gap = `,${'\n'.repeat(shape.length - dim - 1)}${' '.repeat(indent + 1)}`;
  return `[${parts.join(gap)}]`;
}

/** How one number is written so that all that are shown have one width. */
function formatter(x: Tensor, values: HostArray): (value: number) => string {
  const shown = shownValues(x, values);
  const write = x.dtype === 'f32' ? floatFormat(shown) : (value: number) => String(value);
  const width = shown.reduce((most, value) => Math.max(most, write(value).length), 1);
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

function shownValues({ shape, size }: Tensor, values: HostArray): readonly number[] {
  if (size <= threshold) return [...values];
  let at = [0];
  for (const length of shape) {
    const shown = places(length, size).filter((place) => place !== null);
    at = at.flatMap((base) => shown.map((place) => base * length + place));
  }
  return at.map((index) => values[index]);
}
