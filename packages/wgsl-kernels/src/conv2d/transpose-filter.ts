import { ahead } from '../constants.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import type { KernelPlan } from '../plan.ts';
import { filterTransposedLayout } from './layouts.ts';

/** vec4s of output channels that one invocation rewrites. */
const vectorsEach = 4;

/**
 * Exchanges the channels of a filter: from `filterLayout` (R,S,C,K) to `filterTransposedLayout` (R,S,K,C), as the input
 * gradient wants it. Bindings: weight, transposed.
 */
export function transposeFilter(weight: Layout, { workgroupSize }: Machine = machines.gpu): Kernel {
  const transposed = filterTransposedLayout(weight.shape);
  const [k4, c4] = [transposed.extents[0] / 4, transposed.extents[1] / 4];
  const storedRows = weight.extents[1];
  // Whole cache lines are read, and those that are written are full after a few neighbouring invocations.
  const blocks = Math.ceil(k4 / vectorsEach);
  const row = (l: number) => {
    const at = `weight[(tap * ROWS + c * 4u + ${l}u) * K4 + k]`;
    return `let row${l} = ${l < storedRows ? at : 'vec4<f32>()'};`;
  };
  const column = (l: number) => `vec4<f32>(${repeat(4, (m) => `row${m}.${'xyzw'[l]}`, ', ')})`;
  const constants = {
    C4: [c4, 'vec4s of input channels'],
    K4: [k4, 'vec4s of output channels'],
    ROWS: [storedRows, 'input channels of a tap in weight'],
    BLOCKS: blocks,
    EACH: [vectorsEach, 'vec4s of output channels of one invocation'],
  } as const;
  return linearKernel({
    name: 'transposeFilter',
    about: `
transposed[r,s,k,c] = weight[r,s,c,k]: [K,C,R,S] = [${weight.shape}], K and C padded with zeros.
One invocation transposes up to ${vectorsEach} blocks of 4 by 4.`,
    bindings: [reads('weight', 'array<vec4<f32>>'), readsWrites('transposed', 'array<vec4<f32>>')],
    invocations: (transposed.size / 16 / k4) * blocks,
    workgroupSize,
    constants,
    body: `let c = i % C4;
let first = i / C4 % BLOCKS * EACH;
let tap = i / (C4 * BLOCKS);
let end = ${k4 % vectorsEach === 0 ? 'first + EACH' : 'min(first + EACH, K4)'};
for (var k = first; k < end; k++) {
${indent(repeat(4, row))}
  let to = (tap * (4u * K4) + k * 4u) * C4 + c;
${indent(repeat(4, (l) => `transposed[${ahead('to', l, 'C4')}] = ${column(l)};`))}
}`,
    flop: 0,
    bytes: 4 * (weight.size + transposed.size),
  });
}

/** `transposeFilter` into memory that is needed only while the plan runs. */
export function transposeIntoScratch(weight: Layout, machine: Machine): KernelPlan {
  const { size } = filterTransposedLayout(weight.shape);
  return { kernels: [transposeFilter(weight, machine)], scratch: { transposed: size } };
}
