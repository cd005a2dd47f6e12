import { type Kernel, type KernelBinding, reads, type Tuning, writes } from '../kernel.ts';
import { elementCount, equal, type Layout } from '../layout.ts';
import { broadcastStrides } from './broadcast.ts';
import { atLeast1d, type Coordinates, coordinates } from './coordinates.ts';
import { flatKernel } from './flat.ts';

/** A formula over tensors that are broadcast to one shape. */
export interface MapSpec {
  readonly name: string;
  /** The formula in words or symbols, for the header. */
  readonly about: string;
  /** Operands by the name under which `expression` knows them, in the order of the bindings. */
  readonly operands: Readonly<Record<string, Layout>>;
  /** Name and layout of the result: the last binding. */
  readonly result: string;
  readonly out: Layout;
  /** WGSL expression of type `vec4<f32>` in the operands' names, each a `vec4<f32>`. */
  readonly expression: string;
  /** WGSL functions that the expression calls. */
  readonly declarations?: string;
  /** True if the expression is 0 wherever every operand is 0: padding then needs no care where nothing is broadcast. */
  readonly zeroAtZero: boolean;
  readonly flopPerElement: number;
}

/** How four neighbours of the result read an operand. */
export interface OperandLoad {
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
export function mapKernel(spec: MapSpec, tuning: Tuning): Kernel {
  const { name, operands, out, result } = spec;
  const place = coordinates(out);
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
      bindings: [...loads.map((load) => load.binding), writes(result, 'array<vec4<f32>>')],
      declarations: `${spec.declarations ?? ''}
fn formula(${parameters.join(', ')}) -> vec4<f32> {
  return ${spec.expression};
}`,
      body: body.join('\n'),
      vectors: out.size / 4,
      flop: spec.flopPerElement * elementCount(out.shape),
      bytes: 4 * Object.values(operands).reduce((sum, layout) => sum + layout.size, out.size),
    },
    tuning,
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
  const moving = target.shape.map((size) => size > 1);
  const vectors = reads(name, 'array<vec4<f32>>');
  // Stretched nowhere and with the same distances: element for element the same memory.
  if (
    operand.size === out.size &&
    equal(
      strides,
      target.strides.map((s, d) => (moving[d] ? s : 0)),
    )
  ) {
    return { binding: vectors, value: `${name}[v]`, dims: [], keepsPadding: true };
  }
  const { inner } = place;
  const outer = target.order.filter((dim) => dim !== inner && strides[dim] > 0);
  // Coordinates in an outer dimension's padding lie outside of the operand: stay on its last element.
  const at = (dim: number) =>
    target.extents[dim] === target.shape[dim]
      ? place.name(dim)!
      : `min(${place.name(dim)}, ${target.shape[dim] - 1}u)`;
  const clamped = outer.every((dim) => target.extents[dim] === target.shape[dim]);
  const sum = (unit: number, last: string[]) =>
    [...outer.map((dim) => times(at(dim), strides[dim] / unit)), ...last].join(' + ') || '0u';
  if (strides[inner] === 0) {
    const value = `vec4<f32>(${name}[${sum(1, [])}])`;
    return { binding: reads(name, 'array<f32>'), value, dims: outer, keepsPadding: false };
  }
  if (strides[inner] === 1) {
    const position = place.name(inner);
    const value = `${name}[${sum(4, position ? [`${position} / 4u`] : [])}]`;
    return { binding: vectors, value, dims: [...outer, inner], keepsPadding: clamped };
  }
  const size = target.shape[inner];
  const lane = (l: number) => {
    const start = place.name(inner);
    let position = start ? (l === 0 ? start : `${start} + ${l}u`) : `${Math.min(l, size - 1)}u`;
    if (start && target.extents[inner] !== size && l > 0) position = `min(${position}, ${size - 1}u)`;
    else if (start && l > 0) position = `(${position})`;
    return `${name}[${sum(1, [times(position, strides[inner])])}]`;
  };
  return {
    binding: reads(name, 'array<f32>'),
    value: `vec4<f32>(${[0, 1, 2, 3].map(lane).join(', ')})`,
    dims: [...outer, inner],
    keepsPadding: false,
  };
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
