import { type Kernel, type KernelBinding, reads, readsWrites } from '../kernel.ts';
import { elementCount, equal, type Layout } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { broadcastStrides } from './broadcast.ts';
import { atLeast1d, type Coordinates, coordinates } from './coordinates.ts';
import { flatKernel } from './flat.ts';

/** A formula over tensors that are broadcast to one shape. */
export interface MapSpec {
  /** The kernel's name. */
  readonly name: string;
  /** The formula in words or symbols, for the header. */
  readonly about: string;
  /** Operands by the name under which `expression` knows them, in the order of the bindings. */
  readonly operands: Readonly<Record<string, Layout>>;
  /** Name and layout of the result: the last binding. */
  readonly result: string;
  /** Layout of the result; its shape is what the operands are broadcast to. */
  readonly out: Layout;
  /** WGSL expression of type `vec4<f32>` in the operands' names, each a `vec4<f32>`. */
  readonly expression: string;
  /** WGSL functions that the expression calls. */
  readonly declarations?: string;
  /** True if the expression is 0 wherever every operand is 0: padding then needs no care where nothing is broadcast. */
  readonly zeroAtZero: boolean;
  /** Operations for one element of the result. */
  readonly flopPerElement: number;
}

/** How four neighbours of the result read an operand. */
export interface OperandLoad {
  /** How the operand is bound. */
  readonly binding: KernelBinding;
  /** WGSL expression of type `vec4<f32>`. */
  readonly value: string;
  /** Coordinates that the expression needs. */
  readonly dims: readonly number[];
  /** True if the load yields 0 in every padding lane of the result. */
  readonly keepsPadding: boolean;
}

/**
 * The one elementwise kernel: out[…] = expression(operands[…]), each operand in its own layout and stretched where
 * its size is 1. Operands in `out`'s layout are read straight through; others as a `vec4` where their lanes lie
 * side by side, as one number where they are stretched along the lanes, lane by lane otherwise.
 */
export function mapKernel(spec: MapSpec, machine: Machine): Kernel {
  const { name, operands, out, result } = spec;
  const place = coordinates(out, name);
  const loads = Object.entries(operands).map(([operand, layout]) =>
    loadOperand(operand, layout, out, place, name),
  );
  const masked = place.inside !== undefined && !(spec.zeroAtZero && loads.every((load) => load.keepsPadding));
  const dims = loads.flatMap((load) => [...load.dims]);
  const value = `formula(${loads.map((load) => load.value).join(', ')})`;
  const body = [
    ...place.declare(masked ? [...dims, ...place.insideDims] : dims),
    ...(masked ? [`let inside = ${place.inside};`] : []),
    `${result}[v] = ${masked ? `select(vec4<f32>(), ${value}, inside)` : value};`,
  ];
  const parameters = Object.keys(operands).map((operand) => `${operand}: vec4<f32>`);
  return flatKernel(
    {
      name,
      about: `${spec.about.trim()}\n${describeLayouts({ ...operands, [result]: out })}`,
      bindings: [...loads.map((load) => load.binding), readsWrites(result, 'array<vec4<f32>>')],
      declarations: `${spec.declarations ?? ''}
fn formula(${parameters.join(', ')}) -> vec4<f32> {
  return ${spec.expression};
}`,
      body: body.join('\n'),
      vectors: out.size / 4,
      flop: spec.flopPerElement * elementCount(out.shape),
      bytes: 4 * Object.values(operands).reduce((sum, layout) => sum + layout.size, out.size),
    },
    machine,
  );
}

/** WGSL that reads the four elements of `operand` that belong to the `vec4` at `place` of `out`. */
export function loadOperand(
  name: string,
  operand: Layout,
  out: Layout,
  place: Coordinates,
  op: string,
): OperandLoad {
  const target = atLeast1d(out);
  const strides = broadcastStrides(operand, target.shape, op);
  const vectors = reads(name, 'array<vec4<f32>>');
  // Stretched nowhere and with the same distances: element for element the same memory.
  const own = target.strides.map((stride, dim) => (target.shape[dim] > 1 ? stride : 0));
  if (operand.size === out.size && equal(strides, own)) {
    return { binding: vectors, value: `${name}[v]`, dims: [], keepsPadding: true };
  }
  const { lanes, indices, dims, clamps } = laneIndices(strides, out, place);
  if (lanes === 'vector') {
    return { binding: vectors, value: `${name}[${indices[0]}]`, dims, keepsPadding: !clamps };
  }
  const value = `vec4<f32>(${indices.map((index) => `${name}[${index}]`).join(', ')})`;
  return { binding: reads(name, 'array<f32>'), value, dims, keepsPadding: false };
}

/** Where the four elements at a `vec4` of a tensor lie in a buffer that has strides of its own. */
export interface LaneIndices {
  /** vector: side by side; splat: all at one place; gather: apart. */
  readonly lanes: 'vector' | 'splat' | 'gather';
  /** WGSL: one index for vector (counted in `vec4`s) and splat, four for gather. */
  readonly indices: readonly string[];
  /** Coordinates that the indices mention. */
  readonly dims: readonly number[];
  /** True if coordinates in an outer dimension's padding are moved to its last element, so that reads stay inside. */
  readonly clamps: boolean;
}

/**
 * Indices of the four neighbours at `place` of `out` in a buffer with the given stride per dimension of `out`
 * (0 where it is stretched). Every stride but 1 must be a multiple of 4, as in every layout.
 * `unit` 4 counts splat and gather indices in `vec4`s.
 */
export function laneIndices(
  strides: readonly number[],
  out: Layout,
  place: Coordinates,
  unit: 1 | 4 = 1,
): LaneIndices {
  const target = atLeast1d(out);
  const { inner } = place;
  const size = target.shape[inner];
  const padded = (dim: number) => target.extents[dim] !== target.shape[dim];
  const outer = target.order.filter((dim) => dim !== inner && strides[dim] > 0 && target.shape[dim] > 1);
  const clamps = outer.some(padded);
  const at = (dim: number) =>
    padded(dim) ? `min(${place.name(dim)}, ${target.shape[dim] - 1}u)` : place.name(dim)!;
  const sum = (per: number, last: readonly string[] = []) =>
    [...outer.map((dim) => times(at(dim), strides[dim] / per)), ...last].join(' + ') || '0u';
  const start = place.name(inner);
  if (strides[inner] === 0 || size === 1) {
    return { lanes: 'splat', indices: [sum(unit)], dims: outer, clamps };
  }
  const dims = [...outer, inner];
  if (strides[inner] === 1) {
    return { lanes: 'vector', indices: [sum(4, start ? [`${start} / 4u`] : [])], dims, clamps };
  }
  const position = (lane: number) => {
    if (!start) return `${Math.min(lane, size - 1)}u`;
    if (lane === 0) return start;
    return padded(inner) ? `min(${start} + ${lane}u, ${size - 1}u)` : `(${start} + ${lane}u)`;
  };
  const indices = [0, 1, 2, 3].map((lane) => sum(unit, [times(position(lane), strides[inner] / unit)]));
  return { lanes: 'gather', indices, dims, clamps };
}

function times(factor: string, count: number): string {
  return count === 1 ? factor : `${factor} * ${count}u`;
}

/** One line per tensor: shape, order in memory and padded sizes. */
export function describeLayouts(layouts: Readonly<Record<string, Layout>>): string {
  return Object.entries(layouts)
    .map(([name, { shape, order, extents }]) =>
      equal(shape, extents)
        ? `${name}: [${shape}] in order ${order}`
        : `${name}: [${shape}] in order ${order}, padded [${extents}]`,
    )
    .join('\n');
}
