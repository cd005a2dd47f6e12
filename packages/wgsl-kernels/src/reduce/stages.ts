import { loopTo, type SumLoop, sumLoops } from '../cascade.ts';
import { type Coordinates, coordinates } from '../elementwise/coordinates.ts';
import { extremeFunctions } from '../elementwise/literal.ts';
import { describeLayouts } from '../elementwise/map.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { KernelPlan } from '../plan.ts';
import { accumulate } from './forms.ts';
import { counted, loopConstants, type ReducedLoops, raggedLanes, reducedLoops, sliceCount } from './loops.ts';
import { alignOutput } from './shape.ts';

/** A reduction: result[…] = sum, largest or smallest over the dimensions of element(x[…]). */
export interface ReductionSpec {
  readonly name: string;
  /** The formula, for the header. */
  readonly about: string;
  readonly input: Layout;
  /** Dimensions to reduce over, as `normalizeDims` gives them. */
  readonly dims: readonly number[];
  readonly output: Layout;
  /** Names of the bindings of the tensor that is reduced (x by default) and of the result. */
  readonly operand?: string;
  readonly result: string;
  /**
   * A sum is cut into short chains (`cascade.ts`); max and min start from an element, so that no number is out of
   * their range.
   */
  readonly op: 'sum' | 'max' | 'min';
  /**
   * WGSL over `x: vec4<f32>` and, if there is a `companion`, its value `c: vec4<f32>`; x itself by default. Several
   * of them are summed side by side.
   */
  readonly elements?: readonly string[];
  /** Name of a tensor in the output's layout that the elements read. */
  readonly companion?: string;
  /** WGSL of the result from the sums of all elements, by default the first of them. */
  readonly finish?: (...sums: readonly string[]) => string;
  /** True if taking in padding, which is 0, does not change the result. */
  readonly paddingIsNeutral: boolean;
  /** Operations per element of the input. */
  readonly flopPerElement: number;
}

/**
 * Reduces in one kernel, or, where there are few results and much to reduce, in two: slices of the longest
 * reduced dimension into `partials`, then the slices in order. Bindings: x, the companion if any, the result.
 */
export function reduction(spec: ReductionSpec, machine: Machine): KernelPlan {
  const output = alignOutput(spec.name, spec.input, spec.dims, spec.output);
  const steps = reducedLoops(spec.input, spec.dims, spec.paddingIsNeutral);
  const slices = sliceCount(steps.loops, output.size / 4, machine);
  const first = reduceSlices(spec, output, steps, slices, machine);
  if (slices === 1) return { kernels: [first], scratch: {} };
  return {
    kernels: [first, combineSlices(spec, output, slices, machine)],
    scratch: { partials: slices * termsOf(spec) * output.size },
  };
}

/** How many sums a result is made from. */
function termsOf({ elements = ['x'] }: ReductionSpec): number {
  return elements.length;
}

/** WGSL statements: the accumulator takes in a value. Max and min remember where they saw a NaN. */
function take(op: ReductionSpec['op'], acc: string, suffix: string, value: string): string {
  if (op === 'sum') return `${acc}${suffix} += ${value};`;
  const nan = nanOf(acc);
  return `let value_${acc} = ${value};
${acc}${suffix} = ${op}(${acc}${suffix}, value_${acc});
${nan}${suffix} = ${nan}${suffix} | (value_${acc} != value_${acc});`;
}

/** Which of the accumulator's lanes have seen a NaN. */
const nanOf = (acc: string) => acc.replace('acc', 'nan');

/** A loop over all that accumulators take in, and WGSL that declares what they started from. */
function accumulated(
  op: ReductionSpec['op'],
  loops: readonly SumLoop[],
  accumulators: readonly { readonly name: string; readonly start: string }[],
  update: (suffix: string) => string,
): string {
  const names = accumulators.map(({ name }) => name);
  const declared = accumulators.map(({ name, start }) => `var ${name} = ${start};`);
  if (op === 'sum') return [...declared, sumLoops(loops, names, update)].join('\n');
  const nans = names.map(nanOf);
  const starts = new Map(accumulators.map(({ name, start }) => [name, start]));
  return [
    ...declared,
    ...accumulators.map(({ name, start }) => `var ${nanOf(name)} = ${start} != ${start};`),
    sumLoops(loops, [...names, ...nans], update, {
      start: (name) => starts.get(name) ?? 'vec4<bool>()',
      join: (a, b) => (a.startsWith('acc') ? `${op}(${a}, ${b})` : `${a} | ${b}`),
    }),
    ...names.map((name) => `${name} = withNan(${name}, ${nanOf(name)});`),
  ].join('\n');
}

function reduceSlices(
  spec: ReductionSpec,
  output: Layout,
  steps: ReducedLoops,
  slices: number,
  machine: Machine,
): Kernel {
  const { input, companion, op, operand = 'x', elements = ['x'] } = spec;
  const place = coordinates(output);
  const kept = input.strides.map((stride, dim) => (spec.dims.includes(dim) ? 0 : stride));
  const strides = kept.length > 0 ? kept : [0];
  const { elementType, unit, dims, bases, takes, results } = accumulate({
    operand,
    strides,
    output,
    place,
    steps,
    op,
  });
  const outputs = output.size / 4;
  const whole = slices === 1;
  const result = whole ? spec.result : 'partials';
  const ragged = raggedLanes(steps);
  const sums = op === 'sum';
  const outside = (a: number) => (sums ? 'vec4<f32>()' : `first${a}`);
  const accumulators = takes.flatMap((_, a) =>
    elements.map((_, t) => ({ name: accumulator(a, t), start: outside(a) })),
  );
  const update = (suffix: string) => [
    ...(ragged ? [`let inside = ${ragged};`] : []),
    ...takes.flatMap(({ x, c }, a) =>
      elements.map((element, t) => {
        const mapped = element === 'x' ? x : `element${t}(${companion ? `${x}, ${c}` : x})`;
        const value = ragged ? `select(${outside(a)}, ${mapped}, inside)` : mapped;
        return take(op, accumulator(a, t), suffix, value);
      }),
    ),
  ];
  const total = (t: number) => results((a) => accumulator(a, t));
  const stored = whole
    ? [
        `${result}[v] = ${finished(
          spec,
          elements.map((_, t) => total(t)),
          place,
        )};`,
      ]
    : elements.map((_, t) => `${result}[${partialIndex(elements.length, t)}] = ${total(t)};`);
  const body = [
    whole ? 'let v = i;' : 'let v = i % OUTPUTS4;\nlet slice = i / OUTPUTS4;',
    ...place.declare(whole ? [...dims, ...place.insideDims] : dims),
    ...bases.map((base, a) => `let base${a} = ${base};`),
    ...(companion ? [`let c = ${companion}[v];`] : []),
    ...(sums ? [] : takes.map(({ first }, a) => `let first${a} = ${first};`)),
    accumulated(op, counted(steps.loops, slices), accumulators, (suffix) => update(suffix).join('\n')),
    ...stored,
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
      readsWrites(result, 'array<vec4<f32>>'),
    ],
    declarations: [
      ...(sums ? [] : [extremeFunctions(op)]),
      ...elements.flatMap((element, t) =>
        element === 'x' ? [] : [`fn element${t}(${parameters}) -> vec4<f32> {\n  return ${element};\n}`],
      ),
    ].join('\n'),
    invocations: outputs * slices,
    workgroupSize: machine.workgroupSize,
    constants: {
      OUTPUTS4: [outputs, 'vec4s of results'],
      TERMS: elements.length,
      RAGGED: [steps.raggedSize ?? 0, 'elements along the lanes, without padding'],
      ...loopConstants(steps.loops, slices, unit),
    },
    body: body.join('\n'),
    flop: spec.flopPerElement * elementCount(input.shape),
    bytes: 4 * (input.size + (companion ? output.size : 0) + elements.length * output.size * slices),
  });
}

function accumulator(a: number, term: number): string {
  return `acc${a}${'xyz'[term - 1] ?? ''}`;
}

/** WGSL: where partial result `i` lies, of `terms` for each result of each slice. */
function partialIndex(terms: number, term: number): string {
  return terms === 1 ? 'i' : `(slice * TERMS + ${term}u) * OUTPUTS4 + v`;
}

function combineSlices(spec: ReductionSpec, output: Layout, slices: number, machine: Machine): Kernel {
  const { name, op, result, elements = ['x'] } = spec;
  const place = coordinates(output);
  const outputs = output.size / 4;
  const terms = elements.length;
  const names = elements.map((_, t) => accumulator(0, t));
  const at = (t: number) => (terms === 1 ? 'slice' : `(slice * TERMS + ${t}u)`);
  const update = (suffix: string) =>
    names.map((acc, t) => take(op, acc, suffix, `partials[${at(t)} * OUTPUTS4 + v]`)).join('\n');
  const accumulators = names.map((name, t) => ({
    name,
    start: `partials[${t === 0 ? '' : `${t}u * OUTPUTS4 + `}v]`,
  }));
  const body = [
    'let v = i;',
    ...place.declare(place.insideDims),
    accumulated(op, [{ ...loopTo('slice', slices, 1), to: 'SLICES' }], accumulators, update),
    `${result}[v] = ${finished(spec, names, place)};`,
  ];
  return linearKernel({
    name: `${name}Slices`,
    about: `
${spec.about}
${describeLayouts({ [result]: spec.output })}
partials: one such tensor for each of ${slices} slices.
One invocation combines four neighbours of all slices, in order.`,
    bindings: [reads('partials', 'array<vec4<f32>>'), readsWrites(result, 'array<vec4<f32>>')],
    declarations: op === 'sum' ? undefined : extremeFunctions(op),
    invocations: outputs,
    workgroupSize: machine.workgroupSize,
    constants: { OUTPUTS4: [outputs, 'vec4s of results'], TERMS: terms, SLICES: slices },
    body: body.join('\n'),
    flop: terms * (slices - 1) * elementCount(output.shape),
    bytes: 4 * output.size * (terms * slices + 1),
  });
}

/** The result, with padding set to 0. */
function finished(
  { finish = (sum) => sum }: ReductionSpec,
  sums: readonly string[],
  { inside }: Coordinates,
): string {
  const value = finish(...sums);
  return inside === undefined ? value : `select(vec4<f32>(), ${value}, ${inside})`;
}
