import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';

/**
 * Moves a tensor's elements into another layout: how a filter is transposed, an image flattened in C,H,W order,
 * or a dimension permuted. Both layouts describe the same number of elements through `from.shape`'s coordinates:
 * `dimensions[d]` names the dimension of `to` that dimension d of `from` becomes (identity by default).
 * Padding of the target is written as 0. Works for every 32-bit type, because bits are copied.
 */
export function relayout(
  from: Layout,
  to: Layout,
  dimensions: readonly number[] = from.shape.map((_, d) => d),
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  // Strides in `from`, in the order of `to`'s dimensions.
  const sourceStride = new Array<number>(to.shape.length);
  dimensions.forEach((target, d) => {
    sourceStride[target] = from.strides[d];
  });
  return linearKernel({
    name: 'relayout',
    about: `
y[…] = x[…]: the same tensor in another memory layout, padding filled with 0.
x: [${from.shape}] in order ${from.order}, padded [${from.extents}]
y: [${to.shape}] in order ${to.order}, padded [${to.extents}]
One invocation writes four neighbours of y's innermost dimension.`,
    bindings: [reads('x', 'array<u32>'), readsWrites('y', 'array<vec4<u32>>')],
    invocations: to.size / 4,
    workgroupSize,
    body: gatherBody(to, sourceStride),
    flop: 0,
    bytes: 4 * (from.size + to.size),
  });
}

function gatherBody(to: Layout, sourceStride: readonly number[]): string {
  if (to.shape.length === 0) return 'y[i] = vec4<u32>(x[0], 0u, 0u, 0u);';
  const inner = to.order.at(-1)!;
  const lines = ['var rest = i;'];
  const offset: string[] = [];
  const inside: string[] = [];
  for (const dim of [...to.order].reverse()) {
    const extent = dim === inner ? to.extents[dim] / 4 : to.extents[dim];
    lines.push(
      `let d${dim} = (rest % ${extent}u)${dim === inner ? ' * 4u' : ''};`,
      `rest = rest / ${extent}u;`,
    );
    offset.push(`d${dim} * ${sourceStride[dim]}u`);
    if (dim !== inner && to.extents[dim] !== to.shape[dim]) inside.push(`d${dim} < ${to.shape[dim]}u`);
  }
  lines.push(`let source = ${offset.join(' + ')};`);
  for (let lane = 0; lane < 4; lane++) {
    const index = `source + ${lane * sourceStride[inner]}u`;
    const conditions =
      to.extents[inner] === to.shape[inner]
        ? inside
        : [...inside, `d${inner} + ${lane}u < ${to.shape[inner]}u`];
    if (conditions.length === 0) lines.push(`let x${lane} = x[${index}];`);
    else {
      // A padding lane may point beyond x: read element 0 there and drop it.
      lines.push(
        `let inside${lane} = ${conditions.join(' && ')};`,
        `let x${lane} = select(0u, x[select(0u, ${index}, inside${lane})], inside${lane});`,
      );
    }
  }
  lines.push('y[i] = vec4<u32>(x0, x1, x2, x3);');
  return lines.join('\n');
}
