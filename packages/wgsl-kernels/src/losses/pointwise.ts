import { loopTo, partOf, sumLoops } from '../cascade.ts';
import { broadcastOracle } from '../elementwise/broadcast.ts';
import { coordinates } from '../elementwise/coordinates.ts';
import { f32 } from '../elementwise/literal.ts';
import { describeLayouts, loadOperand, mapKernel } from '../elementwise/map.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout, rowMajor } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import type { KernelPlan } from '../plan.ts';
import { dividedBy } from '../reduce/reduce.ts';
import { laneSum } from '../softmax/rows.ts';
import type { LossReduction } from './cross-entropy.ts';
import { type PointwiseLoss, type PointwiseLossRow, pointwiseLossRow } from './pointwise-ops.ts';

/** Which loss, over which tensors, and what becomes of the elements' losses. */
export interface PointwiseLossSpec {
  /** The loss by name. */
  readonly loss: PointwiseLoss;
  /** What becomes of the losses of the elements. */
  readonly reduction: LossReduction;
  /** Layout of x: predictions or logits. Any layout. */
  readonly x: Layout;
  /** Layout of the targets, as x by default; the same shape. */
  readonly t?: Layout;
  /** huber and smoothL1: up to which difference the loss is squared. Default 1. */
  readonly at?: number;
  /** bceWithLogits: factor of each element; broadcasts to x's shape. */
  readonly weight?: Layout;
  /** bceWithLogits: factor of positive targets, usually [C]; broadcasts to x's shape. */
  readonly posWeight?: Layout;
}

/**
 * loss = mean (over the number of elements) or sum of mse, l1, huber, smoothL1 or binary cross-entropy with logits.
 * Buffers of the plan: x, t, weight and posWeight if the spec has them, loss (a scalar, rowMajor([]));
 * scratch `partials` where two stages pay. Terms are added in an order fixed by the shapes and the machine.
 * @throws RangeError if an operand does not broadcast to x; TypeError for weights where the loss has none.
 */
export function pointwiseLossForward(spec: PointwiseLossSpec, machine: Machine = machines.gpu): KernelPlan {
  const vectors = spec.x.size / 4;
  const { workgroupSize } = machine;
  // About as many partial sums as terms in each, but no more than 64 workgroups have use for.
  const run = Math.max(16, Math.ceil(Math.sqrt(vectors)), Math.ceil(vectors / (64 * workgroupSize)));
  const parts = Math.ceil(vectors / run);
  if (parts === 1) return { kernels: [partsKernel(spec, run, 1, machine)], scratch: {} };
  return {
    kernels: [partsKernel(spec, run, parts, machine), totalKernel(spec, parts, machine)],
    scratch: { partials: 4 * parts },
  };
}

/**
 * dx = dy times the loss's derivative by x. Bindings: dy (a scalar, rowMajor([])), x, t, weight and posWeight if the
 * spec has them, dx (in x's layout). The targets' gradient of mse and l1 is the negative of it.
 */
export function pointwiseLossGradient(spec: PointwiseLossSpec, machine: Machine = machines.gpu): Kernel {
  const { row, operands, count } = parts(spec);
  const scale = 1 / count;
  return mapKernel(
    {
      name: `${spec.loss}Gradient`,
      about: `dx = dy ${scale} ${row.gradient}`,
      operands: { dy: rowMajor([]), ...operands },
      result: 'dx',
      out: spec.x,
      expression: `dy * ${f32(scale)} * (${row.gradient})`,
      declarations: row.declarations,
      zeroAtZero: row.gradientMapsZeroToZero,
      flopPerElement: row.flop + 2,
    },
    machine,
  );
}

function parts(spec: PointwiseLossSpec): {
  row: PointwiseLossRow;
  operands: Record<string, Layout>;
  /** What the sum is divided by. */
  count: number;
} {
  const { loss, x, t = x, weight, posWeight } = spec;
  if (t.shape.join() !== x.shape.join()) {
    throw new RangeError(
      `${loss}: targets [${t.shape}] must have the shape of the predictions [${x.shape}]; ` +
        'reshape or one-hot encode them',
    );
  }
  const row = pointwiseLossRow(loss, {
    weighted: weight !== undefined,
    posWeighted: posWeight !== undefined,
    at: spec.at ?? 1,
  });
  const layouts = { x, t, weight, posWeight };
  const operands = Object.fromEntries(row.operands.map((name) => [name, layouts[name]!]));
  return { row, operands, count: spec.reduction === 'mean' ? elementCount(x.shape) : 1 };
}

function partsKernel(spec: PointwiseLossSpec, run: number, count: number, machine: Machine): Kernel {
  const { row, operands, count: terms } = parts(spec);
  const { x, loss } = spec;
  const vectors = x.size / 4;
  const place = coordinates(x);
  const loads = Object.entries(operands).map(([name, layout]) => loadOperand(name, layout, x, place, loss));
  const masked =
    place.inside !== undefined && !(row.mapsZeroToZero && loads.every((load) => load.keepsPadding));
  const dims = [...loads.flatMap((load) => [...load.dims]), ...(masked ? place.insideDims : [])];
  const value = `formula(${loads.map((load) => load.value).join(', ')})`;
  const step = (suffix: string) =>
    [
      ...place.declare(dims),
      `sum${suffix} += ${masked ? `select(vec4<f32>(), ${value}, ${place.inside})` : value};`,
    ].join('\n');
  const result = count === 1 ? 'loss' : 'partials';
  return linearKernel({
    name: `${loss}Forward`,
    about: `
loss = ${spec.reduction} of ${row.forward}
${describeLayouts(operands)}
One invocation adds up ${run} consecutive vec4s.`,
    bindings: [...loads.map((load) => load.binding), readsWrites(result, 'array<vec4<f32>>')],
    declarations: `${row.declarations ?? ''}
fn formula(${Object.keys(operands)
      .map((name) => `${name}: vec4<f32>`)
      .join(', ')}) -> vec4<f32> {
  return ${row.forward};
}`,
    invocations: count,
    workgroupSize: machine.workgroupSize,
    constants: { RUN: run, VECTORS: vectors },
    body: `
var sum = vec4<f32>();
${sumLoops([partOf('v', 'i', run, vectors, ['RUN', 'VECTORS'])], ['sum'], step)}
${result}[i] = ${count === 1 ? scalarResult(terms) : 'sum'};`,
    flop: (row.flop + 1) * elementCount(x.shape),
    bytes: 4 * (Object.values(operands).reduce((sum, layout) => sum + layout.size, 0) + 4 * count),
  });
}

function totalKernel(spec: PointwiseLossSpec, count: number, { workgroupSize }: Machine): Kernel {
  return linearKernel({
    name: `${spec.loss}Total`,
    about: `
loss = ${spec.reduction} from ${count} partial sums
One invocation adds them in order.`,
    bindings: [reads('partials', 'array<vec4<f32>>'), readsWrites('loss', 'array<vec4<f32>>')],
    invocations: 1,
    workgroupSize,
    constants: { PARTS: count },
    body: `
var sum = vec4<f32>();
${sumLoops([{ ...loopTo('k', count), to: 'PARTS' }], ['sum'], (suffix) => `sum${suffix} += partials[k];`)}
loss[i] = ${scalarResult(parts(spec).count)};`,
    flop: 4 * count,
    bytes: 16 * (count + 1),
  });
}

function scalarResult(count: number): string {
  return `vec4<f32>(${dividedBy(count)(laneSum('sum'))}, 0f, 0f, 0f)`;
}

/** Data of a loss for the oracles: dense arrays and the shapes of what is broadcast. */
export interface PointwiseLossData {
  /** Predictions or logits. */
  readonly x: ArrayLike<number>;
  /** Targets, of the same shape. */
  readonly t: ArrayLike<number>;
  /** Shape of both. */
  readonly shape: readonly number[];
  /** huber and smoothL1: up to which difference the loss is squared. Default 1. */
  readonly at?: number;
  /** Factor of each element, which broadcasts to the shape. */
  readonly weight?: { readonly data: ArrayLike<number>; readonly shape: readonly number[] };
  /** Factor of positive targets, which broadcasts to the shape. */
  readonly posWeight?: { readonly data: ArrayLike<number>; readonly shape: readonly number[] };
}

function terms(
  loss: PointwiseLoss,
  data: PointwiseLossData,
  which: 'oracle' | 'oracleGradient',
): Float64Array {
  const { x, t, shape, at = 1, weight, posWeight } = data;
  const row = pointwiseLossRow(loss, {
    weighted: weight !== undefined,
    posWeighted: posWeight !== undefined,
    at,
  });
  const w = weight && broadcastOracle(weight.data, weight.shape, shape);
  const p = posWeight && broadcastOracle(posWeight.data, posWeight.shape, shape);
  return Float64Array.from(x, (value, i) => row[which](value, t[i], w?.[i] ?? 1, p?.[i] ?? 1));
}

/** The loss in float64. */
export function pointwiseLossOracle(
  loss: PointwiseLoss,
  reduction: LossReduction,
  data: PointwiseLossData,
): number {
  const sum = terms(loss, data, 'oracle').reduce((total, term) => total + term, 0);
  return reduction === 'mean' ? sum / data.x.length : sum;
}

/** dx in float64. */
export function pointwiseLossGradientOracle(
  loss: PointwiseLoss,
  reduction: LossReduction,
  dy: number,
  data: PointwiseLossData,
): Float64Array {
  const scale = reduction === 'mean' ? dy / data.x.length : dy;
  return terms(loss, data, 'oracleGradient').map((term) => term * scale);
}
