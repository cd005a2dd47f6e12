import { flatKernel } from '../elementwise/flat.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { flattenImages, flattensTo } from './flatten.ts';

/**
 * Another shape for the same elements in row-major order of the logical shapes (PyTorch's `reshape`), between any
 * two layouts. Flattening channels-last images this way gives PyTorch's C,H,W order.
 * @throws RangeError if the shapes hold different numbers of elements.
 */
export function reshape(from: Layout, to: Layout, machine: Machine = machines.gpu): Kernel {
  const { workgroupSize } = machine;
  if (elementCount(from.shape) !== elementCount(to.shape)) {
    throw new RangeError(
      `reshape: [${from.shape}] has ${elementCount(from.shape)} elements, [${to.shape}] has ${elementCount(to.shape)}`,
    );
  }
  if (flattensTo(from, to)) return flattenImages(from, false, machine);
  if (flattensTo(to, from)) return flattenImages(to, true, machine);
  if (sameMemory(from, to)) {
    return flatKernel(
      {
        name: 'reshape',
        about: `
y = x in another shape, which lies in memory as x does
x: [${from.shape}], y: [${to.shape}], padded to ${to.size} numbers`,
        bindings: [reads('x', 'array<vec4<u32>>'), readsWrites('y', 'array<vec4<u32>>')],
        body: 'y[v] = x[v];',
        vectors: to.size / 4,
        flop: 0,
        bytes: 8 * to.size,
      },
      machine,
    );
  }
  return linearKernel({
    name: 'reshape',
    about: `
y = x in another shape; element n of one (row-major) is element n of the other, padding filled with 0.
x: [${from.shape}] in order ${from.order}, padded [${from.extents}]
y: [${to.shape}] in order ${to.order}, padded [${to.extents}]
One invocation writes four neighbours of y's innermost dimension.`,
    bindings: [reads('x', 'array<u32>'), readsWrites('y', 'array<vec4<u32>>')],
    invocations: to.size / 4,
    workgroupSize,
    declarations: `
// Offset in x of element n.
${offsetFunction(from)}`,
    body: body(to),
    flop: 0,
    bytes: 4 * (from.size + to.size),
  });
}

/** True if element n of both, in row-major order, lies at one place: rows of one length, or rows without padding. */
function sameMemory(from: Layout, to: Layout): boolean {
  const [a, b] = [from, to].map(({ shape, order, extents }) => {
    const inOrder = order.every(
      (dim, place) => dim === place && (dim === shape.length - 1 || extents[dim] === shape[dim]),
    );
    return inOrder ? [shape.at(-1) ?? 1, extents.at(-1) ?? 4] : undefined;
  });
  const whole = ([size, padded]: readonly number[]) => size === padded;
  return a !== undefined && b !== undefined && (a[0] === b[0] || (whole(a) && whole(b)));
}

function offsetFunction({ shape, strides }: Layout): string {
  const lines: string[] = [];
  const terms: string[] = [];
  let below = elementCount(shape);
  shape.forEach((size, dim) => {
    below /= size;
    if (size === 1) return;
    const quotient = below === 1 ? 'n' : `n / ${below}u`;
    terms.push(`(${quotient}${dim === 0 ? '' : ` % ${size}u`}) * ${strides[dim]}u`);
  });
  lines.push(`fn offset(n: u32) -> u32 {`, `  return ${terms.join(' + ') || '0u'};`, '}');
  return lines.join('\n');
}

function body(to: Layout): string {
  const { shape, order, extents } = to;
  if (shape.length === 0) return 'y[i] = vec4<u32>(x[offset(0u)], 0u, 0u, 0u);';
  const inner = order.at(-1)!;
  const lines = ['var rest = i;'];
  for (const dim of [...order].reverse()) {
    const extent = dim === inner ? extents[dim] / 4 : extents[dim];
    const scale = dim === inner ? ' * 4u' : '';
    lines.push(`let d${dim} = (rest % ${extent}u)${scale};`, `rest = rest / ${extent}u;`);
  }
  const rowStride = shape.map((_, dim) => elementCount(shape.slice(dim + 1)));
  lines.push(`let n = ${shape.map((_, dim) => `d${dim} * ${rowStride[dim]}u`).join(' + ')};`);
  const inside = shape.flatMap((size, dim) =>
    dim !== inner && extents[dim] !== size ? [`d${dim} < ${size}u`] : [],
  );
  for (let lane = 0; lane < 4; lane++) {
    const element = `n + ${lane * rowStride[inner]}u`;
    const conditions =
      extents[inner] === shape[inner] ? inside : [...inside, `d${inner} + ${lane}u < ${shape[inner]}u`];
    if (conditions.length === 0) lines.push(`let x${lane} = x[offset(${element})];`);
    else {
      // A padding lane may have no element of its own: read element 0 and drop it.
      lines.push(
        `let inside${lane} = ${conditions.join(' && ')};`,
        `let x${lane} = select(0u, x[offset(select(0u, ${element}, inside${lane}))], inside${lane});`,
      );
    }
  }
  lines.push('y[i] = vec4<u32>(x0, x1, x2, x3);');
  return lines.join('\n');
}
