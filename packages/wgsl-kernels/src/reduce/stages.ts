import { type Coordinates, coordinates } from '../elementwise/coordinates.ts';
import { f32 } from '../elementwise/literal.ts';
import { describeLayouts, laneIndices } from '../elementwise/map.ts';
import { type Kernel, linearKernel, reads, type Tuning, writes } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import type { KernelPlan } from '../plan.ts';
import { nest, type ReducedLoops, raggedLanes, reducedLoops, sliceCount, stepOffset } from './loops.ts';
import { alignOutput } from './shape.ts';

/** A reduction: result[…] = scale × combine over the axes of element(x[…]). */
export interface ReductionSpec {
  readonly name: string;
  /** The formula, for the header. */
  readonly about: string;
  readonly input: Layout;
  /** Dimensions to reduce over, as `normalizeAxes` gives them. */
  readonly axes: readonly number[];
  readonly output: Layout;
  /** Names of the bindings of the tensor that is reduced (x by default) and of the result. */
  readonly operand?: string;
  readonly result: string;
  /** WGSL literal of the number that `combine` starts from. */
  readonly initial: string;
  /** WGSL over two `vec4<f32>` or two `f32`; the same result in any grouping but for rounding. */
  readonly combine: (a: string, b: string) => string;
  /** WGSL over `x: vec4<f32>` and, if there is a `companion`, its value `c: vec4<f32>`; x itself by default. */
  readonly element?: string;
  /** Name of a tensor in the output's layout that `element` reads. */
  readonly companion?: string;
  /** Factor of the result, 1 by default. */
  readonly scale?: number;
  /** True if taking in padding, which is 0, does not change the result. */
  readonly paddingIsNeutral: boolean;
  /** Operations per element of the input. */
  readonly flopPerElement: number;
}

/**
 * Reduces in one kernel, or, where there are few results and much to reduce, in two: slices of the longest
 * reduced dimension into `partials`, then the slices in order. Bindings: x, the companion if any, the result.
 */
export function reduction(spec: ReductionSpec, tuning: Tuning): KernelPlan {
  const output = alignOutput(spec.name, spec.input, spec.axes, spec.output);
  const steps = reducedLoops(spec.input, spec.axes, spec.paddingIsNeutral);
  const slices = sliceCount(steps.loops, output.size / 4, tuning);
  const first = reduceSlices(spec, output, steps, slices, tuning);
  if (slices === 1) return { kernels: [first], scratch: {} };
  return {
    kernels: [first, combineSlices(spec, output, slices, tuning)],
    scratch: { partials: slices * output.size },
  };
}

/** How the four results of an invocation are accumulated. */
interface Accumulators {
  readonly elementType: 'vec4<f32>' | 'f32';
  /** Coordinates and first indices of what is read. */
  readonly dims: readonly number[];
  readonly bases: readonly string[];
  /** For each accumulator: what it takes in at a step, and the companion's value that goes with it. */
  readonly takes: readonly { readonly x: string; readonly c: string }[];
  /** WGSL `vec4<f32>`: the four results from `acc0, acc1, …`. */
  readonly results: string;
}

/**
 * Two ways. If the dimension along the lanes is kept, one accumulator holds four results. If it is reduced, each
 * result has an accumulator of its own, whose four lanes are combined at the end.
 */
function accumulate(
  { input, axes, combine, operand = 'x' }: ReductionSpec,
  output: Layout,
  place: Coordinates,
  { loops, alongLanes }: ReducedLoops,
): Accumulators {
  const kept = input.strides.map((stride, dim) => (axes.includes(dim) ? 0 : stride));
  const strides = kept.length > 0 ? kept : [0];
  if (alongLanes) {
    const { indices, dims } = laneIndices(strides, output, place, 4);
    const step = stepOffset(loops, 4);
    const takes = indices.map((_, a) => ({ x: `${operand}[base${a}${step}]`, c: `vec4<f32>(c[${a}])` }));
    const total = (a: number) => {
      const pair = (p: string, q: string) => `(${combine(`acc${a}.${p}`, `acc${a}.${q}`)})`;
      return combine(pair('x', 'y'), pair('z', 'w'));
    };
    const results = [0, 1, 2, 3].map((a) => (a < indices.length ? total(a) : '0f')).join(', ');
    return {
      elementType: 'vec4<f32>',
      dims,
      bases: indices,
      takes,
      results: `vec4<f32>(${results})`,
    };
  }
  const { lanes, indices, dims } = laneIndices(strides, output, place);
  if (lanes === 'vector') {
    const takes = [{ x: `${operand}[base0${stepOffset(loops, 4)}]`, c: 'c' }];
    return { elementType: 'vec4<f32>', dims, bases: indices, takes, results: 'acc0' };
  }
  const step = stepOffset(loops, 1);
  const takes = [
    { x: `vec4<f32>(${indices.map((_, a) => `${operand}[base${a}${step}]`).join(', ')})`, c: 'c' },
  ];
  return { elementType: 'f32', dims, bases: indices, takes, results: 'acc0' };
}

function reduceSlices(
  spec: ReductionSpec,
  output: Layout,
  steps: ReducedLoops,
  slices: number,
  tuning: Tuning,
): Kernel {
  const { input, companion, initial, combine, operand = 'x' } = spec;
  const place = coordinates(output);
  const { elementType, dims, bases, takes, results } = accumulate(spec, output, place, steps);
  const outputs = output.size / 4;
  const whole = slices === 1;
  const result = whole ? spec.result : 'partials';
  const ragged = raggedLanes(steps);
  const update = takes.map(({ x, c }, a) => {
    const mapped = spec.element ? `element(${companion ? `${x}, ${c}` : x})` : x;
    const value = ragged ? `select(vec4<f32>(${initial}), ${mapped}, inside)` : mapped;
    return `acc${a} = ${combine(`acc${a}`, value)};`;
  });
  const body = [
    whole ? 'let v = i;' : `let v = i % ${outputs}u;\nlet slice = i / ${outputs}u;`,
    ...place.declare(whole ? [...dims, ...place.insideDims] : dims),
    ...bases.map((base, a) => `let base${a} = ${base};`),
    ...(companion ? [`let c = ${companion}[v];`] : []),
    ...takes.map((_, a) => `var acc${a} = vec4<f32>(${initial});`),
    nest(steps.loops, slices, [...(ragged ? [`let inside = ${ragged};`] : []), ...update].join('\n')),
    `${result}[${whole ? 'v' : 'i'}] = ${whole ? finished(spec, results, place) : results};`,
  ];
  const parameters = companion ? 'x: vec4<f32>, c: vec4<f32>' : 'x: vec4<f32>';
  return linearKernel({
    name: spec.name,
    about: `
${spec.about}
${describeLayouts({ [operand]: input, [spec.result]: spec.output })}
One invocation computes four neighbours of the result${whole ? '' : ` from one of ${slices} slices of x`}.`,
    bindings: [
      reads(operand, `array<${elementType}>`),
      ...(companion ? [reads(companion, 'array<vec4<f32>>')] : []),
      writes(result, 'array<vec4<f32>>'),
    ],
    declarations: spec.element && `fn element(${parameters}) -> vec4<f32> {\n  return ${spec.element};\n}`,
    invocations: outputs * slices,
    workgroupSize: tuning.workgroupSize,
    body: body.join('\n'),
    flop: spec.flopPerElement * elementCount(input.shape),
    bytes: 4 * (input.size + (companion ? output.size : 0) + output.size * slices),
  });
}

function combineSlices(spec: ReductionSpec, output: Layout, slices: number, tuning: Tuning): Kernel {
  const { name, combine, result } = spec;
  const place = coordinates(output);
  const outputs = output.size / 4;
  const body = [
    'let v = i;',
    ...place.declare(place.insideDims),
    'var acc = partials[v];',
    `for (var slice = 1u; slice < ${slices}u; slice++) {`,
    `  acc = ${combine('acc', `partials[slice * ${outputs}u + v]`)};`,
    '}',
    `${result}[v] = ${finished(spec, 'acc', place)};`,
  ];
  return linearKernel({
    name: `${name}Slices`,
    about: `
${spec.about}
${describeLayouts({ [result]: spec.output })}
partials: one such tensor for each of ${slices} slices.
One invocation combines four neighbours of all slices, in order.`,
    bindings: [reads('partials', 'array<vec4<f32>>'), writes(result, 'array<vec4<f32>>')],
    invocations: outputs,
    workgroupSize: tuning.workgroupSize,
    body: body.join('\n'),
    flop: (slices - 1) * elementCount(output.shape),
    bytes: 4 * output.size * (slices + 1),
  });
}

/** Scaled, with padding set to 0. */
function finished({ scale = 1 }: ReductionSpec, value: string, { inside }: Coordinates): string {
  const scaled = scale === 1 ? value : `${value} * ${f32(scale)}`;
  return inside === undefined ? scaled : `select(vec4<f32>(), ${scaled}, ${inside})`;
}
