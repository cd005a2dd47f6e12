import { faultsBinding, notANumber, rowFaultText } from '../faults.ts';
import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';

/** From how many labels a batch is gathered, and what they become. */
export interface GatherLabelsSpec {
  /** Rows in the data set. */
  readonly count: number;
  /** How a label is stored: one byte (four in a word), one u32, or one f32, which gives f32 only. */
  readonly source: 'u8' | 'u32' | 'f32';
  /** The batch's labels in `rowMajor`: [B] for one label a row, [B,L] for L labels a row. */
  readonly y: Layout;
  /** Element type of y: `u32` for classes, `f32` for binary labels and other targets. */
  readonly output: 'u32' | 'f32';
}

/**
 * Picks a batch's labels: y[b] = labels[rows[b]].
 * Bindings: labels (row-major, as `source` says; f32 as bits), rows (u32 [B], each below `count`), faults
 * (`faultWords`), y. A row of `count` or more is a fault: its labels are NaN, as u32 0xffffffff.
 */
export function gatherLabels(spec: GatherLabelsSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  const { count, source, y, output } = spec;
  const [b, columns = 1] = y.shape;
  if (y.shape.length > 2 || y.shape.length === 0) {
    throw new RangeError(`gatherLabels: y must be [B] or [B,L], not [${y.shape}]`);
  }
  if (source === 'f32' && output !== 'f32') {
    throw new RangeError(`gatherLabels: floats are no class numbers; they cannot become ${output}`);
  }
  const single = y.shape.length === 1;
  const groups = single ? 1 : y.extents[1] / 4;
  /** Four labels from `first` on: `call` of a number that must be below `size`, of which there are `count`. */
  const fourLabels = (first: string, call: (number: string) => string, size: string, count: number) =>
    repeat(4, (l) => lane(call, `${first} + ${l}u`, size, count % 4 === 0), ', ');
  const body = single
    ? `let value = vec4<u32>(${fourLabels('i * 4u', (row) => `label(${row}, 0u)`, 'B', b)});`
    : `let at = i / GROUPS;
let column = (i % GROUPS) * 4u;
let value = vec4<u32>(${fourLabels('column', (number) => `label(at, ${number})`, 'L', columns)});`;
  const missing = '4294967295u';
  // The bits of a float are kept: those that stand for a missing label are a NaN.
  const floats =
    source === 'f32'
      ? 'bitcast<vec4<f32>>(value)'
      : `select(vec4<f32>(value), vec4<f32>(${notANumber('(value.x | 1u)')}), value == vec4<u32>(${missing}))`;
  return linearKernel({
    name: 'gatherLabels',
    about: `
y[b] = labels[rows[b]].
labels: [${count}${single ? '' : `,${columns}`}] ${source === 'u8' ? 'bytes, four in a word' : source}
rows: [${b}]
y: [${y.shape}] ${output}, padded [${y.extents}]
One invocation writes four labels.`,
    bindings: [
      reads('labels', 'array<u32>'), // floats as their bits
      reads('rows', 'array<u32>'),
      faultsBinding,
      readsWrites('y', `array<vec4<${output}>>`),
    ],
    invocations: y.size / 4,
    workgroupSize,
    constants: { B: b, L: columns, GROUPS: groups },
    declarations: `
${rowFaultText('gatherLabels', 'rows', count)}
fn label(b: u32, column: u32) -> u32 {
  let row = rows[b];
  if (isBad(row)) {
    reportBad(b);
    return ${missing};
  }
  let at = ${single ? 'row' : 'row * L + column'};
  return ${source === 'u8' ? '(labels[at >> 2u] >> ((at & 3u) * 8u)) & 255u' : 'labels[at]'};
}`,
    body: `${body}\ny[i] = ${output === 'f32' ? floats : 'value'};`,
    flop: 0,
    bytes: 4 * (b + y.size) + b * columns * (source === 'u8' ? 1 : 4),
  });
}

/** WGSL: one lane of labels; beyond the last it reads the first and drops it. */
function lane(call: (number: string) => string, number: string, size: string, always: boolean): string {
  if (always) return call(number);
  const inside = `${number} < ${size}`;
  return `select(0u, ${call(`select(0u, ${number}, ${inside})`)}, ${inside})`;
}

/** The float64 twin of `gatherLabels`: row-major labels of `columns` each. */
export function gatherLabelsOracle(
  labels: ArrayLike<number>,
  columns: number,
  rows: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(
    { length: rows.length * columns },
    (_, i) => labels[rows[Math.floor(i / columns)] * columns + (i % columns)],
  );
}
