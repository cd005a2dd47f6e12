import { coordinates } from '../elementwise/coordinates.ts';
import { describeLayouts, laneIndices } from '../elementwise/map.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { forEachReduced } from './reduce.ts';
import { alignOutput, normalizeDims, reducedShape } from './shape.ts';

/**
 * y = index (u32) of the largest x along `dim` (the last by default); the first of several that tie. A NaN is the
 * largest, as in PyTorch. `output.shape` has that dimension removed or of size 1. Bindings: x (f32), y (u32).
 * @throws RangeError if the dimension or the output's shape does not fit.
 */
export function argMax(
  input: Layout,
  output: Layout,
  dim = -1,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const [along] = normalizeDims(input.shape, [dim], 'argMax');
  const aligned = alignOutput('argMax', input, [along], output);
  const place = coordinates(aligned);
  const strides = input.strides.map((stride, d) => (d === along ? 0 : stride));
  const { lanes, indices, dims } = laneIndices(strides, aligned, place);
  const vector = lanes === 'vector';
  const stride = vector && input.strides[along] > 1 ? input.strides[along] / 4 : input.strides[along];
  const at = (step: string) => {
    const values = indices.map((_, a) => `x[base${a}${step}]`).join(', ');
    return vector ? values : `vec4<f32>(${values})`;
  };
  const result = place.inside ? `select(vec4<u32>(), index, ${place.inside})` : 'index';
  const bases = indices.map((index, a) => `let base${a} = ${index};`);
  const body = `
let v = i;
${[...place.declare([...dims, ...place.insideDims]), ...bases].join('\n')}
var best = ${at('')};
var index = vec4<u32>();
for (var k = 1u; k < COUNT; k++) {
  let value = ${at(stride === 1 ? ' + k' : ' + k * STRIDE')};
  let better = (value > best) | ((value != value) & (best == best));
  index = select(index, vec4<u32>(k), better);
  best = select(best, value, better);
}
y[v] = ${result};`;
  return linearKernel({
    name: 'argMax',
    about: `
y = index of the largest x along dimension ${along}, the first of several
${describeLayouts({ x: input, y: output })}
One invocation computes four neighbours of y.`,
    bindings: [reads('x', vector ? 'array<vec4<f32>>' : 'array<f32>'), readsWrites('y', 'array<vec4<u32>>')],
    invocations: output.size / 4,
    workgroupSize,
    constants: { COUNT: input.shape[along], STRIDE: stride },
    body,
    flop: elementCount(input.shape),
    bytes: 4 * (input.size + output.size),
  });
}

/** Index of the largest x along the dimension; dense row-major arrays. */
export function argMaxOracle(x: ArrayLike<number>, shape: readonly number[], dim = -1): Float64Array {
  const dims = normalizeDims(shape, [dim], 'argMax');
  const count = elementCount(reducedShape(shape, dims));
  const best = new Float64Array(count).fill(-Infinity);
  const index = new Float64Array(count);
  const seen = new Float64Array(count);
  forEachReduced(shape, dims, (result, position) => {
    if (
      seen[result] === 0 ||
      x[position] > best[result] ||
      (Number.isNaN(x[position]) && !Number.isNaN(best[result]))
    ) {
      best[result] = x[position];
      index[result] = seen[result];
    }
    seen[result] += 1;
  });
  return index;
}
