import {
  defaultTuning,
  indent,
  type Kernel,
  linearKernel,
  reads,
  repeat,
  type Tuning,
  writes,
} from '../kernel.ts';
import { type Conv2dSpec, conv2dLayouts, filterTransposedLayout } from './spec.ts';

/** vec4s of output channels that one invocation rewrites. */
const vectorsEach = 4;

/**
 * Rewrites a filter from `filterLayout` (R,S,C,K) to `filterTransposedLayout` (R,S,K,C), as the input
 * gradient wants it. Bindings: weight, transposed.
 */
export function transposeFilter(spec: Conv2dSpec, { workgroupSize }: Tuning = defaultTuning): Kernel {
  const { weight } = conv2dLayouts(spec);
  const transposed = filterTransposedLayout(weight.shape);
  const [k4, c4] = [transposed.extents[0] / 4, transposed.extents[1] / 4];
  const storedRows = weight.extents[1];
  // Whole cache lines are read, and those that are written are full after a few neighbouring invocations.
  const blocks = Math.ceil(k4 / vectorsEach);
  const row = (l: number) => {
    const at = `weight[(tap * ${storedRows}u + c * 4u + ${l}u) * ${k4}u + k]`;
    return `let row${l} = ${l < storedRows ? at : 'vec4<f32>()'};`;
  };
  return linearKernel({
    name: 'transposeFilter',
    about: `
transposed[r,s,k,c] = weight[r,s,c,k]: [K,C,R,S] = [${weight.shape}], K and C padded with zeros.
One invocation transposes up to ${vectorsEach} blocks of 4 by 4.`,
    bindings: [reads('weight', 'array<vec4<f32>>'), writes('transposed', 'array<vec4<f32>>')],
    invocations: (transposed.size / 16 / k4) * blocks,
    workgroupSize,
    body: `
let c = i % ${c4}u;
let first = i / ${c4}u % ${blocks}u * ${vectorsEach}u;
let tap = i / ${c4 * blocks}u;
let end = ${k4 % vectorsEach === 0 ? `first + ${vectorsEach}u` : `min(first + ${vectorsEach}u, ${k4}u)`};
for (var k = first; k < end; k++) {
${indent(repeat(4, row))}
  let to = (tap * ${4 * k4}u + k * 4u) * ${c4}u + c;
${indent(repeat(4, (l) => `transposed[to + ${l * c4}u] = vec4<f32>(${repeat(4, (m) => `row${m}.${'xyzw'[l]}`, ', ')});`))}
}`,
    flop: 0,
    bytes: 4 * (weight.size + transposed.size),
  });
}
